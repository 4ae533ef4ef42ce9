import Foundation
import Testing

@testable import Verijot

/// Fetches from servers that misbehave, with callers that give up. How long: by default a few
/// seconds, else as many as `VERIJOT_STRESS_SECONDS` says.
@Suite(.serialized) struct FetcherTests {
    @Test func survivesServersThatMisbehaveAndCallersThatCancel() async throws {
        let seconds = ProcessInfo.processInfo.environment["VERIJOT_STRESS_SECONDS"]
        let deadline = ContinuousClock.now + .seconds(seconds.flatMap { Int($0) } ?? 5)
        let server = LoopbackServer { Misbehaviour(path: $0.path).answer($0) }
        let tally = Tally()
        let alarm = Task {
            var last = -1
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(30))
                guard tally.ended != last else { fatalError("no fetch has ended for 30 s") }
                last = tally.ended
            }
        }
        defer { alarm.cancel() }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    repeat { await fetch(server, tally) } while ContinuousClock.now < deadline
                }
            }
        }
        print("stress: \(tally.text)")
        #expect(tally.unexpected == [])
        #expect(tally.slowest < .seconds(10))
    }

    @Test func returnsARefusalWithAChallengeAtOnce() async throws {
        let server = LoopbackServer { _ in
            .init(status: 401, headers: ["WWW-Authenticate": "Basic realm=\"keys\""], body: "no")
        }
        let response = try await URLSessionFetcher().fetch(request(server.url()), maxOctets: 100)
        #expect(response.status == 401)
        #expect(response.body == Data("no".utf8))
    }

    @Test(arguments: [1 << 40, 1 << 62, Int.max])
    func refusesAContentLengthThatIsTooLong(_ length: Int) async {
        let server = LoopbackServer { _ in .init(body: "{}", length: length) }
        await #expect(throws: URLError.self) {
            try await URLSessionFetcher().fetch(request(server.url()), maxOctets: 100_000)
        }
    }

    @Test(arguments: [404, 410]) func returnsTheStatusOfAPageThatIsTooLong(_ status: Int)
        async throws
    {
        let page = String(repeating: " ", count: 200_000)
        let server = LoopbackServer { _ in .init(status: status, body: page) }
        let response = try await URLSessionFetcher().fetch(
            request(server.url()), maxOctets: 65_536)
        #expect(response.status == status)
    }

    @Test(arguments: ["", "X-Checked: yes\r\nX-More: 1\r\n"]) func readsChunks(_ trailers: String)
        async throws
    {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        for (chunks, body) in [
            ("2\r\n{}\r\n", "{}"), ("1;a=b\r\n{\r\n0001 \r\n}\r\n", "{}"),
            ("A\r\n0\r\n\r\n\r\n2\r\n\r\n1\r\n}\r\n", "0\r\n\r\n\r\n2\r\n}"), ("", ""),
            (String(repeating: "10\r\n0123456789abcdef\r\n", count: 1000), nil),
        ] {
            let server = LoopbackServer { _ in
                .init(raw: head + chunks + "0\r\n" + trailers + "\r\n")
            }
            let response = try await URLSessionFetcher().fetch(
                request(server.url()), maxOctets: 100_000)
            let expected = body ?? String(repeating: "0123456789abcdef", count: 1000)
            #expect(String(decoding: response.body, as: UTF8.self) == expected)
        }
    }

    @Test(arguments: [
        "5\r\n{}", "5\r\n{}\r\n0\r\n\r\n", "2\r\n{}\r\n", "zz\r\n{}", "ffffffffffffffffffff\r\n{}",
    ])
    func failsOnChunksThatEndEarly(_ chunks: String) async {
        let server = LoopbackServer { _ in
            .init(raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
        }
        await #expect(throws: URLError.self) {
            try await URLSessionFetcher().fetch(request(server.url()), maxOctets: 100_000)
        }
    }

    @Test func endsAtOnceIfItsTaskIsAlreadyCancelled() async throws {
        let server = LoopbackServer { _ in .init(body: "{}") }
        let fetching = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await URLSessionFetcher().fetch(request(server.url()), maxOctets: 100)
        }
        await #expect(throws: CancellationError.self) { try await fetching.value }
    }

    /// Makes one fetch, which a third of the callers cancel.
    private func fetch(_ server: LoopbackServer, _ tally: Tally) async {
        let misbehaviour = Misbehaviour.random()
        let start = ContinuousClock.now
        let fetching = Task {
            try await URLSessionFetcher().fetch(
                request(server.url("/\(misbehaviour)")), maxOctets: 100_000)
        }
        let isCancelled = misbehaviour == .silence || Int.random(in: 0..<3) == 0
        if isCancelled {
            try? await Task.sleep(for: .microseconds(Int.random(in: 0..<20_000)))
            fetching.cancel()
        }
        let result = await fetching.result
        tally.add(
            misbehaviour, isCancelled, result, start.duration(to: .now))
    }

    private func request(_ url: String) -> FetchRequest {
        FetchRequest(
            url: URL(string: url)!, headers: ["Accept": "application/json"], timeout: .seconds(5))
    }
}

