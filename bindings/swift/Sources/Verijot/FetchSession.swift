import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A `URLSession` with the exchanges that wait for it.
final class FetchSession: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private let lock = NSLock()
    // Under the lock.
    private var exchanges: [Int: Exchange] = [:]
    // Set once, by the initializer.
    private var session: URLSession!
    #if canImport(FoundationNetworking)
        private var transfers: DispatchQueue?
    #endif
    /// Tasks begin and end here, one after the other: Foundation may block the thread meanwhile, so
    /// it must be neither the caller's nor one of the session.
    private let control = DispatchQueue(label: "verijot.fetches")

    /// Makes a session that lives until ``end()``.
    init(_ settings: URLSessionConfiguration) {
        super.init()
        #if canImport(FoundationNetworking)
            let queue: OperationQueue? = ImmediateQueue()
        #else
            let queue: OperationQueue? = nil
        #endif
        session = URLSession(configuration: settings, delegate: self, delegateQueue: queue)
        #if canImport(FoundationNetworking)
            transfers = TransferLimits.queue(of: session)
        #endif
    }

    /// Makes a request and waits for the response, for an error, or until the task is cancelled.
    func fetch(
        _ request: URLRequest, maxOctets: Int, timeout: Duration
    ) async throws -> FetchResponse {
        try Task.checkCancellation()
        let exchange = Exchange(maxOctets: maxOctets)
        control.async { self.begin(exchange, request, maxOctets, timeout) }
        defer { control.async { self.abandon(exchange) } }
        return try await withTaskCancellationHandler {
            try await exchange.outcome.value()
        } onCancel: {
            exchange.outcome.set(.failure(CancellationError()))
        }
    }

    /// Ends the session, and releases this delegate.
    func end() {
        control.async { self.session.invalidateAndCancel() }
    }

    private func begin(
        _ exchange: Exchange, _ request: URLRequest, _ maxOctets: Int, _ timeout: Duration
    ) {
        guard !exchange.outcome.isSet else { return }
        let task = session.dataTask(with: request)
        exchange.task = task
        lock.withLock { exchanges[task.taskIdentifier] = exchange }
        #if canImport(FoundationNetworking)
            TransferLimits(maxOctets: maxOctets, timeout: timeout)
                .resume(task, transfers: transfers) { exchange.leavesChunks = true }
        #else
            task.resume()
        #endif
    }

    private func abandon(_ exchange: Exchange) {
        guard let task = exchange.task else { return }
        lock.withLock { exchanges[task.taskIdentifier] = nil }
        // Without effect on a task that is complete.
        task.cancel()
    }

    private func exchange(of task: URLSessionTask) -> Exchange? {
        lock.withLock { exchanges[task.taskIdentifier] }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        // Foundation on Linux crashes if the task is cancelled while it is about to use this answer.
        // Without one, the end of the exchange ends the task.
        #if !canImport(FoundationNetworking)
            completionHandler(nil)
        #endif
        exchange(of: task)?.end(with: response)
    }

    #if canImport(FoundationNetworking)
        /// A response with 401 and a challenge is one like any other. Foundation waits for an
        /// answer to the challenge, and without credentials forever, so the task ends here.
        func urlSession(
            _ session: URLSession, task: URLSessionTask,
            didReceive challenge: URLAuthenticationChallenge,
            completionHandler:
                @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
        ) {
            exchange(of: task)?.end(with: challenge.failureResponse)
        }
    #endif

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        let isWanted = exchange(of: dataTask)?.begin(response) ?? false
        completionHandler(isWanted ? .allow : .cancel)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        exchange(of: dataTask)?.receive(data)
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
    ) {
        if let error {
            exchange(of: task)?.outcome.set(.failure(error))
        } else {
            exchange(of: task)?.end(with: task.response)
        }
    }
}

#if canImport(FoundationNetworking)
    extension FetchSession {
        /// The session of the process. It never ends: Foundation on Linux has data races at the end
        /// of a session.
        static let shared = FetchSession(.forFetches)
    }
#endif

extension URLSessionConfiguration {
    /// Settings that keep nothing from one request for the next.
    static var forFetches: URLSessionConfiguration {
        let settings = URLSessionConfiguration.ephemeral
        settings.urlCache = nil
        settings.httpCookieStorage = nil
        settings.httpShouldSetCookies = false
        settings.httpCookieAcceptPolicy = .never
        settings.urlCredentialStorage = nil
        #if canImport(FoundationNetworking)
            // No limit: a host that does not answer must not delay the fetches of other clients.
            settings.httpMaximumConnectionsPerHost = 0
        #endif
        return settings
    }
}
