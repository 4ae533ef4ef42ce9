import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Fetches with `URLSession`: no redirects, no cookies, no cache, certificates checked by the
/// system's rules. Keys are fetched so rarely that no connection is kept.
///
/// At the first octet too many the connection is given up. On Linux Foundation reads on, into memory,
/// until it has got round to that: a busy machine with a hostile issuer is better off with another
/// ``KeyFetcher``.
public struct URLSessionFetcher: KeyFetcher {
    /// A fetcher.
    public init() {}

    /// Makes the request.
    ///
    /// - Throws: `URLError`, if no whole answer came.
    public func fetch(_ request: KeyRequest, bodyLimit: Int) async throws -> KeyResponse {
        var urlRequest = URLRequest(
            url: request.url, cachePolicy: .reloadIgnoringLocalCacheData,
            timeoutInterval: request.timeout.inSeconds)
        urlRequest.httpShouldHandleCookies = false
        for (name, value) in request.headers {
            urlRequest.setValue(value, forHTTPHeaderField: name)
        }
        let settings = URLSessionConfiguration.ephemeral
        settings.urlCache = nil
        settings.httpShouldSetCookies = false
        settings.httpCookieAcceptPolicy = .never
        settings.timeoutIntervalForRequest = request.timeout.inSeconds
        settings.timeoutIntervalForResource = request.timeout.inSeconds
        if request.url.scheme == "http" {
            // This very machine is not asked for through a proxy.
            settings.connectionProxyDictionary = [:]
        }
        return try await Exchange(bodyLimit: bodyLimit).run(urlRequest, settings)
    }
}

/// One request and its answer, on a session of its own, which lets go of this delegate at its end.
private final class Exchange: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private let bodyLimit: Int
    private let lock = NSLock()
    // Under the lock.
    private var waiting: CheckedContinuation<KeyResponse, any Error>?
    private var outcome: Result<KeyResponse, any Error>?
    // On the session's queue, which is a serial one.
    private var response: HTTPURLResponse?
    private var body = Data()

    init(bodyLimit: Int) {
        self.bodyLimit = bodyLimit
    }

    func run(
        _ request: URLRequest, _ settings: URLSessionConfiguration
    ) async throws -> KeyResponse {
        let session = URLSession(configuration: settings, delegate: self, delegateQueue: nil)
        defer { session.invalidateAndCancel() }
        return try await withTaskCancellationHandler {
            session.dataTask(with: request).resume()
            return try await withCheckedThrowingContinuation { continuation in
                lock.withLock {
                    waiting = continuation
                    resumeIfOver()
                }
            }
        } onCancel: {
            finish(.failure(CancellationError()))
        }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
        finish(.success(answer(response)))
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        self.response = response as? HTTPURLResponse
        if response.expectedContentLength > bodyLimit {
            finish(.failure(URLError(.dataLengthExceedsMaximum)))
            hangUp(session)
        } else {
            completionHandler(.allow)
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard body.count <= bodyLimit else { return }
        body.append(data.prefix(bodyLimit + 1 - body.count))
        if body.count > bodyLimit, let response {
            finish(.success(answer(response)))
            hangUp(session)
        }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
    ) {
        if let error {
            finish(.failure(error))
        } else if let response = response ?? task.response as? HTTPURLResponse {
            finish(.success(answer(response)))
        } else {
            finish(.failure(URLError(.badServerResponse)))
        }
    }

    /// At once: until the one who waits has been given a thread, much more could come.
    private func hangUp(_ session: URLSession) {
        session.invalidateAndCancel()
    }

    private func answer(_ response: HTTPURLResponse) -> KeyResponse {
        let headers = response.allHeaderFields.compactMap { name, value in
            (name as? String).map { (name: $0, value: "\(value)") }
        }
        return KeyResponse(status: response.statusCode, headers: headers, body: body)
    }

    /// Only the first outcome counts.
    private func finish(_ outcome: Result<KeyResponse, any Error>) {
        lock.withLock {
            if self.outcome == nil { self.outcome = outcome }
            resumeIfOver()
        }
    }

    private func resumeIfOver() {
        guard let outcome, let waiting else { return }
        self.waiting = nil
        waiting.resume(with: outcome)
    }
}

extension Duration {
    fileprivate var inSeconds: TimeInterval {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