/// What a server does with a request.
private enum Misbehaviour: String, CaseIterable {
    case none, slow, silence, half, reset, endless, redirect, tooLong, late

    /// Mostly short exchanges: the more of them, the sooner a race shows.
    static func random() -> Self {
        let misbehaviour = allCases.randomElement()!
        let isLong = [.endless, .tooLong, .silence].contains(misbehaviour)
        return isLong && Int.random(in: 0..<10) > 0 ? random() : misbehaviour
    }

    init(path: String) { self = Self(rawValue: String(path.dropFirst()))! }

    func answer(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
        let keys = Fixtures.jwks(Fixtures.keyA)
        switch self {
        case .none: return .init(body: keys)
        case .slow:
            Thread.sleep(forTimeInterval: 0.01)
            return .init(body: keys)
        case .silence:
            while !request.isAbandoned { Thread.sleep(forTimeInterval: 0.002) }
            return .init(raw: "")
        case .half: return .init(body: keys, length: 10_000)
        case .reset: return .init(raw: "")
        case .endless: return .init(body: spaces, length: 1 << 40, times: .max)
        case .redirect: return .init(status: 302, headers: ["Location": "/none"])
        case .tooLong: return .init(body: spaces, times: 2, isClosedAtEnd: true)
        case .late:
            Thread.sleep(forTimeInterval: 0.01)
            return .init(raw: "")
        }
    }

    /// Whether a fetch that is not cancelled may end like this.
    func allows(_ result: Result<FetchResponse, any Error>) -> Bool {
        switch (self, try? result.get()) {
        case (.none, let response?), (.slow, let response?):
            response.status == 200 && response.body == Data(Fixtures.jwks(Fixtures.keyA).utf8)
        case (.redirect, let response?): response.status == 302
        case (.tooLong, let response?): response.body.count == 100_001
        case (.half, nil), (.reset, nil), (.endless, nil), (.late, nil): true
        default: false
        }
    }
}

private let spaces = String(repeating: " ", count: 65_536)

/// How the fetches of a run have ended.
private final class Tally: @unchecked Sendable {
    private let lock = NSLock()
    private var counts: [String: Int] = [:]
    private var longest = Duration.zero
    private var surprises: [String] = []

    var ended: Int { lock.withLock { counts.values.reduce(0, +) } }
    var slowest: Duration { lock.withLock { longest } }
    /// At most ten of them.
    var unexpected: [String] { lock.withLock { surprises } }
    var text: String {
        lock.withLock {
            let each = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            return "slowest \(longest); \(each.joined(separator: ", "))"
        }
    }

    func add(
        _ misbehaviour: Misbehaviour, _ isCancelled: Bool,
        _ result: Result<FetchResponse, any Error>, _ duration: Duration
    ) {
        lock.withLock {
            counts["\(misbehaviour)\(isCancelled ? " cancelled" : "")", default: 0] += 1
            longest = max(longest, duration)
            if !isCancelled, !misbehaviour.allows(result), surprises.count < 10 {
                surprises.append("\(misbehaviour): \(result)")
            }
        }
    }
}
