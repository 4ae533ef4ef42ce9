internal import VerijotBindings

extension Policy {
    /// Reads a policy from its document, the same JSON in every language.
    ///
    /// ```swift
    /// var policy = try Policy(json: #"{"issuers": ["https://issuer.example"], "audiences": null}"#)
    /// policy.requiredScopes = ["orders:read"]
    /// ```
    ///
    /// - Throws: `invalid_policy` if it is no policy; the detail names the member at fault.
    public init(json: String) throws(SetupError) {
        self.init(issuers: nil, audiences: nil)
        let written = JSONText(try Self.verifier(json).policyDocument())
        for (name, value) in try written.members.known {
            try take(name, value)
        }
    }

    /// The policy's document in one line; what has the default is left out.
    ///
    /// - Throws: `invalid_policy` if the policy makes no sense.
    public var json: String {
        get throws(SetupError) { try Self.verifier(document()).policyDocument() }
    }

    /// The core's verifier of this policy.
    func verifier(tokenCache: UInt32) throws(SetupError) -> VerijotBindings.Verifier {
        try Self.verifier(document(), tokenCache: tokenCache)
    }

    private static func verifier(
        _ document: String, tokenCache: UInt32 = 0
    ) throws(SetupError) -> VerijotBindings.Verifier {
        try SetupError.calling {
            try VerijotBindings.Verifier.fromDocument(
                policy: document.handedOver, tokenCache: tokenCache)
        }
    }

    private func document() throws(SetupError) -> String {
        var limits = unnamedLimits
        if tokenOctets != Self.usualTokenOctets {
            limits.append((name: "token_octets", json: String(Self.limit(tokenOctets))))
        }
        var members = unnamed
        func say(_ name: String, _ json: String?) {
            if let json { members.append((name: name, json: json)) }
        }
        say("issuers", texts(issuers) ?? "null")
        say("audiences", texts(audiences) ?? "null")
        say("algorithms", texts(algorithms?.map(\.rawValue)))
        say("types", types.json)
        say("leeway", try seconds(leeway))
        say("require_exp", requireExpiry ? nil : "false")
        say("numeric_subject", allowNumericSubject ? "true" : nil)
        say("future_issued_at", allowFutureIssuedAt ? "true" : nil)
        say("required_claims", texts(requiredClaims))
        say("expected_claims", try expectedClaims.json())
        say("max_age", try optionalSeconds(maxAge))
        say("max_lifetime", try optionalSeconds(maxLifetime))
        say("max_lifetime_by", try lifetimeClasses?.json())
        say("required_scopes", texts(requiredScopes))
        say("required_roles", requiredRoles.isEmpty ? nil : array(requiredRoles.map(\.json)))
        say("limits", limits.isEmpty ? nil : object(limits))
        return object(members)
    }

    /// Takes a member from a document in the core's spelling.
    private mutating func take(_ name: String, _ value: JSONText) throws(SetupError) {
        switch name {
        case "issuers": issuers = value.isNull ? nil : try value.read()
        case "audiences": audiences = value.isNull ? nil : try value.read()
        case "algorithms":
            let names: [String] = try value.read()
            algorithms = names.map(Algorithm.init)
        case "types": types = value.isNull ? .any : .oneOf(try value.read())
        case "leeway": leeway = try value.span()
        case "require_exp": requireExpiry = try value.read()
        case "numeric_subject": allowNumericSubject = try value.read()
        case "future_issued_at": allowFutureIssuedAt = try value.read()
        case "required_claims": requiredClaims = try value.read()
        case "expected_claims":
            let claims = try value.members.known
            expectedClaims = ExpectedClaims(
                claims.map { ($0.name, JSONValue(text: $0.value.text)) })
        case "max_age": maxAge = try value.span()
        case "max_lifetime": maxLifetime = try value.span()
        case "max_lifetime_by": lifetimeClasses = try LifetimeClasses(value)
        case "required_scopes": requiredScopes = try value.read()
        case "required_roles":
            requiredRoles = []
            for demand in value.elements ?? [value] {
                requiredRoles.append(try RequiredRoles(demand))
            }
        case "limits":
            for (name, value) in try value.members.known {
                if name == "token_octets" {
                    let octets: UInt64 = try value.read()
                    tokenOctets = Int(clamping: octets)
                } else {
                    unnamedLimits.append((name: name, json: value.text))
                }
            }
        default: unnamed.append((name: name, json: value.text))
        }
    }
}

