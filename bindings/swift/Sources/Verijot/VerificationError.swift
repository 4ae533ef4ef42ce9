import Foundation
internal import VerijotBindings

/// Why a token is refused. Safe to log: it shows no token, no key, and no claim's value but those
/// that the policy itself asked about (`iss`, `aud`, `typ` and dates).
public struct VerificationError: LocalizedError, Sendable, CustomStringConvertible {
    /// The contract: never another for the same cause, and the same in every language.
    public let code: Code
    /// What is wrong and what to do, for people.
    public let detail: String
    /// The claim at fault, where it is one.
    public let claim: String?
    /// What would have been accepted, where saying so is harmless.
    public let expected: String?
    /// What the token has instead, where saying so is harmless.
    public let actual: String?
    /// The status that a resource server answers with: 401, 403 or 503.
    public let httpStatus: Int
    /// The value of the WWW-Authenticate header, for the answers that have one (RFC 6750).
    public let wwwAuthenticate: String?
    /// How many seconds the client should wait, for status 503: the value of Retry-After.
    public let retryAfter: Int?

    /// The code and the detail.
    public var description: String { "\(code): \(detail)" }

    /// The code and the detail.
    public var errorDescription: String? { description }

    /// A stable code.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The code.
        public let rawValue: String

        /// A code by its name.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The code.
        public var description: String { rawValue }
    }
}

extension VerificationError {
    init(_ refusal: Refusal) {
        code = Code(rawValue: refusal.code)
        detail = refusal.detail
        claim = refusal.claim
        expected = refusal.expected
        actual = refusal.actual
        httpStatus = Int(refusal.httpStatus)
        wwwAuthenticate = refusal.wwwAuthenticate
        retryAfter = refusal.retryAfter.map { Int(clamping: $0) }
    }

    /// What was found out on this side of the border.
    init(_ cause: RefusalCause) {
        self.init(refusal(cause: cause))
    }
}
