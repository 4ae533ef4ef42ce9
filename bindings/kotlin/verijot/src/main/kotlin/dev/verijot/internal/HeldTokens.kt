package dev.verijot.internal

import dev.verijot.IssuedTokens
import dev.verijot.RefreshFailedException
import dev.verijot.RefreshSettings
import dev.verijot.RefreshUnavailableException
import dev.verijot.SessionHealth
import dev.verijot.SignInNeededException
import dev.verijot.StorageNeededException
import dev.verijot.TokenKeeper
import dev.verijot.ffi.Clocks
import dev.verijot.ffi.FailureOutcome
import dev.verijot.ffi.RefreshFailure
import dev.verijot.ffi.RefreshSession
import dev.verijot.ffi.RefreshTicket
import dev.verijot.ffi.SessionStep
import dev.verijot.ffi.refreshFailureText
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit.NANOSECONDS
import java.util.concurrent.atomic.AtomicReference
import java.util.concurrent.locks.ReentrantLock
import java.util.logging.Logger
import kotlin.concurrent.withLock
import dev.verijot.ffi.Attempt as RequestAttempt

/**
 * The tokens of one client, for any number of threads and coroutines.
 *
 * The core's session says when to refresh; here it is done, each refresh in a thread of its own. A
 * refresh belongs to nobody: the caller that caused it may be gone, and everybody who waits for it
 * asks the session again when it is over. The end of every refresh is told, whatever becomes of it.
 */
