import Foundation
internal import VerijotBindings

/// Why a token is refused. Safe to log: it contains no token, no key, and no claim's value except
/// those that the policy compares (`iss`, `aud`, `typ` and dates).
public struct VerificationError: LocalizedError, Sendable, CustomStringConvertible {
    /// The stable code, which never changes for a given cause and is the same in every language.
    public let code: Code
    /// What is wrong and what to do, human-readable.
    public let message: String
    /// The claim at fault, if it is one.
    public let claim: String?
    /// What would have been accepted, if it is not secret.
    public let expected: String?
    /// What the token has instead, if it is not secret.
    public let actual: String?
    /// The HTTP status for a resource server: 401, 403 or 503.
    public let httpStatus: Int
    /// The value of the WWW-Authenticate header, if the response has one (RFC 6750 §3).
    public let wwwAuthenticate: String?
    /// How many seconds the client should wait, for status 503: the value of Retry-After.
    public let retryAfter: Int?

    /// The code and the message.
    public var description: String { "\(code): \(message)" }

    /// The code and the message.
    public var errorDescription: String? { description }

    /// A stable code.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The code.
        public let rawValue: String

        /// Makes a code from its text.
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
        message = refusal.message
        claim = refusal.claim
        expected = refusal.expected
        actual = refusal.actual
        httpStatus = Int(refusal.httpStatus)
        wwwAuthenticate = refusal.wwwAuthenticate
        retryAfter = refusal.retryAfter.map { Int(clamping: $0) }
    }

    /// Makes the refusal for a cause that this package found.
    init(_ cause: RefusalCause) {
        self.init(refusal(cause: cause))
    }
}
