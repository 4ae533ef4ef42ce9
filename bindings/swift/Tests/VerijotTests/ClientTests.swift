import Foundation
import Testing
import Verijot

/// The client with a real server on loopback: keys over time, and who waits for them.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ClientTests {
    @Test func keysAreFetchedOnceForAll() async throws {
        let gate = Gate()
        let server = LoopbackServer { _ in
            gate.pass()
            return .init(body: Fixtures.jwks(Fixtures.keyA))
        }
        let client = try client(server)
        try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<50 {
                group.addTask { try await client.verify(Fixtures.tokenA).subject }
            }
            await gate.arrival()
            gate.open()
            for try await subject in group { #expect(subject == "alice") }
        }
        #expect(server.requests.map(\.path) == ["/keys"])
        #expect(server.requests[0].headers["accept"]?.contains("jwk-set+json") == true)
        #expect(client.health.usableKeys == 1)
    }

    @Test func aCancelledTaskHarmsNobody() async throws {
        let gate = Gate()
        let server = LoopbackServer { _ in
            gate.pass()
            return .init(body: Fixtures.jwks(Fixtures.keyA))
        }
        let client = try client(server)
        let first = Task { try await client.verify(Fixtures.tokenA) }
        await gate.arrival()
        let others = (0..<10).map { _ in Task { try await client.verify(Fixtures.tokenA) } }
        first.cancel()
        await #expect(throws: VerificationError.self) { try await first.value }
        gate.open()
        for other in others { #expect(try await other.value.subject == "alice") }
        #expect(server.requests.count == 1)
    }

    @Test func cancelledBeforeItBegins() async throws {
        let gate = Gate()
        let server = LoopbackServer { _ in
            gate.pass()
            return .init(body: Fixtures.jwks(Fixtures.keyA))
        }
        let client = try client(server)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.verify(Fixtures.tokenA)
        }
        await #expect(throws: VerificationError.self) { try await task.value }
        gate.open()
        try await client.ready()
        #expect(try await client.verify(Fixtures.tokenA).keyID == "a")
    }

    @Test func aRotation() async throws {
        let jwks = Shared(Fixtures.jwks(Fixtures.keyA))
        let server = LoopbackServer { _ in .init(body: jwks.value) }
        let client = try client(server)
        #expect(try await client.verify(Fixtures.tokenA).keyID == "a")
        jwks.value = Fixtures.jwks(Fixtures.keyB)
        #expect(try await client.verify(Fixtures.tokenB).keyID == "b")
        // Unknown kids have just caused a fetch: this one may cause the next in a quarter of a minute.
        let error = await refusal { try await client.verify(Fixtures.tokenA) }
        #expect(error?.code == .keysUnavailable)
        #expect(error?.retryAfter == 15)
    }

    @Test func unknownKidsCauseOneFetchAtATime() async throws {
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        let client = try client(server)
        try await client.ready()
        for number in 0..<100 {
            let error = await refusal { try await client.verify(Fixtures.tokenOfNobody) }
            #expect(error?.code == (number == 0 ? .unknownKey : .keysUnavailable))
        }
        #expect(server.requests.count == 2)
        #expect(try await client.verify(Fixtures.tokenA).subject == "alice")
    }

    @Test func aLeakedKey() async throws {
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        let client = try client(server)
        #expect(try await client.verify(Fixtures.tokenA).keyID == "a")
        client.purge("a")
        #expect(client.health.purged == ["a"])
        #expect(await refusal { try await client.verify(Fixtures.tokenA) }?.code == .unknownKey)
        #expect(client.restore("a"))
        #expect(!client.restore("a"))
        #expect(try await client.verify(Fixtures.tokenA).keyID == "a")
        #expect(server.requests.count == 1)
    }

    @Test func keysAreFetchedNow() async throws {
        let jwks = Shared(Fixtures.jwks(Fixtures.keyA))
        let server = LoopbackServer { _ in .init(body: jwks.value) }
        let clock = ManualClock()
        let client = try client(server, clock: clock)
        try await client.ready()
        jwks.value = Fixtures.jwks(Fixtures.keyB)
        clock.advance(.milliseconds(500))
        await #expect(throws: VerificationError.self) { try await client.refreshNow() }
        clock.advance(.milliseconds(500))
        try await client.refreshNow()
        #expect(client.health.fetches.requested == 1)
        #expect(try await client.verify(Fixtures.tokenB).keyID == "b")
        #expect(server.requests.count == 2)
    }

    @Test func anOutage() async throws {
        let clock = ManualClock()
        let isDown = Shared(false)
        let server = LoopbackServer { _ in
            isDown.value ? .init(status: 503) : .init(body: Fixtures.jwks(Fixtures.keyA))
        }
        let client = try client(server, clock: clock)
        try await client.ready()
        isDown.value = true
        for _ in 0..<24 {
            clock.advance(.seconds(3_600))
            #expect(try await client.verify(Fixtures.tokenA).subject == "alice")
            try await settled(client)
        }
        #expect(client.health.failures > 0)
        #expect(client.health.lastFailure == "unexpected_status: 503")
        clock.advance(.seconds(3_600))
        let error = await refusal { try await client.verify(Fixtures.tokenA) }
        #expect(error?.code == .keysUnavailable)
        #expect(error?.httpStatus == 503)
        #expect((error?.retryAfter ?? 0) > 0)
        isDown.value = false
        clock.advance(.seconds(120))
        #expect(try await client.verify(Fixtures.tokenA).subject == "alice")
    }

    @Test func nobodyListens() async throws {
        let server = LoopbackServer { _ in .init() }
        server.stop()
        let error = await refusal { try await self.client(server).verify(Fixtures.tokenA) }
        #expect(error?.code == .keysUnavailable)
    }

    @Test func aRefreshDelaysNobody() async throws {
        let clock = ManualClock()
        let gate = Gate()
        let isSlow = Shared(false)
        let server = LoopbackServer { request in
            if isSlow.value { gate.pass() }
            return .init(body: Fixtures.jwks(Fixtures.keyA, Fixtures.keyB))
        }
        let client = try client(server, clock: clock)
        try await client.ready()
        isSlow.value = true
        clock.advance(.seconds(590))
        for _ in 0..<5 { #expect(try await client.verify(Fixtures.tokenA).subject == "alice") }
        await gate.arrival()
        #expect(try await client.verify(Fixtures.tokenB).subject == "alice")
        #expect(client.health.isFetching)
        gate.open()
        try await settled(client)
        #expect(client.health.age == .zero)
        #expect(server.requests.count == 2)
    }

    @Test func aRequestIsConditional() async throws {
        let clock = ManualClock()
        let server = LoopbackServer { request in
            let isKnown = request.headers["if-none-match"] == "\"one\""
            return isKnown
                ? .init(status: 304)
                : .init(headers: ["ETag": "\"one\""], body: Fixtures.jwks(Fixtures.keyA))
        }
        let client = try client(server, clock: clock)
        try await client.ready()
        clock.advance(.seconds(599))
        _ = try await client.verify(Fixtures.tokenA)
        try await settled(client)
        #expect(client.health.failures == 0)
        #expect(client.health.age == .zero)
        #expect(server.requests.map { $0.headers["if-none-match"] } == [nil, "\"one\""])
    }

    @Test(arguments: [
        ("redirect", LoopbackServer.Answer(status: 302, headers: ["Location": "/other"])),
        ("permanent redirect", .init(status: 308, headers: ["Location": "/other"], body: "{}")),
        ("web page", .init(body: "<html>maintenance</html>")),
        ("too long", .init(body: spaces, times: 5)),
        ("too long, without a length", .init(body: spaces, times: 5, isClosedAtEnd: true)),
        ("empty set", .init(body: #"{"keys":[]}"#)),
        ("half a body", .init(body: Fixtures.jwks(Fixtures.keyA), length: 10_000)),
        ("304 unasked", .init(status: 304)),
        ("server error", .init(status: 500, body: Fixtures.jwks(Fixtures.keyA))),
        ("nothing", .init()),
        ("no HTTP", .init(raw: "good day\r\n\r\n")),
        ("compressed", .init(headers: ["Content-Encoding": "gzip"], body: "\u{1f}\u{8}")),
    ])
    func anAnswerThatIsNone(_ name: String, _ answer: LoopbackServer.Answer) async throws {
        let clock = ManualClock()
        let isGood = Shared(true)
        let server = LoopbackServer { _ in
            isGood.value ? .init(body: Fixtures.jwks(Fixtures.keyA)) : answer
        }
        let client = try client(server, clock: clock)
        try await client.ready()
        isGood.value = false
        clock.advance(.seconds(700))
        #expect(try await client.verify(Fixtures.tokenA).subject == "alice")
        try await settled(client)
        #expect(client.health.failures == 1)
        #expect(client.health.lastFailure != nil)
        #expect(try await client.verify(Fixtures.tokenA).subject == "alice")
        #expect(server.requests.map(\.path) == ["/keys", "/keys"])
    }

    @Test func anIssuerThatNeverAnswers() async throws {
        let gate = Gate()
        let server = LoopbackServer { _ in
            gate.pass()
            return .init(body: Fixtures.jwks(Fixtures.keyA))
        }
        var options = JwksClient.Options()
        options.settings.fetchTimeout = .milliseconds(200)
        let client = try JwksClient(url: server.url(), verifier: verifier(), options: options)
        let error = await refusal { try await client.verify(Fixtures.tokenA) }
        #expect(error?.code == .keysUnavailable)
        #expect(client.health.failures > 0)
        gate.open()
    }

    @Test func onlyOverHTTPS() throws {
        for url in ["http://issuer.example/keys", "ftp://issuer.example/", "keys.json", ""] {
            #expect(
                setupCode { _ = try JwksClient(url: url, verifier: verifier()) }
                    == .invalidKeySource)
            let code = setupCode { _ = try JwksClient(issuer: url, audience: nil) }
            #expect(code == (url.isEmpty ? .invalidPolicy : .invalidKeySource))
        }
    }

    @Test func anIssuersMetadata() async throws {
        let base = Shared("")
        let server = LoopbackServer { request in
            switch request.path {
            case "/.well-known/openid-configuration":
                .init(body: #"{"issuer":"\#(base.value)","jwks_uri":"\#(base.value)/somewhere"}"#)
            case "/somewhere": .init(body: Fixtures.jwks(Fixtures.keyA))
            default: .init(status: 404)
            }
        }
        base.value = server.url("")
        let client = try JwksClient(issuer: server.url(""), verifier: verifier())
        #expect(try await client.verify(Fixtures.tokenA).subject == "alice")
        #expect(
            server.requests.map(\.path) == ["/.well-known/openid-configuration", "/somewhere"])
    }

    @Test func metadataOfSomebodyElse() async throws {
        let evil = #"{"issuer":"https://evil.example","jwks_uri":"https://evil.example"}"#
        let server = LoopbackServer { request in
            request.path.hasPrefix("/.well-known/")
                ? .init(body: evil) : .init(body: Fixtures.jwks(Fixtures.keyA))
        }
        let client = try JwksClient(issuer: server.url(""), verifier: verifier())
        let error = await refusal { try await client.verify(Fixtures.tokenA) }
        #expect(error?.code == .keysUnavailable)
        #expect(client.health.failures == 1)
    }

    @Test func theCustomaryPlace() async throws {
        let server = LoopbackServer { request in
            request.path == "/.well-known/jwks.json"
                ? .init(body: Fixtures.jwks(Fixtures.keyA)) : .init(status: 404)
        }
        let customary = try JwksClient(issuer: server.url(""), verifier: verifier())
        #expect(try await customary.verify(Fixtures.tokenA).subject == "alice")
        let strict = try JwksClient(
            issuer: server.url(""), verifier: verifier(), customary: false)
        let error = await refusal { try await strict.verify(Fixtures.tokenA) }
        #expect(error?.code == .keysUnavailable)
    }

    @Test func keysAreCarriedElsewhere() async throws {
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        let first = try client(server)
        #expect(first.export() == nil)
        try await first.ready()
        let snapshot = try #require(first.export())
        server.stop()

        let text = try JSONEncoder().encode(snapshot)
        let carried = try JSONDecoder().decode(KeySnapshot.self, from: text)
        let second = try client(server)
        try await second.seed(carried)
        #expect(second.health.isSeed)
        #expect(try await second.verify(Fixtures.tokenA).subject == "alice")

        let wrong = KeySnapshot(
            jwks: Fixtures.jwks(Fixtures.keyB), fetchedAt: carried.fetchedAt,
            sha256: carried.sha256)
        let third = try client(server)
        await #expect(throws: SetupError.self) { try await third.seed(wrong) }
        #expect(third.export() == nil)
    }

    @Test func aSeedWakesThoseWhoWait() async throws {
        let gate = Gate()
        let server = LoopbackServer { _ in
            gate.pass()
            return .init(status: 500)
        }
        let client = try client(server)
        let waiting = Task { try await client.verify(Fixtures.tokenA) }
        await gate.arrival()
        let jwks = Fixtures.jwks(Fixtures.keyA)
        try await client.seed(KeySnapshot(jwks: jwks, fetchedAt: Moment.now.seconds))
        #expect(try await waiting.value.subject == "alice")
        gate.open()
    }

    @Test func anotherFetcher() async throws {
        struct Bundled: KeyFetcher {
            func fetch(_ request: KeyRequest, bodyLimit: Int) async throws -> KeyResponse {
                #expect(request.url.absoluteString == "https://issuer.example/keys")
                return KeyResponse(
                    status: 200, headers: [(name: "Cache-Control", value: "max-age=60")],
                    body: Data(Fixtures.jwks(Fixtures.keyA).utf8))
            }
        }
        var options = JwksClient.Options()
        options.fetcher = Bundled()
        let client = try JwksClient(
            url: "https://issuer.example/keys", verifier: verifier(), options: options)
        #expect(try await client.verify(Fixtures.tokenA).subject == "alice")
    }

    @Test func aFetcherThatHeedsNothing() async throws {
        struct Deaf: KeyFetcher {
            func fetch(_ request: KeyRequest, bodyLimit: Int) async throws -> KeyResponse {
                await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
                throw CancellationError()
            }
        }
        var options = JwksClient.Options()
        options.fetcher = Deaf()
        options.settings.fetchTimeout = .milliseconds(100)
        let client = try JwksClient(
            url: "https://issuer.example/keys", verifier: verifier(), options: options)
        let error = await refusal { try await client.verify(Fixtures.tokenA) }
        #expect(error?.code == .keysUnavailable)
        #expect(client.health.failures > 0)
    }

    @Test func revocation() async throws {
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        let answers: [(VerificationError.Code?, @Sendable (VerifiedToken) async throws -> Bool)] = [
            (nil, { token in token.subject != "alice" }),
            (.revoked, { _ in true }),
            (.revocationUnavailable, { _ in throw CancellationError() }),
            (
                .revocationUnavailable,
                { _ in
                    try await Task.sleep(for: .seconds(3_600))
                    return false
                }
            ),
        ]
        for (code, answer) in answers {
            var options = JwksClient.Options()
            options.revoked = answer
            options.revocationTimeout = .milliseconds(200)
            let client = try JwksClient(url: server.url(), verifier: verifier(), options: options)
            let error = await refusal { try await client.verify(Fixtures.tokenA) }
            #expect(error?.code == code)
            #expect(code != .revocationUnavailable || error?.httpStatus == 503)
        }
    }

    @Test func anExplanation() async throws {
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        let client = try client(server)
        #expect(try await client.explain(Fixtures.tokenA).description.hasSuffix("accepted"))
        let unknown = try await client.explain(Fixtures.tokenOfNobody)
        #expect(unknown.steps.first { $0.outcome == .failed }?.check == "key")
        #expect(try await client.explain("no token").steps[0].outcome == .failed)
    }

    private func client(
        _ server: LoopbackServer, clock: any KeyClock = SystemClock()
    ) throws -> JwksClient {
        var options = JwksClient.Options()
        options.clock = clock
        return try JwksClient(url: server.url(), verifier: verifier(), options: options)
    }

    private func verifier() throws -> Verifier {
        try Verifier(issuer: "https://issuer.example", audience: "https://api.example")
    }

    /// Waits until no fetch is under way.
    private func settled(_ client: JwksClient) async throws {
        while client.health.isFetching { await Task.yield() }
    }

    private func refusal(
        _ verify: () async throws -> VerifiedToken
    ) async -> VerificationError? {
        do {
            _ = try await verify()
            return nil
        } catch {
            return error as? VerificationError
        }
    }
}

private let spaces = String(repeating: " ", count: 65_536)

/// A clock that a test moves.
final class ManualClock: KeyClock, Sendable {
    private let start = Moment.now
    private let elapsed = Shared(Duration.zero)

    var now: Moment {
        Moment(seconds: start.seconds + elapsed.value.components.seconds)
    }

    var sinceStart: Duration { elapsed.value }

    func advance(_ span: Duration) { elapsed.value += span }
}
