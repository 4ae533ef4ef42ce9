import Foundation
internal import VerijotBindings

/// Holds a client's access token for a service and refreshes it: before it expires, by one refresh
/// for all requests, and again if it is refused with 401. Make it once and share it.
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
/// One minute before a token expires it is refreshed in the background; requests use it meanwhile,
/// also while refreshes fail. Requests wait for a refresh only once it has expired. Cancelling a
/// waiting task does not stop the refresh that others wait for. Use a session only for the service
/// that its tokens are for.
public actor TokenSession: Awaitable {
    private nonisolated let session: RefreshSession
    private nonisolated let storingTimeout: Duration
    private nonisolated let keeper: any TokenKeeper
    private nonisolated let clock: ClientClock
    private var current: CurrentTokens?
    /// The tokens whose refresh has not returned yet.
    private(set) var refreshing: Set<UInt64> = []
    /// Sets of tokens are stored one after the other.
    private var storing: Task<Bool, Never>?
    var waiters = Waiters()

    /// Makes a session in which nobody is signed in.
    ///
    /// - Parameters:
    ///   - keeper: Makes the requests to the token endpoint, and stores tokens.
    ///   - settings: When tokens are refreshed.
    ///   - clock: The clocks for the age of tokens.
    public init(
        keeper: some TokenKeeper, settings: RefreshSettings = RefreshSettings(),
        clock: any KeyClock = SystemClock()
    ) {
        session = RefreshSession(numbers: settings.ffi)
        storingTimeout = Duration(wholeNanoseconds: session.storingTimeout())
        self.keeper = keeper
        self.clock = ClientClock(clock)
    }

    /// Takes the tokens of a sign-in, and stores them, even if the task is cancelled. A refresh of
    /// older tokens that is still under way has no effect.
    public func signIn(_ tokens: IssuedTokens) async {
        await store(take(tokens, age: .zero, isStored: false))
    }

    /// Takes tokens from storage. Their age is how long ago they were issued.
    public func resume(_ tokens: IssuedTokens, age: Duration) {
        take(tokens, age: age, isStored: true)
    }

    /// Forgets the tokens. It does not remove them from storage.
    public func signOut() {
        session.signOut()
        current = nil
        waiters.wakeAll()
    }

    /// The state of the tokens.
    public nonisolated var health: SessionHealth { SessionHealth(session.health(clocks: clocks)) }

    /// Returns the value of the `Authorization` header for one request. Send it over https only, or
    /// to this machine.
    ///
    /// - Throws: ``AccessTokenError`` if there is no usable token; `CancellationError` if the task
    ///   is cancelled while it waits.
    public nonisolated func authorization() async throws -> String {
        try await usable().tokens.authorization
    }

    /// Sends a request with the access token. After a response with 401 it is sent again, once,
    /// with a new token. If there is no new token, or that is refused too, the response with 401 is
    /// returned.
    ///
    /// - Parameters:
    ///   - url: Where the request goes: over https, or to this machine.
    ///   - status: Returns the HTTP status of a response.
    ///   - send: Sends the request with this value of the `Authorization` header. Its errors are
    ///     passed on.
    /// - Throws: like ``authorization()``; ``AccessTokenError/unsafeURL(message:)`` if tokens must
    ///   not be sent to the URL.
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

    private nonisolated var clocks: Clocks { clock.clocks }

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
            throw .unsafeURL(message: SetupError(error).message)
        }
    }

    /// Returns usable tokens, or newer ones than those that were refused; nil if there are none.
    /// Waits only if a refresh is needed first.
    private func tokens(refused: Attempt?) async throws -> Usable? {
        while true {
            switch ask(refused) {
            case .use(let attempt, let refresh):
                if let refresh { start(refresh) }
                if let current, current.generation == attempt.generation(), current.isStored {
                    return Usable(attempt: attempt, tokens: current.tokens)
                }
                await change(within: storingTimeout)
            case .refresh(let ticket): start(ticket)
            case .wait(let atMost): await change(within: Duration(wholeNanoseconds: atMost))
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
    private func take(_ tokens: IssuedTokens, age: Duration, isStored: Bool) -> UInt64 {
        let facts = tokens.facts(age: age, isStored: isStored)
        let generation = session.signIn(tokens: facts, clocks: clocks)
        current = CurrentTokens(generation: generation, tokens: tokens, isStored: isStored)
        waiters.wakeAll()
        return generation
    }

    /// Starts a refresh, which goes on even if the task that caused it is gone.
    private func start(_ ticket: RefreshTicket) {
        // Only the ticket's own tokens: the answer for any others would be lost, and their refresh
        // token with it.
        guard let old = tokens(of: ticket.generation()), let refreshToken = old.refreshToken else {
            return fail(ticket, .noAnswer)
        }
        // An earlier refresh with this refresh token may still succeed; a second one could end the
        // session.
        guard refreshing.insert(ticket.generation()).inserted else {
            return fail(ticket, .timedOut)
        }
        Task.detached { await self.run(ticket, old, refreshToken) }
    }

    /// Runs a refresh and always reports its end.
    private func run(
        _ ticket: RefreshTicket, _ old: IssuedTokens, _ refreshToken: String
    ) async {
        if ticket.storeFirst(), !(await store(ticket.generation())) {
            refreshing.remove(ticket.generation())
            return fail(ticket, .notStored)
        }
        let work = Task.detached { [keeper] in try await keeper.refresh(refreshToken) }
        let alarm = Task {
            try await Task.sleep(for: Duration(wholeNanoseconds: ticket.timeout()).toSleep)
            fail(ticket, .timedOut)
            work.cancel()
        }
        // Even after the timeout: the result may contain the only copy of a new refresh token.
        let outcome = await work.result
        alarm.cancel()
        refreshing.remove(ticket.generation())
        switch outcome {
        case .success(let tokens): await replace(ticket, tokens.orRefreshToken(of: old))
        case .failure(let error as RefreshFailedError): fail(ticket, error.failure)
        case .failure: fail(ticket, .noAnswer)
        }
    }

    /// Takes the tokens of a refresh, and stores them if they are still wanted.
    private func replace(_ ticket: RefreshTicket, _ tokens: IssuedTokens) async {
        let facts = tokens.facts(age: .zero, isStored: false)
        let generation = session.onRefreshed(ticket: ticket, tokens: facts, clocks: clocks)
        guard let generation else { return }
        current = CurrentTokens(generation: generation, tokens: tokens, isStored: false)
        await store(generation)
    }

    /// Returns whether the tokens are stored now.
    @discardableResult
    private func store(_ generation: UInt64) async -> Bool {
        let before = storing
        let task = Task<Bool, Never> { [keeper] in
            _ = await before?.value
            var isStored = false
            if let tokens = tokens(of: generation) {
                do {
                    try await withTimeout(storingTimeout) { try await keeper.store(tokens) }
                    session.onStored(generation: generation)
                    isStored = true
                } catch {
                    // The tokens are used anyway: there are no others.
                }
            }
            markStored(generation)
            return isStored
        }
        storing = task
        return await task.value
    }

    private func markStored(_ generation: UInt64) {
        if current?.generation == generation { current?.isStored = true }
        waiters.wakeAll()
    }

    private func fail(_ ticket: RefreshTicket, _ failure: RefreshFailure) {
        let outcome = session.onFailure(ticket: ticket, failure: failure, clocks: clocks)
        if outcome == .signedOut { current = nil }
        waiters.wakeAll()
    }

    /// The tokens with this number, stored or not; nil if they were replaced.
    private func tokens(of generation: UInt64) -> IssuedTokens? {
        current?.generation == generation ? current?.tokens : nil
    }
}

extension TokenSession: CustomStringConvertible {
    /// The state of the tokens, without the tokens.
    public nonisolated var description: String {
        let health = health
        let signedIn = health.isSignedIn ? "signed in" : "not signed in"
        let valid = health.isValid ? "valid" : "not valid"
        return "TokenSession(\(signedIn), \(valid), \(health.failures) failed refreshes)"
    }
}

private struct CurrentTokens {
    let generation: UInt64
    let tokens: IssuedTokens
    /// Whether the tokens can be used: they were stored, or storing them failed.
    var isStored: Bool
}

/// The tokens for one request.
private struct Usable: Sendable {
    let attempt: Attempt
    let tokens: IssuedTokens
}

private let unauthorized = 401
