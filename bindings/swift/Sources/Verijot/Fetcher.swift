import Foundation

/// Makes the requests for keys. Use your own in place of ``URLSessionFetcher`` for another HTTP
/// client.
public protocol Fetcher: Sendable {
    /// Makes one GET request and returns the response, whatever its status.
    ///
    /// It must not follow redirects; they are responses like any other. Of a body that is longer
    /// than `maxOctets`, it reads one more octet. The task is cancelled when it takes too long.
    ///
    /// - Throws: any error, if there is no complete response. Its description may be logged.
    func fetch(_ request: FetchRequest, maxOctets: Int) async throws -> FetchResponse
}

/// A GET request for keys, or for the metadata that says where they are.
public struct FetchRequest: Sendable {
    /// Where the request goes: over https, or to this machine.
    public let url: URL
    /// The headers to send.
    public let headers: [String: String]
    /// The timeout for the whole exchange.
    public let timeout: Duration
}

/// The response to a ``FetchRequest``.
public struct FetchResponse: Sendable {
    /// The status.
    public let status: Int
    /// The headers; a name can come twice.
    public let headers: [(name: String, value: String)]
    /// The body.
    public let body: Data

    /// Makes a response.
    public init(status: Int, headers: [(name: String, value: String)], body: Data) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Returns a header's value; values of one that comes twice are joined (RFC 9110 §5.3).
    func header(_ name: String) -> String? {
        let values = headers.filter { $0.name.lowercased().isExactly(name) }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}
