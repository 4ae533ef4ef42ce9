import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One request and its response. The first outcome counts.
final class Exchange: @unchecked Sendable {
    private let maxOctets: Int
    private let lock = NSLock()
    // Under the lock.
    private var waiting: CheckedContinuation<FetchResponse, any Error>?
    private var outcome: Result<FetchResponse, any Error>?
    // On the session's queue, which is serial.
    private var response: HTTPURLResponse?
    private var body = Data()
    /// The task that makes the request. Only for the queue on which tasks begin and end.
    var task: URLSessionTask?

    /// Makes an exchange whose response may have at most this many octets, and one more.
    init(maxOctets: Int) {
        self.maxOctets = maxOctets
    }

    var isOver: Bool { lock.withLock { outcome != nil } }

    /// Waits for the outcome.
    func result() async throws -> FetchResponse {
        try await withCheckedThrowingContinuation { continuation in
            lock.withLock {
                waiting = continuation
                resumeIfOver()
            }
        }
    }

    /// Takes the head of the response. Returns whether its body is wanted.
    func begin(_ response: URLResponse) -> Bool {
        guard response.expectedContentLength <= maxOctets else {
            finish(.failure(URLError(.dataLengthExceedsMaximum)))
            return false
        }
        self.response = response as? HTTPURLResponse
        return !isOver
    }

    /// Takes the next part of the body.
    func receive(_ data: Data) {
        guard body.count <= maxOctets else { return }
        body.append(data.prefix(maxOctets - body.count + 1))
        if body.count > maxOctets, let response { end(with: response) }
    }

    /// Ends the exchange with what was received.
    func end(with other: URLResponse?) {
        if let response = response ?? other as? HTTPURLResponse {
            finish(.success(answer(response)))
        } else {
            finish(.failure(URLError(.badServerResponse)))
        }
    }

    /// Sets the outcome, unless it is set.
    func finish(_ outcome: Result<FetchResponse, any Error>) {
        lock.withLock {
            if self.outcome == nil { self.outcome = outcome }
            resumeIfOver()
        }
    }

    private func answer(_ response: HTTPURLResponse) -> FetchResponse {
        let headers = response.allHeaderFields.compactMap { name, value in
            (name as? String).map { (name: $0, value: "\(value)") }
        }
        return FetchResponse(status: response.statusCode, headers: headers, body: body)
    }

    private func resumeIfOver() {
        guard let outcome, let waiting else { return }
        self.waiting = nil
        waiting.resume(with: outcome)
    }
}
