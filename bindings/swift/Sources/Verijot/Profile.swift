import Foundation
internal import VerijotBindings

/// The core's verifier for one kind of token.
struct Profile: Sendable {
    private let ffi: VerijotBindings.Profile

    init(_ name: String, document: String, tokenCache: Int = 0) throws(SetupError) {
        ffi = try SetupError.calling {
            try VerijotBindings.Profile.fromDocument(
                name: name, settings: document.capped, tokenCache: UInt32(clamping: tokenCache))
        }
    }

    /// Makes the settings' document from names and from the policy's members. What the kind of token
    /// decides is nil in the policy, and left out.
    init(
        _ name: String, names: [(name: String, json: String)], policy: Policy
    ) throws(SetupError) {
        let decided: Set = ["issuers", "audiences"]
        let rest = try policy.documentMembers().filter {
            $0.json != "null" || !decided.contains($0.name)
        }
        let kind = (name: "profile", json: JSONValue(name).text)
        try self.init(name, document: jsonObject([kind] + names + rest))
    }

    /// Makes the verifier for one call, or for all calls that expect the same.
    func verifier(
        _ expectations: String, window: ReplayWindow? = nil
    ) throws(SetupError) -> Verifier {
        let ffi = try SetupError.calling {
            try self.ffi.verifier(expectations: expectations.capped, window: window?.ffi)
        }
        return Verifier(ffi, revoked: nil)
    }

    func verify(
        _ token: some EncodedToken, keys: JwkSet, _ expectations: String, now: Moment,
        window: ReplayWindow? = nil
    ) throws -> Checked {
        let verifier = try verifier(expectations, window: window)
        return Checked(try verifier.verify(token, keys: keys, now: now), by: verifier)
    }

    func verify(
        _ token: some EncodedToken, client: JwksClient, _ expectations: String, now: Moment?,
        window: ReplayWindow? = nil
    ) async throws -> Checked {
        let verifier = try verifier(expectations, window: window)
        let verdict = await client.verdict(token, now, of: verifier)
        return Checked(try verifier.conclude(verdict), by: verifier)
    }

    /// Verifies a token, then asks a store of the caller's.
    func verify(
        _ token: some EncodedToken, keys: JwkSet, _ expectations: String, now: Moment,
        store: any ReplayStore
    ) async throws -> Checked {
        let verifier = try verifier(expectations)
        let checked = Checked(try verifier.verify(token, keys: keys, now: now), by: verifier)
        try await store.admit(verifier)
        return checked
    }

    /// The same with the keys of a client.
    func verify(
        _ token: some EncodedToken, client: JwksClient, _ expectations: String, now: Moment?,
        store: any ReplayStore
    ) async throws -> Checked {
        let verifier = try verifier(expectations)
        let verdict = await client.verdict(token, now, of: verifier)
        let checked = Checked(try verifier.conclude(verdict), by: verifier)
        try await store.admit(verifier)
        return checked
    }

    func explain(
        _ token: some EncodedToken, keys: JwkSet, _ expectations: String, now: Moment
    ) throws(SetupError) -> Explanation {
        try verifier(expectations).explain(token, keys: keys, now: now)
    }
}

/// A verified token, and the claims that its profile has checked.
struct Checked: Sendable {
    let token: VerifiedToken
    let json: String

    fileprivate init(_ token: VerifiedToken, by verifier: Verifier) {
        self.token = token
        // The verifier has accepted a token, and is used for no other.
        json = verifier.ffi.checked() ?? "{}"
    }

    func text(_ name: String) -> String? { member(name)?.decoded(as: String.self) }

    func texts(_ name: String) -> [String] { member(name)?.decoded(as: [String].self) ?? [] }

    func member(_ name: String) -> JSONText? {
        JSONText(json).members?.first { $0.name.isExactly(name) }?.value
    }
}

/// Remembers tokens that may be presented once, such as logout tokens, for as long as they would be
/// accepted again. It knows one process. When it is full, tokens are refused with
/// `replay_unavailable` (503).
public struct ReplayWindow: Sendable {
    let ffi: VerijotBindings.ReplayWindow

    /// Makes an empty window for at most this many tokens at a time.
    public init(capacity: Int) {
        ffi = VerijotBindings.ReplayWindow(capacity: UInt32(clamping: capacity))
    }
}

let nothingExpected = "{}"