extension TokenTypes {
    fileprivate var json: String? {
        switch self {
        case .usual: nil
        case .oneOf(let names): texts(names)
        case .any: "null"
        }
    }
}

extension ExpectedClaims {
    fileprivate func json() throws(SetupError) -> String? {
        for claim in claims where !JSONText(claim.value.text).isWhole {
            throw SetupError(
                code: .invalidPolicy, detail: "an expected claim's value is not JSON")
        }
        return claims.isEmpty ? nil : object(claims.map { (name: $0.name, json: $0.value.text) })
    }
}

extension LifetimeClasses {
    fileprivate init(_ value: JSONText) throws(SetupError) {
        var claim: String?
        var ceilings: [(String, Duration)] = []
        var otherwise: Duration?
        for (name, value) in try value.members.known {
            switch name {
            case "claim": claim = try value.read()
            case "ceilings":
                for (name, value) in try value.members.known {
                    ceilings.append((name, try value.span()))
                }
            case "default": otherwise = value.isNull ? nil : try value.span()
            default: throw unknownSpelling
            }
        }
        self.init(by: try claim.known, ceilings, otherwise: otherwise)
    }

    fileprivate func json() throws(SetupError) -> String {
        var classes: [(name: String, json: String)] = []
        for (value, ceiling) in ceilings {
            classes.append((name: value, json: try seconds(ceiling)))
        }
        return object([
            (name: "claim", json: JSONValue(claim).text),
            (name: "ceilings", json: object(classes)),
            (name: "default", json: try optionalSeconds(otherwise) ?? "null"),
        ])
    }
}

extension RequiredRoles {
    fileprivate init(_ value: JSONText) throws(SetupError) {
        var path: [String]?
        var roles: [String]?
        for (name, value) in try value.members.known {
            switch name {
            case "path": path = try value.read()
            case "roles": roles = try value.read()
            default: throw unknownSpelling
            }
        }
        self.init(try roles.known, at: ClaimPath(names: try path.known))
    }

    fileprivate var json: String {
        object([
            (name: "path", json: array(path.names.map { JSONValue($0).text })),
            (name: "roles", json: array(roles.map { JSONValue($0).text })),
        ])
    }
}

private func texts(_ values: [String]?) -> String? {
    values.map { array($0.map { JSONValue($0).text }) }
}

private func array(_ values: [String]) -> String {
    "[" + values.joined(separator: ",") + "]"
}

private func object(_ members: [(name: String, json: String)]) -> String {
    "{" + members.map { JSONValue($0.name).text + ":" + $0.json }.joined(separator: ",") + "}"
}

private func optionalSeconds(_ span: Duration?) throws(SetupError) -> String? {
    guard let span else { return nil }
    return try seconds(span)
}

/// Decimal seconds, in quotation marks.
private func seconds(_ span: Duration) throws(SetupError) -> String {
    guard span >= .zero else {
        throw SetupError(code: .invalidPolicy, detail: "a span of time is negative")
    }
    let (whole, rest) = span.wholeNanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    // Of ten digits the first, which is 1, gives way to the point.
    return "\"\(whole).\(String(1_000_000_000 + rest).dropFirst())\""
}

extension JSONText {
    fileprivate func read<Value: Decodable>() throws(SetupError) -> Value {
        try decoded(as: Value.self).known
    }

    fileprivate func span() throws(SetupError) -> Duration {
        let text: String = try read()
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let digits = parts.count == 2 ? parts[1] : ""
        let padded = digits + String(repeating: "0", count: max(0, 9 - digits.utf8.count))
        guard parts.count <= 2, let whole = Int64(parts[0]), let rest = Int64(padded) else {
            throw unknownSpelling
        }
        return .seconds(whole) + .nanoseconds(rest)
    }
}

extension Optional {
    /// What the core's spelling has.
    fileprivate var known: Wrapped {
        get throws(SetupError) {
            guard let self else { throw unknownSpelling }
            return self
        }
    }
}

private let unknownSpelling = SetupError(
    code: .invalidPolicy, detail: "the document has another spelling than the core's")
