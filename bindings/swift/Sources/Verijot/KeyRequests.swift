import Foundation
internal import VerijotBindings

/// Makes the requests of a fetch. The core decides their content and limits.
struct KeyRequests: Sendable {
    let fetcher: any Fetcher

    /// Why there is no response.
    struct Problem: Error {
        let text: String
        /// Whether this side cancelled the fetch.
        var isCancelled = false
    }

    /// A request for keys and its response.
    typealias Exchange = (query: KeyQuery, answer: FetchAnswer)

    /// Makes the requests one after the other, up to the one for keys.
    func make(_ fetch: KeyFetch) async -> Result<Exchange, Problem> {
        let start = ContinuousClock.now
        while true {
            switch fetch.step(elapsed: start.duration(to: .now).wholeNanoseconds) {
            case .metadata(let query):
                switch await ask(query) {
                case .success(let response):
                    fetch.onMetadata(
                        status: UInt16(clamping: response.status), body: response.body)
                case .failure(let problem) where problem.isCancelled:
                    return .failure(problem)
                case .failure:
                    fetch.onMissingMetadata()
                }
            case .keys(let query):
                return await ask(query).map { (query, FetchAnswer($0)) }
            case .failed(let failure):
                return .failure(Problem(text: failure))
            }
        }
    }

    private func ask(_ query: KeyQuery) async -> Result<FetchResponse, Problem> {
        guard let url = URL(string: query.url) else {
            return .failure(Problem(text: "Foundation cannot read this URL"))
        }
        let time = Duration(wholeNanoseconds: query.timeout)
        let request = FetchRequest(url: url, headers: query.headers, timeout: time)
        // A fetcher reads one octet more, which must still be an `Int`.
        let maxOctets = Int(clamping: min(query.maxOctets, UInt64(Int.max - 1)))
        do {
            let response = try await withTimeout(time) { [fetcher] in
                try await fetcher.fetch(request, maxOctets: maxOctets)
            }
            // Foundation would decompress it, to an unknown length. Of any other answer only the status
            // counts: a 304 has the header of an answer with a body (RFC 9110 §15.4.5).
            if response.status == 200, let coding = response.header("content-encoding"),
                !coding.isEmpty, coding.lowercased() != "identity"
            {
                return .failure(
                    Problem(text: "the response is compressed, which was not requested"))
            }
            return .success(response)
        } catch is CancellationError {
            return .failure(Problem(text: "the fetch was cancelled", isCancelled: true))
        } catch {
            return .failure(Problem(text: described(error)))
        }
    }

    /// Foundation's descriptions can contain the whole URL, whose query may be secret.
    private func described(_ error: any Error) -> String {
        switch error {
        case let error as URLError: "URLError \(error.code.rawValue)"
        default: "\(error)"
        }
    }
}

extension FetchAnswer {
    fileprivate init(_ response: FetchResponse) {
        self.init(
            status: UInt16(clamping: response.status), body: response.body,
            cacheControl: response.header("cache-control"), age: response.header("age"),
            entityTag: response.header("etag"), lastModified: response.header("last-modified"))
    }
}
