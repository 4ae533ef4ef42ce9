import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Fetches with `URLSession`: no redirects, no cookies, no cache, certificates checked by the
/// system's rules. Keys are fetched so rarely that no connection is kept open.
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
        let settings = URLSessionConfiguration.ephemeral
        settings.urlCache = nil
        settings.httpShouldSetCookies = false
        settings.httpCookieAcceptPolicy = .never
        settings.timeoutIntervalForRequest = request.timeout.inSeconds
        settings.timeoutIntervalForResource = request.timeout.inSeconds
        if request.url.scheme == "http" {
            // Plain http is for this machine, so it needs no proxy.
            settings.connectionProxyDictionary = [:]
        }
        return try await Exchange(maxOctets: maxOctets).run(urlRequest, settings)
    }
}

/// One request and its response, on a session of its own, which releases this delegate at its end.
final class Exchange: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private let maxOctets: Int
    private let lock = NSLock()
    // Under the lock.
    private var waiting: CheckedContinuation<FetchResponse, any Error>?
    private var outcome: Result<FetchResponse, any Error>?
    private var isComplete = false
    private var isHungUp = false
    // On the session's queue, which is serial.
    private var response: HTTPURLResponse?
    private var body = Data()

    init(maxOctets: Int) {
        self.maxOctets = maxOctets
    }

    func run(
        _ request: URLRequest, _ settings: URLSessionConfiguration
    ) async throws -> FetchResponse {
        #if canImport(FoundationNetworking)
            let queue: OperationQueue? = ImmediateQueue { [weak self] in self?.isOver ?? true }
        #else
            let queue: OperationQueue? = nil
        #endif
        let session = URLSession(configuration: settings, delegate: self, delegateQueue: queue)
        let task = session.dataTask(with: request)
        defer { hangUp(session, task) }
        return try await withTaskCancellationHandler {
            #if canImport(FoundationNetworking)
                (queue as? ImmediateQueue)?.watch(task)
            #endif
            task.resume()
            return try await withCheckedThrowingContinuation { continuation in
                lock.withLock {
                    waiting = continuation
                    resumeIfOver()
                }
            }
        } onCancel: {
            finish(.failure(CancellationError()))
            hangUp(session, task)
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
        if response.expectedContentLength > maxOctets {
            finish(.failure(URLError(.dataLengthExceedsMaximum)))
            hangUp(session, dataTask)
        } else {
            completionHandler(.allow)
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard body.count <= maxOctets else { return }
        body.append(data.prefix(maxOctets + 1 - body.count))
        if body.count > maxOctets, let response {
            finish(.success(answer(response)))
            hangUp(session, dataTask)
        }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
    ) {
        lock.withLock { isComplete = true }
        if let error {
            finish(.failure(error))
        } else if let response = response ?? task.response as? HTTPURLResponse {
            finish(.success(answer(response)))
        } else {
            finish(.failure(URLError(.badServerResponse)))
        }
    }

    /// Ends the session. Foundation may be slow at that, so it happens on a thread of its own:
    /// neither the caller nor a thread of the task pool waits for it.
    private func hangUp(_ session: URLSession, _ task: URLSessionTask) {
        let isFirst = lock.withLock {
            defer { isHungUp = true }
            return !isHungUp
        }
        guard isFirst else { return }
        Thread.detachNewThread { [self] in
            #if canImport(FoundationNetworking)
                // It may read forever without cancelling: see ImmediateQueue.
                if !lock.withLock({ isComplete }) { Connection(of: task)?.shutDown() }
            #endif
            session.invalidateAndCancel()
        }
    }

    private var isOver: Bool { lock.withLock { outcome != nil } }

    private func answer(_ response: HTTPURLResponse) -> FetchResponse {
        let headers = response.allHeaderFields.compactMap { name, value in
            (name as? String).map { (name: $0, value: "\(value)") }
        }
        return FetchResponse(status: response.statusCode, headers: headers, body: body)
    }

    /// Sets the outcome; only the first one counts.
    private func finish(_ outcome: Result<FetchResponse, any Error>) {
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
    /// Whole seconds, rounded up: on Linux Foundation cuts off fractions, and zero would end the
    /// request at once. The caller of the fetcher enforces the exact timeout.
    fileprivate var inSeconds: TimeInterval {
        (Double(components.seconds) + Double(components.attoseconds) / 1e18).rounded(.up)
    }
}
