internal import VerijotBindings

extension Policy {
    /// Reads a policy from its document, the same JSON in every language.
    ///
    /// ```swift
    /// var policy = try Policy(json: #"{"issuers": ["https://issuer.example"], "audiences": null}"#)
    /// policy.requiredScopes = ["orders:read"]
    /// ```
    ///
    /// - Throws: `invalid_policy` if the document is not a policy; the message names the member at
    ///   fault.
    public init(json: String) throws(SetupError) {
        self.init(issuers: nil, audiences: nil)
        let written = JSONText(try Self.verifier(json).policyDocument())
        for (name, value) in try written.members.known {
            try take(name, value)
        }
    }

    /// The policy's document in one line, without members that have their default.
    ///
    /// - Throws: `invalid_policy` if the policy makes no sense.
    public var json: String {
        get throws(SetupError) { try Self.verifier(document()).policyDocument() }
    }

    /// Makes the core's verifier for this policy.
    func verifier(tokenCache: UInt32) throws(SetupError) -> VerijotBindings.Verifier {
        try Self.verifier(document(), tokenCache: tokenCache)
    }

    private static func verifier(
        _ document: String, tokenCache: UInt32 = 0
    ) throws(SetupError) -> VerijotBindings.Verifier {
        try SetupError.calling {
            try VerijotBindings.Verifier.fromDocument(
                policy: document.capped, tokenCache: tokenCache)
        }
    }

    private func document() throws(SetupError) -> String {
        var limits = otherLimits
        if let maxTokenOctets {
            limits.append((name: "token_octets", json: String(Self.limit(maxTokenOctets))))
        }
        var members = otherMembers
        func set(_ name: String, _ json: String?) {
            if let json { members.append((name: name, json: json)) }
        }
        set("issuers", texts(issuers) ?? "null")
        set("audiences", texts(audiences) ?? "null")
        set("algorithms", texts(algorithms?.map(\.rawValue)))
        set("types", types.json)
        set("leeway", try optionalSeconds(leeway))
        set("require_exp", allowMissingExpiry ? "false" : nil)
        set("numeric_subject", allowNumericSubject ? "true" : nil)
        set("future_issued_at", allowFutureIssuedAt ? "true" : nil)
        set("required_claims", texts(requiredClaims))
        set("expected_claims", try expectedClaims.json())
        set("max_age", try optionalSeconds(maxAge))
        set("max_lifetime", try optionalSeconds(maxLifetime))
        set("max_lifetime_by", try lifetimeClasses?.json())
        set("required_scopes", texts(requiredScopes))
        set("required_roles", requiredRoles.isEmpty ? nil : array(requiredRoles.map(\.json)))
        set("limits", limits.isEmpty ? nil : object(limits))
        return object(members)
    }

    /// Sets a property from a member of a document in the core's canonical form.
    private mutating func take(_ name: String, _ value: JSONText) throws(SetupError) {
        switch name {
        case "issuers": issuers = value.isNull ? nil : try value.read()
        case "audiences": audiences = value.isNull ? nil : try value.read()
        case "algorithms":
            let names: [String] = try value.read()
            algorithms = names.map(Algorithm.init)
        case "types": types = value.isNull ? .any : .oneOf(try value.read())
        case "leeway": leeway = try value.duration()
        case "require_exp":
            let isRequired: Bool = try value.read()
            allowMissingExpiry = !isRequired
        case "numeric_subject": allowNumericSubject = try value.read()
        case "future_issued_at": allowFutureIssuedAt = try value.read()
        case "required_claims": requiredClaims = try value.read()
        case "expected_claims":
            let claims = try value.members.known
            expectedClaims = ExpectedClaims(
                claims.map { ($0.name, JSONValue(text: $0.value.text)) })
        case "max_age": maxAge = try value.duration()
        case "max_lifetime": maxLifetime = try value.duration()
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
                    maxTokenOctets = Int(clamping: octets)
                } else {
                    otherLimits.append((name: name, json: value.text))
                }
            }
        default: otherMembers.append((name: name, json: value.text))
        }
    }
}

extension TokenTypes {
    fileprivate var json: String? {
        switch self {
        case .default: nil
        case .oneOf(let names): texts(names)
        case .any: "null"
        }
    }
}

extension ExpectedClaims {
    fileprivate func json() throws(SetupError) -> String? {
        for claim in claims where !JSONText(claim.value.text).isWhole {
            throw SetupError(
                code: .invalidPolicy, message: "the expected value of a claim is not JSON")
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
                    ceilings.append((name, try value.duration()))
                }
            case "default": otherwise = value.isNull ? nil : try value.duration()
            default: throw unknownForm
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
            default: throw unknownForm
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

private func optionalSeconds(_ duration: Duration?) throws(SetupError) -> String? {
    guard let duration else { return nil }
    return try seconds(duration)
}

/// Decimal seconds, in quotation marks.
private func seconds(_ duration: Duration) throws(SetupError) -> String {
    guard duration >= .zero else {
        throw SetupError(code: .invalidPolicy, message: "a duration is negative")
    }
    let (whole, rest) = duration.wholeNanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    // The leading 1 keeps the zeros and is replaced by the point.
    return "\"\(whole).\(String(1_000_000_000 + rest).dropFirst())\""
}

extension JSONText {
    fileprivate func read<Value: Decodable>() throws(SetupError) -> Value {
        try decoded(as: Value.self).known
    }

    fileprivate func duration() throws(SetupError) -> Duration {
        let text: String = try read()
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let digits = parts.count == 2 ? parts[1] : ""
        let padded = digits + String(repeating: "0", count: max(0, 9 - digits.utf8.count))
        guard parts.count <= 2, let whole = Int64(parts[0]), let rest = Int64(padded) else {
            throw unknownForm
        }
        return .seconds(whole) + .nanoseconds(rest)
    }
}

extension Optional {
    /// The value, which the core's canonical form always has.
    fileprivate var known: Wrapped {
        get throws(SetupError) {
            guard let self else { throw unknownForm }
            return self
        }
    }
}

private let unknownForm = SetupError(
    code: .invalidPolicy, message: "the document is not in the core's canonical form")
