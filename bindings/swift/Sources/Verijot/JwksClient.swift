import Foundation
internal import VerijotBindings

/// Verifies the tokens of one issuer, and fetches its keys. Made once and shared.
///
/// ```swift
/// let client = try JwksClient(issuer: "https://issuer.example", audience: "https://api.example")
/// let token = try await client.verify(raw)
/// ```
///
/// With keys at hand nobody waits, not even for the actor: keys are refreshed in the background
/// before they are too old, and used for another day while the issuer is down. One fetch at a time
/// serves everybody. It belongs to nobody: a task that is cancelled ends no fetch that others wait
/// for. Tokens with unknown kids cause two fetches in 30 seconds at most, however many come.
public actor JwksClient {
    /// What is demanded of a token.
    public nonisolated let verifier: Verifier

    private nonisolated let cache: JwksCache
    private nonisolated let location: KeyLocation
    private nonisolated let options: Options
    private var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    private var lastWaiter: UInt64 = 0

    /// What a client can be made with, besides the place of the keys and what is demanded.
    public struct Options: Sendable {
        /// The times that keys are kept by.
        public var settings = CacheSettings()
        /// Makes the requests.
        public var fetcher: any KeyFetcher = URLSessionFetcher()
        /// What the client goes by.
        public var clock: any KeyClock = SystemClock()
        /// Asked after all other checks, whether a token has been revoked.
        public var revoked: (@Sendable (VerifiedToken) async throws -> Bool)?
        /// How long that may take. What comes later refuses the token with
        /// `revocation_unavailable`, as an error does.
        public var revocationTimeout = Duration.seconds(2)

        /// The usual ones.
        public init() {}
    }

    /// A client for keys at one URL, over https or on this very machine.
    ///
    /// The verifier should name the issuer that the keys belong to. Nothing is fetched before the
    /// first token.
    ///
    /// - Throws: `invalid_location` if nothing may be fetched from there.
    public init(
        url: String, verifier: Verifier, options: Options = Options()
    ) throws(SetupError) {
        try self.init(verifier, options) { try .at(url: url) }
    }

    /// A client for the tokens of one issuer for one audience, which finds the keys through the
    /// issuer's metadata. See ``init(issuer:verifier:customary:options:)``.
    ///
    /// - Throws: `invalid_location` if the issuer is no URL that may be fetched from.
    public init(
        issuer: String, audience: String?, options: Options = Options()
    ) throws(SetupError) {
        let verifier = try Verifier(issuer: issuer, audience: audience)
        try self.init(issuer: issuer, verifier: verifier, options: options)
    }

    /// A client that finds the keys through the issuer's metadata: the document of OpenID Connect
    /// Discovery or else of RFC 8414, which must name this very issuer.
    ///
    /// - Parameters:
    ///   - issuer: A URL over https or on this very machine.
    ///   - verifier: What is demanded of a token; it should name the issuer.
    ///   - customary: Whether an issuer without metadata is asked at `/.well-known/jwks.json`.
    ///   - options: Everything else.
    /// - Throws: `invalid_location` if the issuer is no URL that may be fetched from.
    public init(
        issuer: String, verifier: Verifier, customary: Bool = true, options: Options = Options()
    ) throws(SetupError) {
        try self.init(verifier, options) { try .ofIssuer(issuer: issuer, customary: customary) }
    }

    private init(
        _ verifier: Verifier, _ options: Options, at location: () throws -> KeyLocation
    ) throws(SetupError) {
        self.verifier = verifier
        self.options = options
        self.location = try SetupError.calling(location)
        let limits = JwkSetLimits(symmetricKeys: false, octets: nil, keys: nil)
        cache = JwksCache(numbers: options.settings.handedOver, limits: limits)
    }

    /// Verifies a token as ``Verifier/verify(_:keys:now:)`` does. Waits for a fetch only if no keys
    /// would do.
    ///
    /// - Throws: the first check that fails: `unknown_key` if the issuer has no such key,
    ///   `keys_unavailable` (503) if it cannot be asked, or if the task is cancelled while it waits.
    public nonisolated func verify(
        _ token: some EncodedToken, now: Moment? = nil
    ) async throws(VerificationError) -> VerifiedToken {
        let verdict = await verdict(token, now)
        let token = try verifier.conclude(verdict)
        if let revoked = options.revoked {
            try await checkRevocation(token, revoked)
        }
        return token
    }

    /// The same, with the claims as a type of yours. See ``VerifiedToken/claims(as:)``.
    ///
    /// - Throws: as ``verify(_:now:)`` does; `missing_claim` or `invalid_claim` where the claims do
    ///   not fit the type.
    public nonisolated func verify<Claims: Decodable>(
        _ token: some EncodedToken, as type: Claims.Type, now: Moment? = nil
    ) async throws(VerificationError) -> Claims {
        try await verify(token, now: now).claims(as: type)
    }

    /// Every check of a verification with its outcome, but for ``Options/revoked``.
    ///
    /// - Throws: `keys_unavailable` without keys.
    public nonisolated func explain(
        _ token: some EncodedToken, now: Moment? = nil
    ) async throws(VerificationError) -> Explanation {
        if case .refused(let refusal) = await verdict(token, now) {
            let error = VerificationError(refusal)
            if error.code == .keysUnavailable { throw error }
        }
        // A token that needs no keys to be refused has been refused without any.
        let keys = if let keys = cache.keys() { JwkSet(keys) } else { try noKeys() }
        return verifier.explain(token, keys: keys, now: now ?? options.clock.now)
    }

    /// Waits until there are keys, for a service that wants them before its first request.
    ///
    /// - Throws: `keys_unavailable` if the issuer cannot be asked. The next token, or the next
    ///   call, is another occasion.
    public nonisolated func ready() async throws(VerificationError) {
        let asked = sinceStart
        while true {
            let keys = cache.prepare(asked: asked, monotonic: sinceStart)
            if let ticket = keys.fetch { start(ticket) }
            if keys.ready { return }
            if let refusal = keys.refusal { throw VerificationError(refusal) }
            if let until = keys.waitUntil { await news(until: until) }
            if Task.isCancelled { throw VerificationError(.keysUnavailable(retryAfter: nil)) }
        }
    }

    /// How the keys are doing. Fetches nothing.
    public nonisolated var health: KeyHealth {
        KeyHealth(cache.health(monotonic: sinceStart))
    }

    /// The keys, if any have been fetched or seeded, for ``seed(_:)`` in another process or a later
    /// one.
    public nonisolated func export() -> KeySnapshot? {
        cache.export(monotonic: sinceStart).map { KeySnapshot($0, now: options.clock.now) }
    }

    /// Takes over keys from ``export()``, or from a file that was deployed along. They are used at
    /// once and refreshed at the first occasion. Nothing happens if newer keys are held.
    ///
    /// - Throws: `malformed_jwks` or `jwks_too_large` if the set cannot be used, or is not the one
    ///   of its hash.
    public func seed(_ snapshot: KeySnapshot) throws(SetupError) {
        try SetupError.calling {
            try cache.seed(
                jwks: snapshot.jwks, sha256: snapshot.sha256,
                age: snapshot.age(now: options.clock.now), monotonic: sinceStart)
        }
        wakeEverybody()
    }

    private nonisolated var sinceStart: UInt64 { options.clock.sinceStart.wholeNanoseconds }

    private nonisolated func verdict(
        _ token: some EncodedToken, _ now: Moment?
    ) async -> TokenVerdict {
        let asked = sinceStart
        var monotonic = asked
        while true {
            let moment = (now ?? options.clock.now).handedOver
            let step = token.lent { octets in
                cache.verify(
                    verifier: verifier.foreign, token: octets, asked: asked, monotonic: monotonic,
                    now: moment)
            }
            if let ticket = step.fetch { start(ticket) }
            if let verdict = step.verdict { return verdict }
            if let until = step.waitUntil { await news(until: until) }
            if Task.isCancelled { return .refused(refusal: refusal(cause: .cancelled)) }
            monotonic = sinceStart
        }
    }

    private nonisolated func checkRevocation(
        _ token: VerifiedToken, _ revoked: @escaping @Sendable (VerifiedToken) async throws -> Bool
    ) async throws(VerificationError) {
        let isRevoked: Bool
        do {
            isRevoked = try await within(options.revocationTimeout) { try await revoked(token) }
        } catch {
            throw VerificationError(.revocationUnavailable(retryAfter: nil))
        }
        guard !isRevoked else { throw VerificationError(.revoked) }
    }

    /// The fetch runs on, whatever becomes of the task that caused it.
    private nonisolated func start(_ ticket: CacheTicket) {
        Task.detached { await self.carryOut(ticket) }
    }

    /// Every ticket is answered, whatever becomes of its fetch.
    private func carryOut(_ ticket: CacheTicket) async {
        switch await KeyRequests(location: location, fetcher: options.fetcher).make(ticket) {
        case .success(let answer):
            _ = cache.onResponse(ticket: ticket.number, answer: answer, monotonic: sinceStart)
        case .failure(let problem):
            _ = cache.onError(
                ticket: ticket.number, problem: problem.text, monotonic: sinceStart)
        }
        wakeEverybody()
    }

    /// Waits until something has come of the fetch that is under way, or so long; or until the
    /// task is cancelled.
    ///
    /// A fetch ends on this actor, so that none can end between the question and the wait.
    private func news(until: UInt64) async {
        let now = sinceStart
        guard now < until, cache.health(monotonic: now).isFetching else { return }
        lastWaiter += 1
        let waiter = lastWaiter
        let alarm = Task {
            try? await Task.sleep(for: Duration(wholeNanoseconds: until - now))
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

extension JwksClient: CustomStringConvertible {
    /// Where the keys are, without a query.
    public nonisolated var description: String { "JwksClient(\(location.description()))" }
}

extension RefusalCause {
    fileprivate static let cancelled = keysUnavailable(retryAfter: nil)
}

private func noKeys() throws(VerificationError) -> JwkSet {
    do {
        return try JwkSet(json: #"{"keys":[]}"#)
    } catch {
        throw VerificationError(.keysUnavailable(retryAfter: nil))
    }
}
