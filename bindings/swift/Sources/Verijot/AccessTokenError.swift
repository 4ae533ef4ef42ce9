import Foundation

/// A ``TokenSession`` has no access token to send with a request. Safe to log.
public enum AccessTokenError: LocalizedError, Equatable, Sendable, CustomStringConvertible {
    /// There are no tokens, they cannot be refreshed, or a refresh was refused permanently.
    case signInNeeded
    /// The access token must be refreshed, but new tokens cannot be stored now.
    case storageNeeded
    /// The access token has expired, and the last refresh failed. Wait this long before a retry.
    case refreshUnavailable(retryAfter: Duration)
    /// Tokens are only sent over https, or to this machine.
    case unsafeURL(message: String)

    /// The stable code.
    public var code: String {
        switch self {
        case .signInNeeded: "sign_in_needed"
        case .storageNeeded: "storage_needed"
        case .refreshUnavailable: "refresh_unavailable"
        case .unsafeURL: "unsafe_url"
        }
    }

    /// What is wrong and what to do, human-readable.
    public var message: String {
        switch self {
        case .signInNeeded: "there are no tokens, or they cannot be refreshed; sign in"
        case .storageNeeded:
            "the access token must be refreshed, but new tokens cannot be stored now"
        case .refreshUnavailable(let retryAfter):
            "could not refresh the access token; retry in \(retryAfter)"
        case .unsafeURL(let message): message
        }
    }

    /// The code and the message.
    public var description: String { "\(code): \(message)" }

    /// The description.
    public var errorDescription: String? { description }
}