internal class HeldTokens(
    private val keeper: TokenKeeper,
    settings: RefreshSettings,
) {
    private val clock = settings.clock
    private val session = newSession(settings)
    private val storingTimeout = session.storingTimeout().toLong()
    private val news = AtomicReference(CompletableFuture<Unit>())

    /** Guards the session together with the tokens, so that they are always of one piece. */
    private val lock = ReentrantLock()
    private var held: Numbered? = null

    /** One set of tokens is stored after the other. */
    private val storing = ReentrantLock()

    /** The tokens whose refresh has not come back; under the lock. */
    private val refreshing = HashSet<ULong>()

    /** Refreshes that have not come back, also such as are no longer waited for. */
    val underWay: Int get() = lock.withLock { refreshing.size }

    /** What to send with a request. */
    class Usable(
        val attempt: Held<RequestAttempt>,
        val tokens: IssuedTokens,
    ) : AutoCloseable {
        override fun close() = attempt.close()
    }

    private class Numbered(
        val generation: ULong,
        val tokens: IssuedTokens,
        /** Tokens are used once they have been stored, or that was given up. */
        var isStored: Boolean,
    )

    /** Takes up tokens from a sign-in, and begins to store them. Gives the number to wait for. */
    fun signIn(tokens: IssuedTokens): ULong {
        val generation = hold(tokens, Duration.ZERO, isStored = false)
        try {
            start { store(generation) }
        } catch (failure: Throwable) {
            settle(generation)
            throw failure
        }
        return generation
    }

    /** Answered once these tokens have been stored, or that was given up. */
    fun stored(generation: ULong): Attempt<Unit> {
        val news = news.get()
        val isWaiting = lock.withLock { held?.run { this.generation == generation && !isStored } == true }
        return if (isWaiting) Attempt.Wait(news, storingTimeout) else Attempt.Answered(Unit)
    }

    /** Takes up tokens that have been stored. */
    fun resume(
        tokens: IssuedTokens,
        age: Duration,
    ) {
        hold(tokens, age, isStored = true)
    }

    fun signOut() {
        lock.withLock {
            session.signOut()
            held = null
        }
        tell()
    }

    fun health(): SessionHealth = SessionHealth.of(session.health(clocks()))

    /**
     * Good tokens, or newer ones than those that were [refused]: answered with null if there can be
     * none. There is a wait for a refresh only if no tokens would do.
     */
    fun tokens(refused: Held<RequestAttempt>? = null): Attempt<Usable?> {
        while (true) {
            // Before the question: whatever comes after it is news.
            val news = news.get()
            when (val step = ask(refused)) {
                is SessionStep.Use -> {
                    step.refresh?.let { refresh(Held(it)) }
                    val tokens = usable(step.attempt.generation()) ?: return Attempt.Wait(news, storingTimeout)
                    return Attempt.Answered(Usable(Held(step.attempt), tokens))
                }

                is SessionStep.Refresh -> {
                    refresh(Held(step.ticket))
                }

                is SessionStep.Wait -> {
                    return Attempt.Wait(news, step.atMost)
                }

                is SessionStep.Unavailable -> {
                    throw RefreshUnavailableException(duration(step.retryAfter))
                }

                SessionStep.StorageNeeded -> {
                    throw StorageNeededException()
                }

                SessionStep.SignInNeeded -> {
                    throw SignInNeededException()
                }

                SessionStep.GiveUp -> {
                    return Attempt.Answered(null)
                }
            }
        }
    }

    private fun ask(refused: Held<RequestAttempt>?): SessionStep {
        val canStore = canStore()
        return lock.withLock {
            if (refused == null) {
                session.resolve(canStore, clocks())
            } else {
                refused.use { session.onUnauthorized(it, canStore, clocks()) }
            }
        }
    }

    private fun canStore(): Boolean =
        try {
            keeper.canStore()
        } catch (failure: Exception) {
            LOG.severe { "whether tokens can be stored is not known: ${failure.javaClass.simpleName}" }
            false
        }

    private fun hold(
        tokens: IssuedTokens,
        age: Duration,
        isStored: Boolean,
    ): ULong {
        val generation =
            lock.withLock {
                session.signIn(tokens.facts(age), clocks()).also { held = Numbered(it, tokens, isStored) }
            }
        tell()
        return generation
    }

    private fun usable(generation: ULong): IssuedTokens? =
        lock.withLock { held?.takeIf { it.generation == generation && it.isStored }?.tokens }

    /** The tokens, stored or not, unless there are others by now. */
    private fun tokensOf(generation: ULong): IssuedTokens? =
        lock.withLock { held?.takeIf { it.generation == generation }?.tokens }

    /** The refresh runs on, whatever becomes of the request that caused it. */
    private fun refresh(ticket: Held<RefreshTicket>) {
        val generation = ticket.use { it.generation() }
        // Of no other tokens than the ticket's: the answer would be lost, and with it theirs.
        val old = tokensOf(generation) ?: return fail(ticket, RefreshFailure.NoAnswer)
        val refreshToken = old.refreshToken ?: return fail(ticket, RefreshFailure.NoAnswer)
        // With a refresh token whose earlier refresh may yet succeed nothing good can come.
        if (!lock.withLock { refreshing.add(generation) }) return fail(ticket, RefreshFailure.TimedOut)
        try {
            start { run(ticket, generation, old, refreshToken) }
        } catch (failure: Throwable) {
            fail(ticket, RefreshFailure.NoAnswer, failure, generation)
            if (failure !is OutOfMemoryError) throw failure
        }
    }

    private fun run(
        ticket: Held<RefreshTicket>,
        generation: ULong,
        old: IssuedTokens,
        refreshToken: String,
    ) {
        try {
            val timeout = duration(ticket.use { it.timeout() }).toNanos()
            val tokens =
                withTimeLimit(timeout, { fail(ticket, RefreshFailure.TimedOut) }) { keeper.refresh(refreshToken) }
            replace(ticket, generation, tokens.orRefreshTokenOf(old))
        } catch (failed: RefreshFailedException) {
            fail(ticket, failed.failure, returned = generation)
        } catch (failure: Throwable) {
            // No refresh goes without an end.
            fail(ticket, RefreshFailure.NoAnswer, failure, generation)
            if (failure is VirtualMachineError) throw failure
        }
    }

    /** Takes the news of a refresh that brought tokens, and stores them if they are wanted still. */
    private fun replace(
        ticket: Held<RefreshTicket>,
        generation: ULong,
        tokens: IssuedTokens,
    ) {
        val next =
            lock.withLock {
                val facts = tokens.facts(Duration.ZERO)
                refreshing -= generation
                val next = ticket.use { session.onRefreshed(it, facts, clocks()) } ?: return
                held = Numbered(next, tokens, isStored = false)
                next
            }
        store(next)
    }

    private fun store(generation: ULong) {
        try {
            check(storing.tryLock(storingTimeout, NANOSECONDS)) { "the tokens before these are still being stored" }
            try {
                val tokens = tokensOf(generation) ?: return
                withTimeLimit(storingTimeout, { settle(generation) }) { keeper.store(tokens) }
            } finally {
                storing.unlock()
            }
        } catch (failure: Throwable) {
            LOG.severe { "new tokens could not be stored: ${failure.javaClass.simpleName}" }
            if (failure is VirtualMachineError) throw failure
        } finally {
            // Whatever becomes of the storing: there are no other tokens than these.
            settle(generation)
        }
    }

    private fun settle(generation: ULong) {
        lock.withLock { held?.takeIf { it.generation == generation }?.isStored = true }
        tell()
    }

    /** Takes the news of a refresh that brought none; [returned] are the tokens whose refresh has come back. */
    private fun fail(
        ticket: Held<RefreshTicket>,
        failure: RefreshFailure,
        cause: Throwable? = null,
        returned: ULong? = null,
    ) {
        val outcome =
            lock.withLock {
                if (returned != null) refreshing -= returned
                ticket.use { session.onFailure(it, failure, clocks()) }.also {
                    if (it == FailureOutcome.SIGNED_OUT) held = null
                }
            }
        tell()
        if (outcome != FailureOutcome.IGNORED) {
            // Not the exception's own text, which may hold anything.
            val kind = cause?.let { " (${it.javaClass.simpleName})" }.orEmpty()
            LOG.warning { "the access token could not be refreshed: ${refreshFailureText(failure)}$kind" }
        }
    }

    private fun start(work: () -> Unit) {
        val thread = Thread(work, "verijot-tokens")
        // What an endpoint gives out must be stored before the process ends.
        thread.isDaemon = false
        // The application's code runs in it, for no caller in particular.
        thread.contextClassLoader = keeper.javaClass.classLoader
        thread.start()
    }

    private fun clocks() = Clocks(clock.monotonicNanos().toULong(), clock.now().moment())

    private fun tell() {
        news.getAndSet(CompletableFuture()).complete(Unit)
    }
}

private fun newSession(settings: RefreshSettings): RefreshSession {
    NativeLibrary.isDirect
    return RefreshSession(settings.numbers)
}

private val LOG: Logger = Logger.getLogger("dev.verijot")
