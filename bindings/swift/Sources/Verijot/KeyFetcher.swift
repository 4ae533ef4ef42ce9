import Foundation

/// Makes the requests for keys. ``URLSessionFetcher`` is one; any other HTTP client can take its
/// place.
public protocol KeyFetcher: Sendable {
    /// Makes this one GET request and gives the answer, whatever its status.
    ///
    /// Redirects are answers too and are not followed. A body is read up to `bodyLimit` octets and
    /// one more, which is how a longer one is known. The task is cancelled when it takes too long.
    ///
    /// - Throws: anything, if no whole answer came. What it says of itself may be logged.
    func fetch(_ request: KeyRequest, bodyLimit: Int) async throws -> KeyResponse
}

/// A GET request for keys, or for the metadata that says where they are.
public struct KeyRequest: Sendable {
    /// Where to: over https, or to this very machine.
    public let url: URL
    /// Names and values.
    public let headers: [String: String]
    /// How long there is for all of it.
    public let timeout: Duration
}

/// An answer to a ``KeyRequest``.
public struct KeyResponse: Sendable {
    /// The status.
    public let status: Int
    /// Names and values; a name can come twice.
    public let headers: [(name: String, value: String)]
    /// The body.
    public let body: Data

    /// An answer.
    public init(status: Int, headers: [(name: String, value: String)], body: Data) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A header that comes twice is a list in two parts (RFC 9110 §5.3).
    func header(_ name: String) -> String? {
        let values = headers.filter { $0.name.lowercased().isExactly(name) }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}
