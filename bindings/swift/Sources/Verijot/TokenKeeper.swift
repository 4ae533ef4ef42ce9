import Foundation
internal import VerijotBindings

/// Gets new tokens from a token endpoint, and keeps them where they outlive the process.
public protocol TokenKeeper: Sendable {
    /// Asks the token endpoint once (RFC 6749 §6). The task is cancelled when it takes too long.
    ///
    /// - Throws: ``RefreshFailedError`` for an answer without tokens. Any other error counts as no
    ///   answer.
    func refresh(_ refreshToken: String) async throws -> IssuedTokens

    /// Keeps new tokens, before the first request uses them. A refresh token is often good for one
    /// refresh only, so this can be the only copy of the next.
    ///
    /// - Throws: anything, if it could not be done. The tokens are used all the same, for there are
    ///   no others.
    func store(_ tokens: IssuedTokens) async throws

    /// Whether tokens could be stored if they were refreshed now; not while a keychain is locked, for
    /// example. Nothing is refreshed otherwise. Asked before each request, so it must not block.
    var canStore: Bool { get }
}

extension TokenKeeper {
    /// They can.
    public var canStore: Bool { true }
}

/// A refresh brought no tokens: for a ``TokenKeeper`` to throw.
public struct RefreshFailedError: LocalizedError, Sendable, CustomStringConvertible {
    let failure: RefreshFailure

    /// What an answer without usable tokens means. Only `invalid_grant` with status 400 or 401 ends
    /// the session (RFC 6749 §5.2).
    public init(status: Int, body: Data) {
        failure = refreshFailure(status: UInt16(clamping: status), body: body)
    }

    private init(_ failure: RefreshFailure) { self.failure = failure }

    /// There was no answer.
    public static let noAnswer = Self(.noAnswer)

    /// It took too long.
    public static let timedOut = Self(.timedOut)

    /// A stable name, and perhaps a colon and more.
    public var description: String { refreshFailureText(failure: failure) }

    /// The description.
    public var errorDescription: String? { description }
}
