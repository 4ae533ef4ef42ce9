internal import VerijotBindings

extension Policy {
    /// Reads a policy from its document, the same JSON in every language.
    ///
    /// ```swift
    /// var policy = try Policy(json: #"{"issuers": ["https://issuer.example"], "audiences": null}"#)
    /// policy.requiredScopes = ["orders:read"]
    /// ```
    ///
    /// What the document says in a form that a property does not have, such as exact audiences, is kept,
    /// and the property is nil. If it is set then, the policy is invalid.
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
        jsonObject(try documentMembers())
    }

    /// The document's members, each as JSON, without those that have their default.
    func documentMembers() throws(SetupError) -> [(name: String, json: String)] {
        var (members, limits) = (otherMembers, otherLimits)
        let others = Set(otherMembers.map(\.name))
        let unset = Policy(issuers: nil, audiences: nil)
        for member in Self.members {
            guard let json = try member.write(self) else { continue }
            if others.contains(member.name) {
                // Of the property and the document, one would count without a word.
                guard json == (try member.write(unset)) else {
                    throw SetupError(
                        code: .invalidPolicy,
                        message: "\(member.name): the document says it in a form that the property "
                            + "does not have; change the document")
                }
            } else if member.isLimit {
                limits.append((name: member.name, json: json))
            } else {
                members.append((name: member.name, json: json))
            }
        }
        if !limits.isEmpty { members.append((name: "limits", json: jsonObject(limits))) }
        return members
    }

    /// Sets a property from a member of a document in the core's canonical form.
    private mutating func take(
        _ name: String, _ value: JSONText, isLimit: Bool = false
    ) throws(SetupError) {
        let known = Self.members.first { $0.name == name && $0.isLimit == isLimit }
        if let known, isLimit || known.canRead(value, in: self) {
            try known.read(&self, value)
        } else if isLimit {
            otherLimits.append((name: name, json: value.text))
        } else if name == "limits" {
            for (name, value) in try value.members.known {
                try take(name, value, isLimit: true)
            }
        } else {
            otherMembers.append((name: name, json: value.text))
        }
    }

    /// A member of the document and the property that it sets.
    struct Member: Sendable {
        let name: String
        /// Whether the object `limits` contains it.
        let isLimit: Bool
        /// The property as JSON; nil leaves the member out.
        let write: @Sendable (Policy) throws(SetupError) -> String?
        let read: @Sendable (inout Policy, JSONText) throws(SetupError) -> Void

        /// Whether the property has this form of the member; others, such as exact audiences, are
        /// kept as they are.
        func canRead(_ value: JSONText, in policy: Policy) -> Bool {
            var copy = policy
            return (try? read(&copy, value)) != nil
        }

        init<Value>(
            _ name: String, _ property: WritableKeyPath<Policy, Value> & Sendable,
            _ form: Form<Value>, isLimit: Bool = false
        ) {
            self.name = name
            self.isLimit = isLimit
            write = { (policy) throws(SetupError) in try form.write(policy[keyPath: property]) }
            read = { (policy, value) throws(SetupError) in
                policy[keyPath: property] = try form.read(value)
            }
        }
    }
}

/// How a property becomes a member and back.
struct Form<Value>: Sendable {
    /// The value as JSON; nil leaves the member out.
    let write: @Sendable (Value) throws(SetupError) -> String?
    let read: @Sendable (JSONText) throws(SetupError) -> Value
}

extension Form where Value == [String]? {
    static var names: Self {
        Self(write: jsonTexts) { (value) throws(SetupError) in try value.read() as [String] }
    }

    /// Null waives the check.
    static var waivableNames: Self {
        Self(write: { jsonTexts($0) ?? "null" }) { (value) throws(SetupError) in
            value.isNull ? nil : try value.read() as [String]
        }
    }
}

extension Form where Value == [Algorithm]? {
    static var algorithms: Self {
        Self(write: { jsonTexts($0?.map(\.rawValue)) }) { (value) throws(SetupError) in
            let names: [String] = try value.read()
            return names.map(Algorithm.init)
        }
    }
}

extension Form where Value == TokenTypes {
    static var types: Self {
        Self {
            switch $0 {
            case .default: nil
            case .oneOf(let names): jsonTexts(names)
            case .any: "null"
            }
        } read: { (value) throws(SetupError) in
            value.isNull ? .any : .oneOf(try value.read())
        }
    }
}

extension Form where Value == Duration? {
    static var span: Self {
        Self(write: optionalSeconds) { (value) throws(SetupError) in try value.duration() }
    }
}

extension Form where Value == Bool {
    static var flag: Self {
        Self(write: { $0 ? "true" : nil }) { (value) throws(SetupError) in try value.read() }
    }

    /// The member means the opposite.
    static var negatedFlag: Self {
        Self(write: { $0 ? "false" : nil }) { (value) throws(SetupError) in
            let isRequired: Bool = try value.read()
            return !isRequired
        }
    }
}

extension Form where Value == Int? {
    static var octets: Self {
        Self(write: { $0.map { String(Policy.limit($0)) } }) { (value) throws(SetupError) in
            let octets: UInt64 = try value.read()
            return Int(clamping: octets)
        }
    }
}

extension Form where Value == ExpectedClaims {
    static var claims: Self {
        Self { (expected) throws(SetupError) in
            for claim in expected.claims where !JSONText(claim.value.text).isWhole {
                throw SetupError(
                    code: .invalidPolicy, message: "the expected value of a claim is not JSON")
            }
            let claims = expected.claims.map { (name: $0.name, json: $0.value.text) }
            return claims.isEmpty ? nil : jsonObject(claims)
        } read: { (value) throws(SetupError) in
            let claims = try value.members.known
            return ExpectedClaims(claims.map { ($0.name, JSONValue(text: $0.value.text)) })
        }
    }
}

extension Form where Value == LifetimeClasses? {
    static var classes: Self {
        Self { (classes) throws(SetupError) in
            try classes?.json()
        } read: { (value) throws(SetupError) in
            try LifetimeClasses(value)
        }
    }
}

extension Form where Value == [RequiredRoles] {
    static var roles: Self {
        Self(write: { $0.isEmpty ? nil : array($0.map(\.json)) }) { (value) throws(SetupError) in
            var roles: [RequiredRoles] = []
            for demand in value.elements ?? [value] {
                roles.append(try RequiredRoles(demand))
            }
            return roles
        }
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
            classes.append((name: value, json: try jsonSeconds(ceiling)))
        }
        return jsonObject([
            (name: "claim", json: JSONValue(claim).text),
            (name: "ceilings", json: jsonObject(classes)),
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
        jsonObject([
            (name: "path", json: array(path.names.map { JSONValue($0).text })),
            (name: "roles", json: array(roles.map { JSONValue($0).text })),
        ])
    }
}

func jsonTexts(_ values: [String]?) -> String? {
    values.map { array($0.map { JSONValue($0).text }) }
}

private func array(_ values: [String]) -> String {
    "[" + values.joined(separator: ",") + "]"
}

func jsonObject(_ members: [(name: String, json: String)]) -> String {
    "{" + members.map { JSONValue($0.name).text + ":" + $0.json }.joined(separator: ",") + "}"
}

private func optionalSeconds(_ duration: Duration?) throws(SetupError) -> String? {
    guard let duration else { return nil }
    return try jsonSeconds(duration)
}

/// Decimal seconds, in quotation marks.
func jsonSeconds(_ duration: Duration) throws(SetupError) -> String {
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
