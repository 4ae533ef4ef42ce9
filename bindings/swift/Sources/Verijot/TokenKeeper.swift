import Foundation
internal import VerijotBindings

/// Gets new tokens from a token endpoint, and stores them so that they outlive the process.
public protocol TokenKeeper: Sendable {
    /// Makes one request to the token endpoint (RFC 6749 §6). The task is cancelled if it takes too
    /// long.
    ///
    /// - Throws: ``RefreshFailedError`` for a response without tokens. Any other error counts as no
    ///   response.
    func refresh(_ refreshToken: String) async throws -> IssuedTokens

    /// Stores new tokens, before the first request uses them. A refresh token is often valid for
    /// one refresh only, so this can be the only copy of the next one.
    ///
    /// - Throws: any error, if storing failed. The tokens are used anyway, because there are no
    ///   others.
    func store(_ tokens: IssuedTokens) async throws

    /// Whether tokens could be stored now; false while a keychain is locked, for example. While it
    /// is false nothing is refreshed. It is read before each request and must not block.
    var canStore: Bool { get }
}

extension TokenKeeper {
    /// Always true.
    public var canStore: Bool { true }
}

/// A refresh got no tokens; a ``TokenKeeper`` throws it.
public struct RefreshFailedError: LocalizedError, Sendable, CustomStringConvertible {
    let failure: RefreshFailure

    /// Makes an error for a response without usable tokens. Only `invalid_grant` with status 400 or
    /// 401 ends the session (RFC 6749 §5.2).
    public init(status: Int, body: Data) {
        failure = refreshFailure(status: UInt16(clamping: status), body: body)
    }

    private init(_ failure: RefreshFailure) { self.failure = failure }

    /// There was no response.
    public static let noAnswer = Self(.noAnswer)

    /// It took too long.
    public static let timedOut = Self(.timedOut)

    /// A stable name, and perhaps a colon and a detail.
    public var description: String { refreshFailureText(failure: failure) }

    /// The description.
    public var errorDescription: String? { description }
}
