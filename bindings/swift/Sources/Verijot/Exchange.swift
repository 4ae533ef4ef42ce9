import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One request and its response. The first outcome counts.
final class Exchange: @unchecked Sendable {
    private let maxOctets: Int
    /// The response, or why there is none.
    let outcome = FirstOutcome<FetchResponse>()
    // On the session's queue, which is serial.
    private var response: HTTPURLResponse?
    private var body = Data()
    #if canImport(FoundationNetworking)
        /// Whether a body comes with its chunks. Set before anything is received.
        var leavesChunks = false
        private var chunks: ChunkedBody?
    #endif
    /// The task that makes the request. Only for the queue on which tasks begin and end.
    var task: URLSessionTask?

    /// Makes an exchange whose response may have at most this many octets, and one more.
    init(maxOctets: Int) {
        self.maxOctets = maxOctets
    }

    /// Takes the head of the response. Returns whether its body is wanted.
    func begin(_ response: URLResponse) -> Bool {
        guard response.expectedContentLength <= maxOctets else {
            if let response = response as? HTTPURLResponse, response.statusCode != 200 {
                // Of a page that says that nothing is here only the status counts.
                end(with: response)
            } else {
                outcome.set(.failure(URLError(.dataLengthExceedsMaximum)))
            }
            return false
        }
        self.response = response as? HTTPURLResponse
        #if canImport(FoundationNetworking)
            let coding = self.response?.value(forHTTPHeaderField: "Transfer-Encoding")
            let isChunked = coding?.lowercased().contains("chunked") ?? false
            chunks = leavesChunks && isChunked ? ChunkedBody() : nil
        #endif
        return !outcome.isSet
    }

    /// Takes the next part of the body.
    func receive(_ data: Data) {
        guard body.count <= maxOctets else { return }
        #if canImport(FoundationNetworking)
            let data = chunks?.octets(of: data) ?? data
        #endif
        body.append(data.prefix(maxOctets - body.count + 1))
        if body.count > maxOctets, let response { end(with: response) }
    }

    /// Ends the exchange with what was received.
    func end(with other: URLResponse?) {
        if let response = response ?? other as? HTTPURLResponse {
            outcome.set(.success(answer(response)))
        } else {
            outcome.set(.failure(URLError(.badServerResponse)))
        }
    }

    private func answer(_ response: HTTPURLResponse) -> FetchResponse {
        let headers = response.allHeaderFields.compactMap { name, value in
            (name as? String).map { (name: $0, value: "\(value)") }
        }
        return FetchResponse(status: response.statusCode, headers: headers, body: body)
    }
}
