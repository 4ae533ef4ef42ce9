import Foundation

/// A ``TokenSession`` has no access token to send with a request. Safe to log.
public enum AccessTokenError: LocalizedError, Equatable, Sendable, CustomStringConvertible {
    /// There are no tokens, they cannot be refreshed, or that has been refused for good.
    case signInNeeded
    /// A refresh is needed, and its answer could not be stored now.
    case storageNeeded
    /// The access token has ended, and the last refresh failed. The next may start after this time.
    case refreshUnavailable(retryAfter: Duration)
    /// No token is sent over anything but https, or to this very machine.
    case unsafeURL(detail: String)

    /// The stable code.
    public var code: String {
        switch self {
        case .signInNeeded: "sign_in_needed"
        case .storageNeeded: "storage_needed"
        case .refreshUnavailable: "refresh_unavailable"
        case .unsafeURL: "unsafe_url"
        }
    }

    /// The code, and what is wrong.
    public var description: String {
        switch self {
        case .signInNeeded: "\(code): there are no tokens, or none that can be refreshed; sign in"
        case .storageNeeded:
            "\(code): the access token must be refreshed, and new tokens cannot be stored now"
        case .refreshUnavailable(let retryAfter):
            "\(code): the access token could not be refreshed; try again in \(retryAfter)"
        case .unsafeURL(let detail): "\(code): \(detail)"
        }
    }

    /// The description.
    public var errorDescription: String? { description }
}
