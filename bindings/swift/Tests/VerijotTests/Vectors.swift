import Foundation
import Verijot

/// The outcome of some cases.
struct Counts: CustomStringConvertible {
    var ran = 0
    var failed = 0
    var skipped = 0

    var description: String {
        "\(ran) ran, \(ran - failed) passed, \(failed) failed, \(skipped) skipped"
    }
}

/// One case. An unknown member fails it, so that no expectation is ignored.
struct VectorCase {
    let json: JSON

    var id: String { json["id"]!.string }

    /// Whether it needs what this crypto provider, ring, or this package does not have.
    var isSkipped: Bool {
        json["requires"]?.elements.contains {
            !abilities.contains($0.string)
        } ?? false || ProfileOfCase.isInexpressible(json)
    }

    /// Runs the case. Returns nil if its outcome is the expected one, otherwise the difference.
    func mismatch() async -> String? {
        do {
            try known(json, caseMembers)
            let policy = json["policy"] ?? json["profile"]!
            let outcome = try await run(policy)
            return try difference(outcome)
        } catch {
            return "\(error)"
        }
    }

    private func run(_ policy: JSON) async throws -> Outcome {
        var outcome = Outcome()
        do {
            let profile = json["profile"] == nil ? nil : try ProfileOfCase(json)
            let verifier = profile == nil ? try verifier(policy) : nil
            let loadBalancer = try json["alb"].map { try AlbVerifier(json: $0.text) }
            let keys = try keys(policy)
            outcome.skipped = keys?.skipped.map { "\($0.index) \($0.reason)" }
            if let loadBalancer {
                let token = try loadBalancer.verify(
                    token(), keys: keys!, now: moment(json["now"]!.string))
                outcome.accept(token.header, token.payload)
            } else if let verifier {
                try await verify(verifier, keys, &outcome)
            } else if let profile, let keys {
                try verify(profile, keys, &outcome)
            } else {
                throw UnusableCase("a profile without keys")
            }
        } catch let error as SetupError {
            outcome.code = error.code.rawValue
        } catch let error as VerificationError {
            guard VerificationError.Code.allCases.contains(error.code) else {
                throw UnusableCase("a code without a constant: \(error.code)")
            }
            outcome.code = error.code.rawValue
            outcome.claim = error.claim
        }
        return outcome
    }

    private func verify(
        _ verifier: Verifier, _ keys: JwkSet?, _ outcome: inout Outcome
    ) async throws {
        let token = try token()
        let now = try moment(json["now"]!.string)
        guard let keys else {
            // An address without a server.
            let client = try JwksClient(url: "http://127.0.0.1:1/", verifier: verifier)
            outcome.accept(try await client.verify(token, now: now))
            return
        }
        switch json["mode"]?.string ?? "jwt" {
        case "jws":
            let verified = try verifier.verifyJWS(token, keys: keys)
            outcome.accept(verified.header, verified.payload)
        case "jwt":
            let explanation = verifier.explain(token, keys: keys, now: now)
            do {
                let verified = try verifier.verify(token, keys: keys, now: now)
                if case .failure = explanation.verdict {
                    throw UnusableCase("explain and verify differ")
                }
                outcome.accept(verified)
            } catch let error as VerificationError {
                guard case .failure(let explained) = explanation.verdict,
                    "\(explained)" == "\(error)",
                    // A hint may follow.
                    explanation.description.contains("\nrefused: \(error)")
                else { throw UnusableCase("explain and verify differ") }
                throw error
            }
        case let mode: throw UnusableCase("unknown mode \(mode)")
        }
    }

    private func verify(
        _ profile: ProfileOfCase, _ keys: JwkSet, _ outcome: inout Outcome
    ) throws {
        let token = try token()
        let now = try moment(json["now"]!.string)
        do {
            let (verified, checked) = try profile.verify(token, keys, now)
            if json["replay_window"] == nil,
                case .failure = try profile.explain(token, keys, now).verdict
            {
                throw UnusableCase("explain and verify differ")
            }
            outcome.accept(verified)
            outcome.checked = JSON([UInt8](checked.utf8)).sorted.text
        } catch let error as VerificationError where json["replay_window"] == nil {
            guard case .failure(let explained) = try profile.explain(token, keys, now).verdict,
                "\(explained)" == "\(error)"
            else { throw UnusableCase("explain and verify differ") }
            throw error
        }
    }

