import Foundation
internal import VerijotBindings

/// Verifies the tokens of one issuer, and fetches its keys. Make it once and share it.
///
/// ```swift
/// let client = try JwksClient(issuer: "https://issuer.example", audience: "https://api.example")
/// let token = try await client.verify(raw)
/// ```
///
/// While keys are cached no request waits, not even for the actor: keys are refreshed in the
/// background, and used for another day while the issuer cannot be reached, unless its headers
/// forbid that. After a long idle time a request waits for one fetch. One fetch at a time serves
/// all tasks; cancelling a waiting task does not stop it. Tokens with unknown kids cause at most
/// one fetch in 15 seconds.
public actor JwksClient: Awaitable {
    /// Verifies the tokens, once there are keys.
    public nonisolated let verifier: Verifier

    private nonisolated let source: Source
    private nonisolated let options: Options
    private nonisolated let clock: ClientClock
    private nonisolated let answers = Answers()
    var waiters = Waiters()

    /// Where the keys come from.
    private enum Source: Sendable {
        case fixed(JwkSet)
        case fetched(JwksCache, KeyLocation)
    }

    /// Everything about a client except the location of the keys and the policy.
    public struct Options: Sendable {
        /// How keys are cached, and the limits of a set.
        public var settings = CacheSettings()
        /// Allows plain http. Only for a network in which nobody can impersonate the issuer, such
        /// as inside a cluster: anyone who can, chooses the keys.
        public var allowPlainHTTP = false
        /// The only hosts that metadata and keys are fetched from, by name or address; port and
        /// case do not matter. Nil allows any host, an empty list none.
        public var allowedHosts: [String]?
        /// Makes the requests.
        public var fetcher: any Fetcher = URLSessionFetcher()
        /// The clocks.
        public var clock: any KeyClock = SystemClock()
        /// Checks after all other checks whether a token has been revoked, also the tokens of verifiers
        /// of other kinds that use the client's keys, except load balancers' tokens.
        public var revoked: (@Sendable (VerifiedToken) async throws -> Bool)?
        /// How long ``revoked`` may take (2 seconds). After that the token is refused with
        /// `revocation_unavailable`, as after an error. While a thousand calls that were given up still
        /// run, nobody is asked.
        public var revocationTimeout = Duration(
            wholeNanoseconds: VerijotBindings.revocationTimeout())

        /// Makes options with all defaults.
        public init() {}
    }

    /// Makes a client for keys at one URL, over https or on this machine. With `{kid}` in the URL,
    /// each key is fetched by itself, for a `kid` that is a UUID; ``CacheSettings/certificates``
    /// says what the keys are for.
    ///
    /// The verifier's policy should name the issuer that the keys belong to. Nothing is fetched
    /// before the first token.
    ///
    /// - Throws: `invalid_key_source` if keys may not be fetched from the URL.
    public init(
        url: String, verifier: Verifier, options: Options = Options()
    ) throws(SetupError) {
        try self.init(verifier, options) { try .at(url: url, rules: options.rules) }
    }

    /// Makes a client for the tokens of one issuer for one audience, which finds the keys through
    /// the issuer's metadata. See ``init(issuer:verifier:discoveryOnly:options:)``.
    ///
    /// - Throws: `invalid_key_source` if the issuer is not a URL that keys may be fetched from.
    public init(
        issuer: String, audience: String?, options: Options = Options()
    ) throws(SetupError) {
        let verifier = try Verifier(issuer: issuer, audience: audience)
        try self.init(issuer: issuer, verifier: verifier, options: options)
    }

    /// Makes a client that finds the keys through the issuer's metadata: the document of OpenID
    /// Connect Discovery or else of RFC 8414, which must name exactly this issuer.
    ///
    /// - Parameters:
    ///   - issuer: A URL over https or on this machine.
    ///   - verifier: Verifies the tokens; its policy should name the issuer.
    ///   - discoveryOnly: Does not fall back to `/.well-known/jwks.json` for an issuer without
    ///     metadata.
    ///   - options: Everything else.
    /// - Throws: `invalid_key_source` if the issuer is no URL that may be fetched from.
    public init(
        issuer: String, verifier: Verifier, discoveryOnly: Bool = false,
        options: Options = Options()
    ) throws(SetupError) {
        try self.init(verifier, options) {
            try .ofIssuer(issuer: issuer, discoveryOnly: discoveryOnly, rules: options.rules)
        }
    }

    /// Makes a client with static keys, which fetches nothing, such as for a ``Guard``.
    public init(keys: JwkSet, verifier: Verifier, options: Options = Options()) {
        self.verifier = verifier
        self.options = options
        clock = ClientClock(options.clock)
        source = .fixed(keys)
    }

    init(
        _ verifier: Verifier, _ options: Options, at location: () throws -> KeyLocation
    ) throws(SetupError) {
        self.verifier = verifier
        self.options = options
        clock = ClientClock(options.clock)
        let place = try SetupError.calling(location)
        let cache = try SetupError.calling {
            try JwksCache(
                numbers: options.settings.ffi, limits: options.settings.limits, location: place)
        }
        source = .fetched(cache, place)
    }

    /// Verifies a token as ``Verifier/verify(_:keys:now:)`` does. Waits for a fetch only if the
    /// cached keys are not enough.
    ///
    /// - Throws: the first check that fails: `unknown_key` if the issuer has no such key,
    ///   `keys_unavailable` (503) if the keys could not be fetched, or if the task is cancelled
    ///   while it waits.
    public nonisolated func verify(
        _ token: some EncodedToken, now: Moment? = nil
    ) async throws(VerificationError) -> VerifiedToken {
        try await verify(token, demand: nil, now: now)
    }

    /// Verifies a token, then checks a demand, then revocation.
    nonisolated func verify(
        _ token: some EncodedToken, demand: Demand?, now: Moment? = nil
    ) async throws(VerificationError) -> VerifiedToken {
        let verdict = await verdict(token, now)
        let token = try verifier.conclude(
            verdict, demand: demand, now: now ?? options.clock.now)
        try await checkRevocation(token)
        return token
    }

    /// Verifies a token and decodes its claims as your own type. See ``VerifiedToken/claims(as:)``.
    ///
    /// - Throws: like ``verify(_:now:)``; `missing_claim` or `invalid_claim` if the claims do not
    ///   match the type.
    public nonisolated func verify<Claims: Decodable>(
        _ token: some EncodedToken, as type: Claims.Type, now: Moment? = nil
    ) async throws(VerificationError) -> Claims {
        try await verify(token, now: now).claims(as: type)
    }

    /// Verifies a token and returns the outcome of every check, except for ``Options/revoked``.
    ///
    /// - Throws: `keys_unavailable` if there are no keys.
    public nonisolated func explain(
        _ token: some EncodedToken, now: Moment? = nil
    ) async throws(VerificationError) -> Explanation {
        let verdict = await verdict(token, now)
        let keys: JwkSet
        switch source {
        case .fixed(let set): keys = set
        case .fetched(let cache, _):
            if let held = cache.keys() {
                keys = JwkSet(held)
            } else {
                if case .refused(let refusal) = verdict {
                    let error = VerificationError(refusal)
                    if error.code == .keysUnavailable { throw error }
                }
                // The token was refused for a reason that needs no keys.
                keys = try noKeys()
            }
        }
        return verifier.explain(token, keys: keys, now: now ?? options.clock.now)
    }

    /// Waits until there are keys. Call it before a service takes its first request.
    ///
    /// - Throws: `keys_unavailable` if the keys could not be fetched. The next token or call
    ///   retries.
    public nonisolated func ready() async throws(VerificationError) {
        try await keys { cache, requestedAt, clocks in
            cache.ready(requestedAt: requestedAt, clocks: clocks)
        }
    }

    /// Fetches the issuer's current keys and waits for them, for example after an announced
    /// rotation. It makes at most one fetch per ``CacheSettings/shortestRest``, and none if the keys
    /// are static.
    ///
    /// - Throws: `keys_unavailable` if the fetch fails, or if the last one was too recent.
    public nonisolated func refreshNow() async throws(VerificationError) {
        try await keys { cache, requestedAt, clocks in
            cache.refreshNow(requestedAt: requestedAt, clocks: clocks)
        }
    }

    /// Withdraws every key with this `kid` at once, for a leaked key: its tokens get `unknown_key`,
    /// whatever the issuer publishes and whatever is seeded, until ``restore(_:)`` or the end of
    /// the process. It has no effect on static keys.
    public nonisolated func purge(_ kid: String) {
        cache?.purge(kid: kid)
    }

    /// Undoes ``purge(_:)``. Returns false if the `kid` was not withdrawn.
    @discardableResult
    public nonisolated func restore(_ kid: String) -> Bool {
        cache?.restore(kid: kid) ?? false
    }

    /// The state of the keys. Fetches nothing.
    public nonisolated var health: KeyHealth {
        switch source {
        case .fixed(let keys): KeyHealth(keys)
        case .fetched(let cache, _): KeyHealth(cache.health(clocks: clocks))
        }
    }

    /// Returns the fetched or seeded keys, if there are any, for ``seed(_:)`` in another process or
    /// a later one.
    public nonisolated func export() -> KeySnapshot? {
        cache?.export(clocks: clocks).map { KeySnapshot($0, now: options.clock.now) }
    }

    /// Loads keys from ``export()``, or from a deployed file. They are used at once and refreshed
    /// as soon as possible. It has no effect if newer keys are cached, or if the keys are static.
    ///
    /// - Throws: `malformed_jwks` or `jwks_too_large` if the set cannot be used, or does not match
    ///   its hash.
    public func seed(_ snapshot: KeySnapshot) throws(SetupError) {
        guard let cache else { return }
        try SetupError.calling {
            try cache.seed(
                jwks: snapshot.jwks, sha256: snapshot.sha256,
                age: snapshot.age(now: options.clock.now), clocks: clocks)
        }
        waiters.wakeAll()
    }

    private nonisolated var cache: JwksCache? {
        if case .fetched(let cache, _) = source { cache } else { nil }
    }

    /// The time of the client's clock.
    nonisolated var now: Moment { options.clock.now }

    private nonisolated var clocks: Clocks { clock.clocks }

    /// Waits until a call of the core says that keys are ready.
    private nonisolated func keys(
        _ ask: (JwksCache, UInt64, Clocks) -> KeysStep
    ) async throws(VerificationError) {
        guard let cache else { return }
        let requestedAt = clocks.monotonic
        while true {
            let step = ask(cache, requestedAt, clocks)
            if let number = step.fetch { start(number) }
            if step.ready { return }
            if let refusal = step.refusal { throw VerificationError(refusal) }
            if let timeout = step.wait { await endOfFetch(within: timeout) }
            if Task.isCancelled { throw VerificationError(.keysUnavailable(retryAfter: nil)) }
        }
    }

    /// The verdict of this verifier, or of another for the same keys, without revocation.
    nonisolated func verdict(
        _ token: some EncodedToken, _ now: Moment?, of other: Verifier? = nil
    ) async -> TokenVerdict {
        let verifier = other ?? self.verifier
        let cache: JwksCache
        switch source {
        case .fixed(let keys):
            let now = (now ?? options.clock.now).ffi
            return token.withCappedOctets {
                verifier.ffi.verify(token: $0, keys: keys.ffi, now: now)
            }
        case .fetched(let fetched, _): cache = fetched
        }
        let verdict: TokenVerdict? = await decided { requestedAt, clocks in
            let step = token.withCappedOctets { octets in
                cache.verify(
                    verifier: verifier.ffi, token: octets, requestedAt: requestedAt, clocks: clocks,
                    now: now?.ffi ?? clocks.wall)
            }
            return (step.verdict, step.fetch, step.wait)
        }
        return verdict ?? .refused(refusal: refusal(cause: .cancelled))
    }

    /// The verdict on the token of a load balancer, with the same keys.
    nonisolated func verdict(
        _ token: some EncodedToken, _ now: Moment?, of verifier: VerijotBindings.AlbVerifier
    ) async -> AlbVerdict {
        let octets = token.copied
        let cache: JwksCache
        switch source {
        case .fixed(let keys):
            return verifier.verify(
                token: octets, keys: keys.ffi, now: (now ?? options.clock.now).ffi)
        case .fetched(let fetched, _): cache = fetched
        }
        let verdict: AlbVerdict? = await decided { requestedAt, clocks in
            let step = verifier.verifyWithCache(
                cache: cache, token: octets, requestedAt: requestedAt, clocks: clocks,
                now: now?.ffi ?? clocks.wall)
            return (step.verdict, step.fetch, step.wait)
        }
        return verdict ?? .refused(refusal: refusal(cause: .cancelled))
    }

    /// Waits until a call of the core has a verdict; nil if the task is cancelled.
    private nonisolated func decided<Verdict>(
        _ ask: (UInt64, Clocks) -> (verdict: Verdict?, fetch: UInt64?, wait: UInt64?)
    ) async -> Verdict? {
        var clocks = clocks
        let requestedAt = clocks.monotonic
        while true {
            let step = ask(requestedAt, clocks)
            if let number = step.fetch { start(number) }
            if let verdict = step.verdict { return verdict }
            if let timeout = step.wait { await endOfFetch(within: timeout) }
            if Task.isCancelled { return nil }
            clocks = self.clocks
        }
    }

    /// Checks last whether a token has been revoked.
    nonisolated func checkRevocation(_ token: VerifiedToken) async throws(VerificationError) {
        guard let revoked = options.revoked else { return }
        let isRevoked: Bool
        do {
            isRevoked = try await answers.within(options.revocationTimeout) {
                try await revoked(token)
            }
        } catch {
            throw VerificationError(.revocationUnavailable(retryAfter: nil))
        }
        guard !isRevoked else { throw VerificationError(.revoked) }
    }

    /// Starts a fetch, which goes on even if the task that caused it is gone.
    private nonisolated func start(_ number: UInt64) {
        guard let fetch = cache?.begin(number: number) else { return }
        Task.detached { await self.run(fetch) }
    }

    /// Runs a fetch and always reports its end.
    private func run(_ fetch: KeyFetch) async {
        switch await KeyRequests(fetcher: options.fetcher).make(fetch) {
        case .success(let (query, answer)):
            _ = fetch.onKeys(request: query, answer: answer, clocks: clocks)
        case .failure(let problem) where problem.isCancelled:
            fetch.onCancelled(clocks: clocks)
        case .failure(let problem):
            _ = fetch.onError(problem: problem.text, clocks: clocks)
        }
        waiters.wakeAll()
    }

    /// Waits for the end of the current fetch, at most this many nanoseconds, or until the task is
    /// cancelled. A fetch ends on this actor, so that none can end between the check and the wait.
    private func endOfFetch(within nanoseconds: UInt64) async {
        guard cache?.health(clocks: clocks).isFetching == true else { return }
        await change(within: Duration(wholeNanoseconds: nanoseconds))
    }
}

extension JwksClient: CustomStringConvertible {
    /// Shows where the keys are fetched from, without the query.
    public nonisolated var description: String {
        switch source {
        case .fixed: "JwksClient(static keys)"
        case .fetched(_, let location): "JwksClient(\(location.description()))"
        }
    }
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
