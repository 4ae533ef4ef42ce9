import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Fetches with `URLSession`: no redirects, no cookies, no cache, no credentials, certificates
/// checked by the system's rules. Keys are fetched so rarely that no connection is kept open.
///
/// At the first octet too many it closes the connection and returns.
public struct URLSessionFetcher: Fetcher {
    /// Makes a fetcher.
    public init() {}

    /// Makes the request and returns the response.
    ///
    /// - Throws: `URLError`, if there is no complete response.
    public func fetch(_ request: FetchRequest, maxOctets: Int) async throws -> FetchResponse {
        var urlRequest = URLRequest(
            url: request.url, cachePolicy: .reloadIgnoringLocalCacheData,
            timeoutInterval: request.timeout.inSeconds)
        urlRequest.httpShouldHandleCookies = false
        for (name, value) in request.headers {
            urlRequest.setValue(value, forHTTPHeaderField: name)
        }
        #if canImport(FoundationNetworking)
            // Foundation's sessions are not safe to end while others begin, so this one never ends.
            let session = FetchSession.shared
        #else
            let settings = URLSessionConfiguration.forFetches
            settings.timeoutIntervalForRequest = request.timeout.inSeconds
            settings.timeoutIntervalForResource = request.timeout.inSeconds
            if request.url.scheme == "http" {
                // Plain http is for this machine, so it needs no proxy.
                settings.connectionProxyDictionary = [:]
            }
            let session = FetchSession(settings)
            defer { session.end() }
        #endif
        return try await session.fetch(
            urlRequest, maxOctets: maxOctets, timeout: request.timeout)
    }
}

extension Duration {
    /// Whole seconds, rounded up: on Linux Foundation cuts off fractions, and zero would end the
    /// request at once. The caller of the fetcher enforces the exact timeout.
    fileprivate var inSeconds: TimeInterval {
        (Double(components.seconds) + Double(components.attoseconds) / 1e18).rounded(.up)
    }
}