    private func token() throws -> Data {
        switch ["token", "token_hex", "token_repeat", "authorization"].filter({ json[$0] != nil }) {
        case ["token"]: return Data(json["token"]!.string.utf8)
        case ["token_hex"]: return Data(hex: json["token_hex"]!.string)
        case ["token_repeat"]:
            let repeated = json["token_repeat"]!
            try known(repeated, ["prefix", "unit", "times", "suffix"])
            let unit = String(repeating: repeated["unit"]!.string, count: repeated["times"]!.int)
            return Data((repeated["prefix"]!.string + unit + repeated["suffix"]!.string).utf8)
        case ["authorization"]:
            let authorization = json["authorization"]!
            return Data(
                try Bearer.token(in: authorization.isNull ? nil : authorization.string).utf8)
        case let kinds: throw UnusableCase("not exactly one kind of token: \(kinds)")
        }
    }

    private func keys(_ policy: JSON) throws -> JwkSet? {
        guard (json["jwks"] == nil) != (json["jwks_text"] == nil) else {
            throw UnusableCase("not exactly one of jwks and jwks_text")
        }
        if json["jwks"]?.isNull == true { return nil }
        let limits = policy["limits"] ?? .object([])
        try known(limits, ["token_octets", "jwks_octets", "jwks_keys"])
        let text = json["jwks_text"]?.string ?? json["jwks"]!.text
        let symmetricKeys = policy["symmetric_keys"]?.bool ?? false
        let options = Set(texts(json["jwks_options"]) ?? [])
        guard options.isSubset(of: ["padded_base64", "short_coordinates", "single_key"]) else {
            throw UnusableCase("unknown options \(options)")
        }
        if options.contains("single_key") {
            return try JwkSet(
                jwk: text, symmetricKeys: symmetricKeys,
                toleratePaddedBase64: options.contains("padded_base64"),
                tolerateShortCoordinates: options.contains("short_coordinates"))
        }
        if let algorithms = texts(json["jwks_certificates"]) {
            return try JwkSet(
                certificates: text, algorithms: algorithms.map(Algorithm.init),
                maxOctets: limits["jwks_octets"]?.int, maxKeys: limits["jwks_keys"]?.int)
        }
        return try JwkSet(
            json: text, symmetricKeys: symmetricKeys,
            maxOctets: limits["jwks_octets"]?.int, maxKeys: limits["jwks_keys"]?.int,
            toleratePaddedBase64: options.contains("padded_base64"),
            tolerateShortCoordinates: options.contains("short_coordinates"),
            purposes: texts(json["jwks_purposes"]))
    }

    private func verifier(_ json: JSON) throws -> Verifier {
        let ofCaller = ["known_tenants", "revocation"]
        let document = JSON.object(json.members.filter { !ofCaller.contains($0.name) })
        let policy = try Policy(json: document.text)
        var knownTenants: TenantCheck?
        if let known = texts(json["known_tenants"]) { knownTenants = { known.contains($0) } }
        guard let answer = json["revocation"] else {
            return try Verifier(policy, knownTenants: knownTenants)
        }
        let text = answer.string
        guard ["clear", "revoked", "unavailable"].contains(text) else {
            throw UnusableCase("unknown answer \(text)")
        }
        let revoked: RevocationCheck = { _ in
            if text == "unavailable" { throw UnusableCase("no connection") }
            return text == "revoked"
        }
        return try Verifier(policy, revoked: revoked, knownTenants: knownTenants)
    }

