/// What a verifier of a provider's tokens is made of: one document, and where the keys are.
public struct Preset: Sendable {
    /// The policy of a ``Verifier``; nil if the tokens are not for one.
    public let policy: Policy?
    /// The document for ``IDTokenVerifier`` or ``AccessTokenVerifier``, which says in `profile` for
    /// which; nil if the tokens are for neither.
    public let profile: String?
    /// The document for ``AlbVerifier``; nil if the tokens are not of AWS load balancers.
    public let loadBalancer: String?
    /// Where the keys are.
    public let keySource: KeySource
    /// The whole as one JSON object, the same in every language.
    public let json: String

    /// Where a provider's keys are.
    public enum KeySource: Sendable {
        /// In the metadata of this issuer.
        case issuer(String)
        /// At the URL of a JWK Set, of keys whose `use` is one of the purposes; nil for keys for
        /// signatures.
        case jwks(url: String, purposes: [String]?)
        /// At the URL of an object of `kid` and certificate, or with `{kid}` of each key. All keys
        /// are for these algorithms.
        case certificates(url: String, algorithms: [Algorithm])
        /// With the caller; the text says which keys they are.
        case ofCaller(String, purposes: [String]?)
    }

    init(_ json: String) throws(SetupError) {
        let members = JSONText(json).members ?? []
        let document = { (name: String) in
            members.first { $0.name.isExactly(name) }?.value
        }
        self.json = json
        if let written = document("policy") {
            policy = try Policy(json: written.text)
        } else {
            policy = nil
        }
        profile = document("profile")?.text
        loadBalancer = document("load_balancer")?.text
        keySource = KeySource(document("key_source")?.members ?? [])
    }

    /// Makes a client for the provider's keys, and for the tokens of ``policy``. Without a policy it
    /// only fetches keys, for the verifier of ``profile`` or ``loadBalancer``: by itself it accepts no
    /// token.
    ///
    /// - Parameter options: How keys are fetched and cached. What the preset says about keys is added.
    /// - Throws: `invalid_key_source` if the caller has the keys, if they may not be fetched from where
    ///   they are, or if the options have other purposes or certificates than the preset.
    public func client(
        options: JwksClient.Options = JwksClient.Options()
    ) throws(SetupError) -> JwksClient {
        let verifier =
            if let policy { try Verifier(policy) } else {
                try Verifier(issuer: onlyKeys, audience: onlyKeys)
            }
        return try client(verifier: verifier, options: options)
    }

    /// Makes a client for the provider's keys with another verifier, such as
    /// ``AccessTokenVerifier/verifier``.
    ///
    /// - Throws: `invalid_key_source`, as ``client(options:)``.
    public func client(
        verifier: Verifier, options: JwksClient.Options = JwksClient.Options()
    ) throws(SetupError) -> JwksClient {
        var options = options
        switch keySource {
        case .issuer(let issuer):
            return try JwksClient(issuer: issuer, verifier: verifier, options: options)
        case .jwks(let url, let purposes):
            options.settings.purposes = try only("purposes", options.settings.purposes, purposes)
            return try JwksClient(url: url, verifier: verifier, options: options)
        case .certificates(let url, let algorithms):
            let known = options.settings.certificates
            options.settings.certificates = try only("certificates", known, algorithms)
            return try JwksClient(url: url, verifier: verifier, options: options)
        case .ofCaller(let what, _):
            throw SetupError(
                code: .invalidKeySource, message: "you have the keys: \(what)")
        }
    }
}

extension Preset.KeySource {
    fileprivate init(_ members: [(name: String, value: JSONText)]) {
        let value = { (name: String) in
            members.first { $0.name.isExactly(name) }?.value
        }
        let text = { (name: String) in value(name)?.decoded(as: String.self) }
        let texts = { (name: String) in value(name)?.decoded(as: [String].self) }
        if let issuer = text("issuer") {
            self = .issuer(issuer)
        } else if let url = text("jwks_url") {
            self = .jwks(url: url, purposes: texts("purposes"))
        } else if let url = text("certificates_url") {
            let algorithms = (texts("algorithms") ?? []).map(Algorithm.init)
            self = .certificates(url: url, algorithms: algorithms)
        } else {
            self = .ofCaller(text("of_caller") ?? "", purposes: texts("purposes"))
        }
    }
}

/// Returns the list, of which a second, different one would forget the first.
private func only<Name: Equatable>(
    _ name: String, _ known: [Name]?, _ given: [Name]?
) throws(SetupError) -> [Name]? {
    if let known, let given, known != given {
        throw SetupError(
            code: .invalidKeySource,
            message: "\(name) is given twice, with different values; leave one out")
    }
    return given ?? known
}

/// Stands where an issuer has its name: no token is accepted, and a refusal says why.
private let onlyKeys = "none: this client only fetches keys, for the verifier of the preset"
