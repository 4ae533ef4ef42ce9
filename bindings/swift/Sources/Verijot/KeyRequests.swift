import Foundation
internal import VerijotBindings

/// Makes the requests of a fetch, which the core words and limits.
struct KeyRequests: Sendable {
    let fetcher: any KeyFetcher

    /// Why no answer came, for people.
    struct Problem: Error {
        let text: String
        /// Somebody on this side has given the fetch up.
        var isCancelled = false
    }

    /// The answer to a request for keys, and the request.
    typealias Answered = (query: KeyQuery, answer: FetchAnswer)

    /// Makes the requests one after the other, to the one for keys.
    func make(_ fetch: KeyFetch) async -> Result<Answered, Problem> {
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

    private func ask(_ query: KeyQuery) async -> Result<KeyResponse, Problem> {
        guard let url = URL(string: query.url) else {
            return .failure(Problem(text: "Foundation cannot read this URL"))
        }
        let time = Duration(wholeNanoseconds: query.timeout)
        let request = KeyRequest(url: url, headers: query.headers, timeout: time)
        // One octet more than this still has a number.
        let bodyLimit = Int(clamping: min(query.maxOctets, UInt64(Int.max - 1)))
        do {
            let response = try await within(time) { [fetcher] in
                try await fetcher.fetch(request, bodyLimit: bodyLimit)
            }
            // Foundation takes it apart unasked, and nobody knows how long that was.
            if let coding = response.header("content-encoding"), coding != "identity" {
                return .failure(Problem(text: "the answer is compressed, which was not asked for"))
            }
            return .success(response)
        } catch is CancellationError {
            return .failure(Problem(text: "the fetch was cancelled", isCancelled: true))
        } catch {
            return .failure(Problem(text: described(error)))
        }
    }

    /// What Foundation says of itself can contain the whole URL, whose query may be nobody's
    /// business.
    private func described(_ error: any Error) -> String {
        switch error {
        case let error as URLError: "URLError \(error.code.rawValue)"
        default: "\(error)"
        }
    }
}

extension FetchAnswer {
    fileprivate init(_ response: KeyResponse) {
        self.init(
            status: UInt16(clamping: response.status), body: response.body,
            cacheControl: response.header("cache-control"), age: response.header("age"),
            entityTag: response.header("etag"), lastModified: response.header("last-modified"))
    }
}