    private func difference(_ outcome: Outcome) throws -> String? {
        if let expected = json["skipped_keys"], let skipped = outcome.skipped {
            let keys = try expected.elements.map { key in
                try known(key, ["index", "kid", "reason"])
                return "\(key["index"]!.int) \(key["reason"]!.string)"
            }
            if keys != skipped { return "expected skipped keys \(keys), got \(skipped)" }
        }
        let expect = json["expect"]!
        try known(expect, ["valid", "error", "claim"])
        guard let valid = expect["valid"] else {
            let code = expect["error"]!.string
            if let claim = expect["claim"], claim.string != outcome.claim {
                return "expected \(code) (\(claim.string)), got \(outcome)"
            }
            let fits = outcome.code == code || (code == "any" && outcome.code != nil)
            return fits ? nil : "expected \(code), got \(outcome)"
        }
        try known(valid, ["kid", "alg", "payload", "payload_base64url", "checked"])
        guard let header = outcome.header else { return "expected valid, got \(outcome)" }
        if let kid = valid["kid"], !kid.string.utf8.elementsEqual((header.keyID ?? "").utf8) {
            return "expected kid \(kid.string), got \(header.keyID ?? "none")"
        }
        // EdDSA has a second name, Ed25519 (RFC 9864).
        let alg = JSON([UInt8](header.json.utf8))["alg"]!.string
        if let expected = valid["alg"], ![header.algorithm.rawValue, alg].contains(expected.string)
        {
            return "expected alg \(expected.string), got \(alg)"
        }
        if let payload = valid["payload"], Data(payload.string.utf8) != outcome.payload {
            return "expected payload \(payload.string)"
        }
        if let checked = valid["checked"]?.sorted.text, checked != outcome.checked {
            return "expected checked \(checked), got \(outcome.checked ?? "nothing")"
        }
        if let payload = valid["payload_base64url"], payload.string != outcome.payload?.base64URL {
            return "expected payload \(payload.string)"
        }
        return nil
    }
}

private struct Outcome: CustomStringConvertible {
    var header: Header?
    var payload: Data?
    var checked: String?
    var code: String?
    var claim: String?
    var skipped: [String]?

    mutating func accept(_ token: VerifiedToken) {
        accept(token.header, token.payload)
    }

    mutating func accept(_ header: Header, _ payload: Data) {
        self.header = header
        self.payload = payload
    }

    var description: String {
        (code ?? "valid") + (claim.map { " (\($0))" } ?? "")
    }
}

private struct UnusableCase: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

private func known(_ json: JSON, _ names: Set<String>) throws {
    let unknown = Set(json.names).subtracting(names)
    if !unknown.isEmpty { throw UnusableCase("unknown members \(unknown)") }
}

private func texts(_ json: JSON?) -> [String]? {
    guard let json, !json.isNull else { return nil }
    return json.elements.map(\.string)
}

/// Reads decimal text. Negative numbers in the files have no fraction.
private func moment(_ text: String) throws -> Moment {
    let parts = text.split(separator: ".")
    guard let seconds = Int64(parts[0]), !(text.hasPrefix("-") && parts.count > 1) else {
        throw UnusableCase("not a number: \(text)")
    }
    let fraction = parts.count == 2 ? parts[1] : ""
    let digits = fraction + String(repeating: "0", count: 9 - fraction.count)
    return Moment(seconds: seconds, nanoseconds: UInt32(digits)!)
}

extension JSON {
    /// The value with the members of all objects in the order of their names.
    var sorted: JSON {
        switch self {
        case .array(let elements): .array(elements.map(\.sorted))
        case .object(let members):
            .object(
                members.map { (name: $0.name, value: $0.value.sorted) }
                    .sorted { $0.name < $1.name })
        default: self
        }
    }
}

extension Data {
    fileprivate init(hex: String) {
        let digits = Array(hex.utf8)
        self.init(
            stride(from: 0, to: digits.count, by: 2).map { place in
                UInt8(String(decoding: digits[place..<place + 2], as: UTF8.self), radix: 16)!
            })
    }

    fileprivate var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }
}

private let caseMembers: Set<String> = [
    "id", "title", "why", "refs", "cves", "requires", "jwks", "jwks_text", "token", "token_hex",
    "token_repeat", "authorization", "mode", "policy", "now", "expect", "skipped_keys",
    "jwks_options", "profile", "expectations", "replay_window", "jwks_certificates",
    "jwks_purposes", "alb",
]

/// What this package and its crypto provider have of what a case can require.
private let abilities: Set<String> = [
    "RSA-8192", "RSA-exponent", "profiles", "certificate-map", "key-purposes", "alb",
]
