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
/// before they are too old, and used for another day while the issuer cannot be reached, unless its
/// headers forbid that. After a long idle time a request waits for one fetch. One fetch at a time
/// serves everybody. It belongs to nobody: a task that is cancelled ends no fetch that others wait
/// for. Tokens with unknown kids cause one fetch in 15 seconds at most, however many come.
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
        /// The times that keys are kept by, and the limits of a set.
        public var settings = CacheSettings()
        /// Waives https. Only for a network in which nobody can answer in the issuer's name, such as
        /// a cluster's own: anybody who can, chooses the keys.
        public var allowPlainHTTP = false
        /// The only hosts that keys and metadata are fetched from, by name or address, whatever the
        /// port and the case; nil allows any. An empty list allows no host.
        public var allowedHosts: [String]?
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
    /// - Throws: `invalid_key_source` if nothing may be fetched from there.
    public init(
        url: String, verifier: Verifier, options: Options = Options()
    ) throws(SetupError) {
        try self.init(verifier, options) { try .at(url: url, rules: options.rules) }
    }

    /// A client for the tokens of one issuer for one audience, which finds the keys through the
    /// issuer's metadata. See ``init(issuer:verifier:customary:options:)``.
    ///
    /// - Throws: `invalid_key_source` if the issuer is no URL that may be fetched from.
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
    /// - Throws: `invalid_key_source` if the issuer is no URL that may be fetched from.
    public init(
        issuer: String, verifier: Verifier, customary: Bool = true, options: Options = Options()
    ) throws(SetupError) {
        try self.init(verifier, options) {
            try .ofIssuer(issuer: issuer, customary: customary, rules: options.rules)
        }
    }

    private init(
        _ verifier: Verifier, _ options: Options, at location: () throws -> KeyLocation
    ) throws(SetupError) {
        self.verifier = verifier
        self.options = options
        self.location = try SetupError.calling(location)
        cache = JwksCache(
            numbers: options.settings.handedOver, limits: options.settings.limits,
            location: self.location)
    }

    /// Verifies a token as ``Verifier/verify(_:keys:now:)`` does. Waits for a fetch only if no keys
    /// would do.
    ///
    /// - Throws: the first check that fails: `unknown_key` if the issuer has no such key,
    ///   `keys_unavailable` (503) if it cannot be asked, or if the task is cancelled while it waits.
    public nonisolated func verify(
        _ token: some EncodedToken, now: Moment? = nil
    ) async throws(VerificationError) -> VerifiedToken {
        try await verify(token, demand: nil, now: now)
    }

    /// The same for a token that must grant what is demanded. Revocation is asked about after that.
    nonisolated func verify(
        _ token: some EncodedToken, demand: Demand?, now: Moment? = nil
    ) async throws(VerificationError) -> VerifiedToken {
        let verdict = await verdict(token, now)
        let token = try verifier.conclude(verdict, demand: demand)
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
        try await obtain { cache, asked, clocks in cache.prepare(asked: asked, clocks: clocks) }
    }

    /// Fetches the issuer's present keys and waits for them, such as after a rotation that was
    /// announced. At most one fetch in ``CacheSettings/shortestRest`` is made for this.
    ///
    /// - Throws: `keys_unavailable` if the fetch fails, or if the issuer was asked so recently that
    ///   it is not asked now.
    public nonisolated func refreshNow() async throws(VerificationError) {
        try await obtain { cache, asked, clocks in cache.refreshNow(asked: asked, clocks: clocks) }
    }

    /// Withdraws every key with this `kid` at once, for a key that has leaked: its tokens get
    /// `unknown_key`, whatever the issuer publishes and whatever is seeded, until ``restore(_:)`` or
    /// the end of the process.
    public nonisolated func purge(_ kid: String) {
        cache.purge(kid: kid)
    }

    /// Takes back ``purge(_:)``. False if the `kid` was not withdrawn.
    @discardableResult
    public nonisolated func restore(_ kid: String) -> Bool {
        cache.restore(kid: kid)
    }

    /// How the keys are doing. Fetches nothing.
    public nonisolated var health: KeyHealth {
        KeyHealth(cache.health(clocks: clocks))
    }

    /// The keys, if any have been fetched or seeded, for ``seed(_:)`` in another process or a later
    /// one.
    public nonisolated func export() -> KeySnapshot? {
        cache.export(clocks: clocks).map { KeySnapshot($0, now: options.clock.now) }
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
                age: snapshot.age(now: options.clock.now), clocks: clocks)
        }
        wakeEverybody()
    }

    private nonisolated var sinceStart: UInt64 { options.clock.sinceStart.wholeNanoseconds }

    private nonisolated var clocks: Clocks {
        Clocks(monotonic: sinceStart, wall: options.clock.now.handedOver)
    }

    private nonisolated func obtain(
        _ ask: (JwksCache, UInt64, Clocks) -> KeysAtHand
    ) async throws(VerificationError) {
        let asked = sinceStart
        while true {
            let keys = ask(cache, asked, clocks)
            if let number = keys.fetch { start(number) }
            if keys.ready { return }
            if let refusal = keys.refusal { throw VerificationError(refusal) }
            if let atMost = keys.wait { await news(atMost) }
            if Task.isCancelled { throw VerificationError(.keysUnavailable(retryAfter: nil)) }
        }
    }

    private nonisolated func verdict(
        _ token: some EncodedToken, _ now: Moment?
    ) async -> TokenVerdict {
        var clocks = clocks
        let asked = clocks.monotonic
        while true {
            let step = token.lent { octets in
                cache.verify(
                    verifier: verifier.foreign, token: octets, asked: asked, clocks: clocks,
                    now: now?.handedOver ?? clocks.wall)
            }
            if let number = step.fetch { start(number) }
            if let verdict = step.verdict { return verdict }
            if let atMost = step.wait { await news(atMost) }
            if Task.isCancelled { return .refused(refusal: refusal(cause: .cancelled)) }
            clocks = self.clocks
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
    private nonisolated func start(_ number: UInt64) {
        guard let fetch = cache.begin(number: number) else { return }
        Task.detached { await self.carryOut(fetch) }
    }

    /// The end of every fetch is told, whatever becomes of it.
    private func carryOut(_ fetch: KeyFetch) async {
        switch await KeyRequests(fetcher: options.fetcher).make(fetch) {
        case .success(let (query, answer)):
            _ = fetch.onKeys(request: query, answer: answer, clocks: clocks)
        case .failure(let problem) where problem.isCancelled:
            fetch.onCancelled(clocks: clocks)
        case .failure(let problem):
            _ = fetch.onError(problem: problem.text, clocks: clocks)
        }
        wakeEverybody()
    }

    /// Waits until something has come of the fetch that is under way, or so many nanoseconds; or
    /// until the task is cancelled.
    ///
    /// A fetch ends on this actor, so that none can end between the question and the wait.
    private func news(_ atMost: UInt64) async {
        guard cache.health(clocks: clocks).isFetching else { return }
        lastWaiter += 1
        let waiter = lastWaiter
        let alarm = Task {
            try? await Task.sleep(for: Duration(wholeNanoseconds: atMost))
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

extension JwksClient.Options {
    fileprivate var rules: FetchRules { FetchRules(plainHttp: allowPlainHTTP, hosts: allowedHosts) }
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
