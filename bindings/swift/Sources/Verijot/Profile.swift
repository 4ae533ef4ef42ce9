import Foundation
internal import VerijotBindings

/// The core's verifier for one kind of token.
struct Profile: Sendable {
    private let ffi: VerijotBindings.Profile
    private let caller: CallerChecks
    private let answers = Answers()

    init(
        _ name: String, document: String, tokenCache: Int, _ caller: CallerChecks
    ) throws(SetupError) {
        ffi = try SetupError.calling {
            try VerijotBindings.Profile.fromDocument(
                name: name, settings: document.capped, tokenCache: UInt32(clamping: tokenCache))
        }
        self.caller = caller
    }

    /// Makes the settings' document from names and from what a closure changes in a policy.
    init(
        _ name: String, names: [(name: String, json: String)], tokenCache: Int,
        _ caller: CallerChecks, configure: (inout Policy) -> Void
    ) throws(SetupError) {
        var policy = Policy(issuer: nil, audience: nil)
        let untouched = try policy.documentMembers()
        configure(&policy)
        let changed = try policy.documentMembers().filter { member in
            !untouched.contains { $0 == member }
        }
        let kind = (name: "profile", json: JSONValue(name).text)
        let document = jsonObject([kind] + names + changed)
        try self.init(name, document: document, tokenCache: tokenCache, caller)
    }

    /// Makes the verifier for one call, or for all calls that expect the same.
    func verifier(_ expectations: String) throws(SetupError) -> Verifier {
        let ffi = try SetupError.calling {
            try self.ffi.verifier(expectations: expectations.capped)
        }
        return Verifier(ffi, caller)
    }

    func verify(
        _ token: some EncodedToken, keys: JwkSet, _ expectations: String, now: Moment,
        window: ReplayWindow? = nil
    ) throws -> Checked {
        let verifier = try verifier(expectations)
        let checked = Checked(try verifier.verify(token, keys: keys, now: now), by: verifier)
        try window?.admit(verifier, now: now)
        return checked
    }

    func verify(
        _ token: some EncodedToken, client: JwksClient, _ expectations: String, now: Moment?,
        window: ReplayWindow? = nil
    ) async throws -> Checked {
        let verifier = try verifier(expectations)
        let verdict = await client.verdict(token, now, of: verifier)
        let checked = Checked(try verifier.conclude(verdict), by: verifier)
        try await client.checkRevocation(checked.token)
        try window?.admit(verifier, now: now ?? client.now)
        return checked
    }

    /// Verifies a token, then asks a store of the caller's.
    func verify(
        _ token: some EncodedToken, keys: JwkSet, _ expectations: String, now: Moment,
        store: any ReplayStore
    ) async throws -> Checked {
        let verifier = try verifier(expectations)
        let checked = Checked(try verifier.verify(token, keys: keys, now: now), by: verifier)
        try await store.admit(verifier, answers)
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
        try await client.checkRevocation(checked.token)
        try await store.admit(verifier, answers)
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
    private let ffi: VerijotBindings.ReplayWindow

    /// Makes an empty window for at most this many tokens at a time.
    public init(capacity: Int) {
        ffi = VerijotBindings.ReplayWindow(capacity: UInt32(clamping: capacity))
    }

    /// Remembers the token that the verifier of one call has accepted, as the last check.
    func admit(_ verifier: Verifier, now: Moment) throws(VerificationError) {
        // Nil for a token that may be presented again, or if the settings waive the check.
        guard let replay = verifier.ffi.replay() else { return }
        if let refusal = ffi.admit(replay: replay, now: now.ffi) {
            throw VerificationError(refusal)
        }
    }
}

let nothingExpected = "{}"
