import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Fetches with `URLSession`: no redirects, no cookies, no cache, certificates checked by the
/// system's rules. Keys are fetched so rarely that no connection is kept.
///
/// At the first octet too many the connection is cut, and the answer is given at once.
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
final class Exchange: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private let bodyLimit: Int
    private let lock = NSLock()
    // Under the lock.
    private var waiting: CheckedContinuation<KeyResponse, any Error>?
    private var outcome: Result<KeyResponse, any Error>?
    private var isComplete = false
    private var isHungUp = false
    // On the session's queue, which is a serial one.
    private var response: HTTPURLResponse?
    private var body = Data()

    init(bodyLimit: Int) {
        self.bodyLimit = bodyLimit
    }

    func run(
        _ request: URLRequest, _ settings: URLSessionConfiguration
    ) async throws -> KeyResponse {
        #if canImport(FoundationNetworking)
            let queue: OperationQueue? = OnTheSpot { [weak self] in self?.isOver ?? true }
        #else
            let queue: OperationQueue? = nil
        #endif
        let session = URLSession(configuration: settings, delegate: self, delegateQueue: queue)
        let task = session.dataTask(with: request)
        defer { hangUp(session, task) }
        return try await withTaskCancellationHandler {
            #if canImport(FoundationNetworking)
                (queue as? OnTheSpot)?.watch(task)
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
        if response.expectedContentLength > bodyLimit {
            finish(.failure(URLError(.dataLengthExceedsMaximum)))
            hangUp(session, dataTask)
        } else {
            completionHandler(.allow)
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard body.count <= bodyLimit else { return }
        body.append(data.prefix(bodyLimit + 1 - body.count))
        if body.count > bodyLimit, let response {
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

    /// Foundation may take its time for that, and nobody waits for it: neither the one who waits for
    /// the answer nor a thread that tasks run on.
    private func hangUp(_ session: URLSession, _ task: URLSessionTask) {
        let isFirst = lock.withLock {
            defer { isHungUp = true }
            return !isHungUp
        }
        guard isFirst else { return }
        Thread.detachNewThread { [self] in
            #if canImport(FoundationNetworking)
                // It may read without end, and until then nothing is cancelled: see OnTheSpot.
                if !lock.withLock({ isComplete }) { Connection(of: task)?.shutDown() }
            #endif
            session.invalidateAndCancel()
        }
    }

    private var isOver: Bool { lock.withLock { outcome != nil } }

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
    /// In whole seconds, rounded up: on Linux Foundation cuts off fractions, and takes none for an
    /// end at once. The one who asks for the fetch minds the exact time.
    fileprivate var inSeconds: TimeInterval {
        (Double(components.seconds) + Double(components.attoseconds) / 1e18).rounded(.up)
    }
}
