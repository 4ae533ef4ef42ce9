import Foundation
import Testing
import Verijot

/// A client with a real server on loopback: keys over time, and the callers that wait for them.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ClientTests {
    @Test func fetchesOnceForAllWaitingTasks() async throws {
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

    @Test func aCancelledTaskDoesNotDisturbOthers() async throws {
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

    @Test func refusesATaskThatIsCancelledBeforeItBegins() async throws {
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

    @Test func followsARotation() async throws {
        let jwks = Shared(Fixtures.jwks(Fixtures.keyA))
        let server = LoopbackServer { _ in .init(body: jwks.value) }
        let client = try client(server)
        #expect(try await client.verify(Fixtures.tokenA).keyID == "a")
        jwks.value = Fixtures.jwks(Fixtures.keyB)
        #expect(try await client.verify(Fixtures.tokenB).keyID == "b")
        // Unknown kids have just caused a fetch, so this one has to wait 15 seconds for the next.
        let error = await clientRefusal { try await client.verify(Fixtures.tokenA) }
        #expect(error?.code == .keysUnavailable)
        #expect(error?.retryAfter == 15)
    }

    @Test func fetchesOnceForManyUnknownKids() async throws {
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        let client = try client(server)
        try await client.ready()
        for number in 0..<100 {
            let error = await clientRefusal { try await client.verify(Fixtures.tokenOfUnknownKey) }
            #expect(error?.code == (number == 0 ? .unknownKey : .keysUnavailable))
        }
        #expect(server.requests.count == 2)
        #expect(try await client.verify(Fixtures.tokenA).subject == "alice")
    }

    @Test func withdrawsALeakedKey() async throws {
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        let client = try client(server)
        #expect(try await client.verify(Fixtures.tokenA).keyID == "a")
        client.purge("a")
        #expect(client.health.purged == ["a"])
        #expect(
            await clientRefusal { try await client.verify(Fixtures.tokenA) }?.code == .unknownKey)
        #expect(client.restore("a"))
        #expect(!client.restore("a"))
        #expect(try await client.verify(Fixtures.tokenA).keyID == "a")
        #expect(server.requests.count == 1)
    }

    @Test func fetchesTheCurrentKeysOnRequest() async throws {
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

    @Test func keepsUsingKeysForADayOfOutage() async throws {
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
        let error = await clientRefusal { try await client.verify(Fixtures.tokenA) }
        #expect(error?.code == .keysUnavailable)
        #expect(error?.httpStatus == 503)
        #expect((error?.retryAfter ?? 0) > 0)
        isDown.value = false
        clock.advance(.seconds(120))
        #expect(try await client.verify(Fixtures.tokenA).subject == "alice")
    }

    @Test func answers503IfTheIssuerCannotBeReached() async throws {
        let server = LoopbackServer { _ in .init() }
        server.stop()
        let error = await clientRefusal { try await client(server).verify(Fixtures.tokenA) }
        #expect(error?.code == .keysUnavailable)
    }

    @Test func doesNotWaitForARefreshInTheBackground() async throws {
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

    @Test func sendsConditionalRequests() async throws {
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
        ("304 to an unconditional request", .init(status: 304)),
        ("server error", .init(status: 500, body: Fixtures.jwks(Fixtures.keyA))),
        ("nothing", .init()),
        ("no HTTP", .init(raw: "good day\r\n\r\n")),
        ("compressed", .init(headers: ["Content-Encoding": "gzip"], body: "\u{1f}\u{8}")),
    ])
    func keepsItsKeysAfterABadResponse(_ name: String, _ answer: LoopbackServer.Answer) async throws
    {
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

    @Test func timesOutOnAnIssuerThatNeverAnswers() async throws {
        let gate = Gate()
        let server = LoopbackServer { _ in
            gate.pass()
            return .init(body: Fixtures.jwks(Fixtures.keyA))
        }
        var options = JwksClient.Options()
        options.settings.fetchTimeout = .milliseconds(200)
        let client = try JwksClient(url: server.url(), verifier: verifier(), options: options)
        let error = await clientRefusal { try await client.verify(Fixtures.tokenA) }
        #expect(error?.code == .keysUnavailable)
        #expect(client.health.failures > 0)
        gate.open()
    }

    @Test func fetchesOnlyOverHTTPS() throws {
        for url in ["http://issuer.example/keys", "ftp://issuer.example/", "keys.json", ""] {
            #expect(
                setupCode { _ = try JwksClient(url: url, verifier: verifier()) }
                    == .invalidKeySource)
            let code = setupCode { _ = try JwksClient(issuer: url, audience: nil) }
            #expect(code == (url.isEmpty ? .invalidPolicy : .invalidKeySource))
        }
    }
}

private let spaces = String(repeating: " ", count: 65_536)
