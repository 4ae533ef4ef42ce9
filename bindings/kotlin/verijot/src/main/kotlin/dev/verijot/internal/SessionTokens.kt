package dev.verijot.internal

import dev.verijot.IssuedTokens
import dev.verijot.RefreshFailedException
import dev.verijot.RefreshSettings
import dev.verijot.RefreshUnavailableException
import dev.verijot.SessionHealth
import dev.verijot.SignInNeededException
import dev.verijot.StorageNeededException
import dev.verijot.TokenKeeper
import dev.verijot.ffi.Attempt
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

/**
 * The tokens of one client, for any number of threads and coroutines.
 *
 * The core's session decides when to refresh; this class refreshes, each time in a thread of its own. A
 * refresh goes on even if the caller that caused it is gone, and all waiting callers ask the session again
 * when it is over. Every refresh must report its end to the core.
 */
internal class SessionTokens(
    private val keeper: TokenKeeper,
    settings: RefreshSettings,
) {
    private val clock = ClientClock(settings.clock)
    private val session = newSession(settings)
    private val storingTimeout = session.storingTimeout().toLong()
    private val change = AtomicReference(CompletableFuture<Unit>())

    /** Guards the session and the tokens, so that they always match. */
    private val lock = ReentrantLock()
    private var current: Numbered? = null

    /** Sets of tokens are stored one after the other. */
    private val storing = ReentrantLock()

    /** The tokens whose refresh has not returned yet; under the lock. */
    private val refreshing = HashSet<ULong>()

    /** How many refreshes have not returned yet, including those that timed out. */
    val underWay: Int get() = lock.withLock { refreshing.size }

    /** The tokens for one request. */
    class Usable(
        val attempt: Handle<Attempt>,
        val tokens: IssuedTokens,
    ) : AutoCloseable {
        override fun close() = attempt.close()
    }

    private class Numbered(
        val generation: ULong,
        val tokens: IssuedTokens,
        /** Whether the tokens can be used: they were stored, or storing them failed. */
        var isStored: Boolean,
    )

    /** Takes the tokens of a sign-in, and begins to store them. Returns the number to wait for. */
    fun signIn(tokens: IssuedTokens): ULong {
        val generation = take(tokens, Duration.ZERO, isStored = false)
        try {
            start(STORES * storingTimeout) { store(generation) }
        } catch (failure: Throwable) {
            markStored(generation)
            throw failure
        }
        return generation
    }

    /** Ready once these tokens were stored, or storing them failed. */
    fun stored(generation: ULong): Poll<Unit> {
        val change = change.get()
        val isWaiting = lock.withLock { current?.run { this.generation == generation && !isStored } == true }
        return if (isWaiting) Poll.Pending(change, storingTimeout) else Poll.Ready(Unit)
    }

    /** Takes tokens from storage. */
    fun resume(
        tokens: IssuedTokens,
        age: Duration,
    ) {
        take(tokens, age, isStored = true)
    }

    fun signOut() {
        lock.withLock {
            session.signOut()
            current = null
        }
        notifyWaiters()
    }

    fun health(): SessionHealth = SessionHealth.of(session.health(clocks()))

    /**
     * Finds usable tokens, or newer ones than those that were [refused]. Ready with null if there are none.
     * Pending only if a refresh is needed first.
     */
    fun usable(refused: Handle<Attempt>? = null): Poll<Usable?> {
        while (true) {
            // Taken before asking the session, so that no later change is missed.
            val change = change.get()
            when (val step = ask(refused)) {
                is SessionStep.Use -> {
                    // Before the refresh, which may replace them at once.
                    val tokens = storedTokens(step.attempt.generation())
                    step.refresh?.let { refresh(Handle(it)) }
                    if (tokens == null) return Poll.Pending(change, storingTimeout)
                    return Poll.Ready(Usable(Handle(step.attempt), tokens))
                }

                is SessionStep.Refresh -> {
                    refresh(Handle(step.ticket))
                }

                is SessionStep.Wait -> {
                    return Poll.Pending(change, step.atMost)
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
                    return Poll.Ready(null)
                }
            }
        }
    }

    private fun ask(refused: Handle<Attempt>?): SessionStep {
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
            LOG.severe { "canStore failed: ${failure.javaClass.simpleName}" }
            false
        }

    private fun take(
        tokens: IssuedTokens,
        age: Duration,
        isStored: Boolean,
    ): ULong {
        val generation =
            lock.withLock {
                session.signIn(tokens.facts(age, isStored), clocks()).also { current = Numbered(it, tokens, isStored) }
            }
        notifyWaiters()
        return generation
    }

    private fun storedTokens(generation: ULong): IssuedTokens? =
        lock.withLock { current?.takeIf { it.generation == generation && it.isStored }?.tokens }

    /** The tokens with this number, stored or not; null if they were replaced. */
    private fun tokensOf(generation: ULong): IssuedTokens? =
        lock.withLock { current?.takeIf { it.generation == generation }?.tokens }

    /** Starts a refresh, which goes on even if the request that caused it is gone. */
    private fun refresh(ticket: Handle<RefreshTicket>) {
        val generation = ticket.use { it.generation() }
        // Only the ticket's own tokens: the answer for any others would be lost, and their refresh token with it.
        val old = tokensOf(generation) ?: return fail(ticket, RefreshFailure.NoAnswer)
        val refreshToken = old.refreshToken ?: return fail(ticket, RefreshFailure.NoAnswer)
        // An earlier refresh with this refresh token may still succeed; a second one could end the session.
        if (!lock.withLock { refreshing.add(generation) }) return fail(ticket, RefreshFailure.TimedOut)
        try {
            val timeout = duration(ticket.use { it.timeout() }).toNanos()
            start(timeout + 2 * STORES * storingTimeout) { run(ticket, generation, old, refreshToken, timeout) }
        } catch (failure: Throwable) {
            fail(ticket, RefreshFailure.NoAnswer, failure, generation)
            if (failure !is OutOfMemoryError) throw failure
        }
    }

    private fun run(
        ticket: Handle<RefreshTicket>,
        generation: ULong,
        old: IssuedTokens,
        refreshToken: String,
        timeout: Long,
    ) {
        try {
            if (ticket.use { it.storeFirst() } && !store(generation)) {
                return fail(ticket, RefreshFailure.NotStored, returned = generation)
            }
            val tokens =
                withTimeLimit(timeout, { fail(ticket, RefreshFailure.TimedOut) }) { keeper.refresh(refreshToken) }
            replace(ticket, generation, tokens.orRefreshTokenOf(old))
        } catch (failed: RefreshFailedException) {
            fail(ticket, failed.failure, returned = generation)
        } catch (failure: Throwable) {
            // Every refresh reports its end, whatever was thrown.
            fail(ticket, RefreshFailure.NoAnswer, failure, generation)
            if (failure is VirtualMachineError) throw failure
        }
    }

    /** Takes the tokens of a refresh, and stores them if they are still wanted. */
    private fun replace(
        ticket: Handle<RefreshTicket>,
        generation: ULong,
        tokens: IssuedTokens,
    ) {
        val next =
            lock.withLock {
                val facts = tokens.facts(Duration.ZERO, isStored = false)
                refreshing -= generation
                val next = ticket.use { session.onRefreshed(it, facts, clock.clocksAtEnd()) } ?: return
                current = Numbered(next, tokens, isStored = false)
                next
            }
        store(next)
    }

    /** Whether the tokens are stored now. */
    private fun store(generation: ULong): Boolean {
        try {
            check(storing.tryLock(storingTimeout, NANOSECONDS)) { "earlier tokens are still being stored" }
            try {
                val tokens = tokensOf(generation) ?: return false
                withTimeLimit(storingTimeout, { markStored(generation) }) { keeper.store(tokens) }
                lock.withLock { session.onStored(generation) }
                return true
            } finally {
                storing.unlock()
            }
        } catch (failure: Throwable) {
            LOG.severe { "could not store new tokens: ${failure.javaClass.simpleName}" }
            if (failure is VirtualMachineError) throw failure
            return false
        } finally {
            // Even if storing failed: there are no other tokens.
            markStored(generation)
        }
    }

    private fun markStored(generation: ULong) {
        lock.withLock { current?.takeIf { it.generation == generation }?.isStored = true }
        notifyWaiters()
    }

    /** Records that a refresh got no tokens. [returned] is the number of the tokens whose refresh has returned. */
    private fun fail(
        ticket: Handle<RefreshTicket>,
        failure: RefreshFailure,
        cause: Throwable? = null,
        returned: ULong? = null,
    ) {
        val outcome =
            lock.withLock {
                if (returned != null) refreshing -= returned
                ticket.use { session.onFailure(it, failure, clock.clocksAtEnd()) }.also {
                    if (it == FailureOutcome.SIGNED_OUT) current = null
                }
            }
        notifyWaiters()
        if (outcome != FailureOutcome.IGNORED) {
            // Not the exception's message, which may contain secrets.
            val kind = cause?.let { " (${it.javaClass.simpleName})" }.orEmpty()
            LOG.warning { "could not refresh the access token: ${refreshFailureText(failure)}$kind" }
        }
    }

    /** Starts a thread that the process waits for before it ends, at most this many nanoseconds. */
    private fun start(
        atMost: Long,
        work: () -> Unit,
    ) {
        val thread = Thread(work, "verijot-tokens")
        // A keeper that ignores its interruption must not keep the process alive.
        thread.isDaemon = true
        // The thread runs the application's code, but for no caller in particular.
        thread.contextClassLoader = keeper.javaClass.classLoader
        thread.start()
        // New tokens must be stored before the process ends.
        val end = Thread({ NANOSECONDS.timedJoin(thread, atMost) }, "verijot-tokens-end")
        end.isDaemon = false
        end.contextClassLoader = null
        try {
            end.start()
        } catch (_: OutOfMemoryError) {
            // Then the process does not wait.
        }
    }

    private fun clocks() = clock.clocks()

    private fun notifyWaiters() {
        change.getAndSet(CompletableFuture()).complete(Unit)
    }
}

private fun newSession(settings: RefreshSettings): RefreshSession {
    NativeLibrary.isDirect
    return RefreshSession(settings.numbers)
}

private val LOG: Logger = Logger.getLogger("dev.verijot")

/** Storing tokens waits for those before them, and then takes as long itself. */
private const val STORES = 2
