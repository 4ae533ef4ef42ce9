import Foundation
internal import VerijotBindings

/// The requests of one fetch: for an issuer's metadata where there is need, then for the keys.
struct KeyRequests: Sendable {
    let location: KeyLocation
    let fetcher: any KeyFetcher

    /// Why no answer came, for people.
    struct Problem: Error {
        let text: String
    }

    /// The answer of whoever has the keys, within the ticket's time.
    func make(_ ticket: CacheTicket) async -> Result<FetchAnswer, Problem> {
        let deadline = ContinuousClock.now + Duration(wholeNanoseconds: ticket.timeout)
        let search = location.search()
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            switch search.step() {
            case .metadata(let url):
                // Some time must be left for the keys.
                let answer = await ask(url, ["Accept": metadataType], metadataLimit, left / 2)
                switch answer {
                case .success(let response):
                    search.onResponse(
                        status: UInt16(clamping: response.status), body: response.body)
                case .failure:
                    search.onError()
                }
            case .keys(let url, let isKnown):
                let headers = isKnown ? conditions(ticket) : [:]
                let answer = await ask(
                    url, headers.merging(["Accept": keyTypes]) { $1 }, JwkSet.usualOctetLimit, left)
                if case .success(let response) = answer, response.status == 200 {
                    location.confirm(url: url)
                }
                return answer.map(FetchAnswer.init)
            case .failed(let failure):
                return .failure(Problem(text: failure))
            }
        }
    }

    private func ask(
        _ url: String, _ headers: [String: String], _ bodyLimit: Int, _ time: Duration
    ) async -> Result<KeyResponse, Problem> {
        guard let url = URL(string: url) else {
            return .failure(Problem(text: "Foundation cannot read this URL"))
        }
        let usual = ["Accept-Encoding": "identity", "User-Agent": "verijot"]
        let request = KeyRequest(
            url: url, headers: headers.merging(usual) { $1 }, timeout: time)
        do {
            return .success(
                try await within(time) { [fetcher] in
                    try await fetcher.fetch(request, bodyLimit: bodyLimit)
                })
        } catch {
            return .failure(Problem(text: described(error)))
        }
    }

    private func conditions(_ ticket: CacheTicket) -> [String: String] {
        var headers: [String: String] = [:]
        headers["If-None-Match"] = ticket.ifNoneMatch
        headers["If-Modified-Since"] = ticket.ifModifiedSince
        return headers
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

private let keyTypes = "application/jwk-set+json, application/json"
private let metadataType = "application/json"
/// The most octets of metadata that the core takes.
private let metadataLimit = 65_536
