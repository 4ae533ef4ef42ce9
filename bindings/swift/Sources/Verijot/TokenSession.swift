import Foundation
internal import VerijotBindings

/// The access token of a client of a service: refreshed before it ends, by one refresh however many
/// requests there are, and once more if it is refused with 401. Made once and shared.
///
/// ```swift
/// let session = TokenSession(keeper: keeper)
/// await session.resume(stored, age: .seconds(3600))
/// let (data, _) = try await session.execute(url, status: status) { authorization in
///     var request = URLRequest(url: url)
///     request.setValue(authorization, forHTTPHeaderField: "Authorization")
///     return try await URLSession.shared.data(for: request)
/// }
/// ```
///
/// A minute before its end a token is refreshed in the background, and serves on meanwhile, also
/// while refreshes fail. Requests wait for a refresh only once it has ended. A refresh belongs to
/// nobody: a task that is cancelled ends no refresh that others wait for. Should be used for the
/// service that the tokens are for, and for nothing else.
public actor TokenSession {
    private nonisolated let session: RefreshSession
    private nonisolated let storingTimeout: Duration
    private nonisolated let keeper: any TokenKeeper
    private nonisolated let clock: any KeyClock
    private var held: Held?
    /// The tokens whose refresh has not come back.
    private(set) var refreshing: Set<UInt64> = []
    /// One set of tokens is stored after the other.
    private var storing: Task<Void, Never>?
    private var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    private var lastWaiter: UInt64 = 0

    /// Nobody is signed in.
    ///
    /// - Parameters:
    ///   - keeper: Asks the token endpoint, and stores tokens.
    ///   - settings: When tokens are refreshed.
    ///   - clock: What the tokens age by.
    public init(
        keeper: some TokenKeeper, settings: RefreshSettings = RefreshSettings(),
        clock: any KeyClock = SystemClock()
    ) {
        session = RefreshSession(numbers: settings.handedOver)
        storingTimeout = Duration(wholeNanoseconds: session.storingTimeout())
        self.keeper = keeper
        self.clock = clock
    }

    /// Takes up tokens from a sign-in, and stores them, even if the task is cancelled. A refresh of
    /// older ones that is under way will change nothing.
    public func signIn(_ tokens: IssuedTokens) async {
        await store(hold(tokens, age: .zero, isStored: false))
    }

    /// Takes up tokens from storage, which were issued so long ago.
    public func resume(_ tokens: IssuedTokens, age: Duration) {
        hold(tokens, age: age, isStored: true)
    }

    /// Forgets the tokens. What has been stored is the caller's to remove.
    public func signOut() {
        session.signOut()
        held = nil
        wakeEverybody()
    }

    /// How the tokens are doing.
    public nonisolated var health: SessionHealth { SessionHealth(session.health(clocks: clocks)) }

    /// The value of the header `Authorization` for one request, for callers who do the rest. It goes
    /// over https only, or to this very machine.
    ///
    /// - Throws: ``AccessTokenError`` if no token can be had; `CancellationError` if the task is
    ///   cancelled while it waits for one.
    public nonisolated func authorization() async throws -> String {
        try await usable().tokens.authorization
    }

    /// Sends a request with the access token. One that is answered with 401 is sent once more with a
    /// new token; if there can be none, or that is refused too, the answer with 401 is given.
    ///
    /// - Parameters:
    ///   - url: Where the request goes: over https, or to this very machine.
    ///   - status: The HTTP status of an answer.
    ///   - send: Sends it, with this value of the header `Authorization`. What it throws is thrown
    ///     here.
    /// - Throws: as ``authorization()`` does; ``AccessTokenError/unsafeURL(detail:)`` if tokens are
    ///   not sent there.
    public nonisolated func execute<Answer: Sendable>(
        _ url: URL, status: @Sendable (Answer) -> Int,
        send: @Sendable (_ authorization: String) async throws -> Answer
    ) async throws -> Answer {
        try Self.check(url)
        let first = try await usable()
        let answer = try await send(first.tokens.authorization)
        guard status(answer) == unauthorized,
            let second = try await tokens(refused: first.attempt)
        else { return answer }
        return try await send(second.tokens.authorization)
    }

    private nonisolated var clocks: Clocks {
        Clocks(monotonic: clock.sinceStart.wholeNanoseconds, wall: clock.now.handedOver)
    }

    private nonisolated func usable() async throws -> Usable {
        guard let usable = try await tokens(refused: nil) else {
            throw AccessTokenError.signInNeeded
        }
        return usable
    }

    private static func check(_ url: URL) throws(AccessTokenError) {
        do {
            try checkUrl(url: url.absoluteString)
        } catch {
            throw .unsafeURL(detail: SetupError(error).detail)
        }
    }

    /// Good tokens, or newer ones than those that were refused: nil if there can be none. Waits for a
    /// refresh only if no tokens would do.
    private func tokens(refused: Attempt?) async throws -> Usable? {
        while true {
            switch ask(refused) {
            case .use(let attempt, let refresh):
                if let refresh { start(refresh) }
                if let held, held.generation == attempt.generation(), held.isStored {
                    return Usable(attempt: attempt, tokens: held.tokens)
                }
                await news(storingTimeout)
            case .refresh(let ticket): start(ticket)
            case .wait(let atMost): await news(Duration(wholeNanoseconds: atMost))
            case .storageNeeded: throw AccessTokenError.storageNeeded
            case .unavailable(let retryAfter):
                let retryAfter = Duration(wholeNanoseconds: retryAfter)
                throw AccessTokenError.refreshUnavailable(retryAfter: retryAfter)
            case .signInNeeded: throw AccessTokenError.signInNeeded
            case .giveUp: return nil
            }
            try Task.checkCancellation()
        }
    }

    private func ask(_ refused: Attempt?) -> SessionStep {
        guard let refused else {
            return session.resolve(canStore: keeper.canStore, clocks: clocks)
        }
        return session.onUnauthorized(attempt: refused, canStore: keeper.canStore, clocks: clocks)
    }

    @discardableResult
    private func hold(_ tokens: IssuedTokens, age: Duration, isStored: Bool) -> UInt64 {
        let generation = session.signIn(tokens: tokens.facts(age: age), clocks: clocks)
        held = Held(generation: generation, tokens: tokens, isStored: isStored)
        wakeEverybody()
        return generation
    }

    /// The refresh runs on, whatever becomes of the task that caused it.
    private func start(_ ticket: RefreshTicket) {
        // Of no other tokens than the ticket's: the answer would be lost, and with it theirs.
        guard let old = tokens(of: ticket.generation()), let refreshToken = old.refreshToken else {
            return fail(ticket, .noAnswer)
        }
        // With a refresh token whose earlier refresh may yet succeed nothing good can come.
        guard refreshing.insert(ticket.generation()).inserted else {
            return fail(ticket, .timedOut)
        }
        Task.detached { await self.carryOut(ticket, old, refreshToken) }
    }

    /// The end of every refresh is told, whatever becomes of it.
    private func carryOut(
        _ ticket: RefreshTicket, _ old: IssuedTokens, _ refreshToken: String
    ) async {
        let work = Task.detached { [keeper] in try await keeper.refresh(refreshToken) }
        let alarm = Task {
            try await Task.sleep(for: Duration(wholeNanoseconds: ticket.timeout()))
            fail(ticket, .timedOut)
            work.cancel()
        }
        // However late: it may hold the only copy of a new refresh token.
        let outcome = await work.result
        alarm.cancel()
        refreshing.remove(ticket.generation())
        switch outcome {
        case .success(let tokens): await replace(ticket, tokens.orRefreshToken(of: old))
        case .failure(let error as RefreshFailedError): fail(ticket, error.failure)
        case .failure: fail(ticket, .noAnswer)
        }
    }

    /// Takes the news of a refresh that brought tokens, and stores them if they are wanted still.
    private func replace(_ ticket: RefreshTicket, _ tokens: IssuedTokens) async {
        let facts = tokens.facts(age: .zero)
        let generation = session.onRefreshed(ticket: ticket, tokens: facts, clocks: clocks)
        guard let generation else { return }
        held = Held(generation: generation, tokens: tokens, isStored: false)
        await store(generation)
    }

    private func store(_ generation: UInt64) async {
        let before = storing
        let task = Task { [keeper] in
            await before?.value
            if let tokens = tokens(of: generation) {
                // Whatever becomes of it: there are no other tokens than these.
                try? await within(storingTimeout) { try await keeper.store(tokens) }
            }
            settle(generation)
        }
        storing = task
        await task.value
    }

    private func settle(_ generation: UInt64) {
        if held?.generation == generation { held?.isStored = true }
        wakeEverybody()
    }

    private func fail(_ ticket: RefreshTicket, _ failure: RefreshFailure) {
        let outcome = session.onFailure(ticket: ticket, failure: failure, clocks: clocks)
        if outcome == .signedOut { held = nil }
        wakeEverybody()
    }

    /// The tokens, stored or not, unless there are others by now.
    private func tokens(of generation: UInt64) -> IssuedTokens? {
        held?.generation == generation ? held?.tokens : nil
    }

    /// Waits until something has come of a refresh, or so long; or until the task is cancelled.
    ///
    /// A refresh ends on this actor, so that none can end between the question and the wait.
    private func news(_ atMost: Duration) async {
        lastWaiter += 1
        let waiter = lastWaiter
        let alarm = Task {
            try? await Task.sleep(for: atMost)
            wake(waiter)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiting[waiter] = $0 }
        } onCancel: {
            // Comes after the wait has begun, because that happens before the actor is free.
            Task { await self.wake(waiter) }
        }
        alarm.cancel()
    }

    private func wake(_ waiter: UInt64) {
        waiting.removeValue(forKey: waiter)?.resume()
    }

    private func wakeEverybody() {
        let woken = waiting
        waiting = [:]
        for continuation in woken.values { continuation.resume() }
    }
}

extension TokenSession: CustomStringConvertible {
    /// How the tokens are doing; it shows none.
    public nonisolated var description: String {
        let health = health
        let signedIn = health.isSignedIn ? "signed in" : "not signed in"
        let valid = health.isValid ? "valid" : "not valid"
        return "TokenSession(\(signedIn), \(valid), \(health.failures) failed refreshes)"
    }
}

private struct Held {
    let generation: UInt64
    let tokens: IssuedTokens
    /// Tokens are used once they have been stored, or that was given up.
    var isStored: Bool
}

/// What to send with a request.
private struct Usable: Sendable {
    let attempt: Attempt
    let tokens: IssuedTokens
}

private let unauthorized = 401
