import Foundation
import Testing
import Verijot

/// Where a client has its keys from: metadata, snapshots, other fetchers; and what comes after
/// keys.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ClientSourceTests {
    @Test func findsKeysThroughTheMetadataOfTheIssuer() async throws {
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

    @Test func refusesMetadataOfAnotherIssuer() async throws {
        let evil = #"{"issuer":"https://evil.example","jwks_uri":"https://evil.example"}"#
        let server = LoopbackServer { request in
            request.path.hasPrefix("/.well-known/")
                ? .init(body: evil) : .init(body: Fixtures.jwks(Fixtures.keyA))
        }
        let client = try JwksClient(issuer: server.url(""), verifier: verifier())
        let error = await clientRefusal { try await client.verify(Fixtures.tokenA) }
        #expect(error?.code == .keysUnavailable)
        #expect(client.health.failures == 1)
    }

    @Test func fallsBackToTheWellKnownPlaceUnlessDiscoveryOnly() async throws {
        let server = LoopbackServer { request in
            request.path == "/.well-known/jwks.json"
                ? .init(body: Fixtures.jwks(Fixtures.keyA)) : .init(status: 404)
        }
        let lenient = try JwksClient(issuer: server.url(""), verifier: verifier())
        #expect(try await lenient.verify(Fixtures.tokenA).subject == "alice")
        let strict = try JwksClient(
            issuer: server.url(""), verifier: verifier(), discoveryOnly: true)
        let error = await clientRefusal { try await strict.verify(Fixtures.tokenA) }
        #expect(error?.code == .keysUnavailable)
    }

    @Test func exportsKeysAndSeedsAnotherClient() async throws {
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

    @Test func aSeedWakesWaitingTasks() async throws {
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

    @Test func explainsATokenThatMayHaveANewerKey() async throws {
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        let clock = ManualClock()
        let client = try client(server, clock: clock)
        try await client.ready()
        var refused: [VerificationError.Code?] = []
        for _ in 0..<3 {
            clock.advance(.seconds(1))
            let raw = Fixtures.tokenOfUnknownKey
            refused.append(await clientRefusal { try await client.verify(raw) }?.code)
        }
        #expect(refused.last == .keysUnavailable)
        let explained = try await client.explain(Fixtures.tokenOfUnknownKey)
        #expect(throws: VerificationError.self) { try explained.verdict.get() }
        #expect(explained.steps.contains { $0.outcome == .failed })
    }

    @Test func takesAClockThatBeginsBeforeZero() async throws {
        struct Early: KeyClock {
            let start = ContinuousClock.now
            var now: Moment { .now }
            var sinceStart: Duration { .seconds(-1_000) + start.duration(to: .now) }
        }
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        let client = try client(server, clock: Early())
        #expect(try await client.verify(Fixtures.tokenA).subject == "alice")
        try await Task.sleep(for: .milliseconds(50))
        let token = try IssuedTokens(accessToken: "A", refreshToken: "R", expiresIn: .seconds(60))
        let session = TokenSession(keeper: NoKeeper(), clock: Early())
        await session.resume(token, age: .zero)
        try await Task.sleep(for: .milliseconds(50))
        #expect(try #require(session.health.expiresIn) < .seconds(60))
    }

    private struct NoKeeper: TokenKeeper {
        func refresh(_ refreshToken: String) async throws -> IssuedTokens {
            throw CancellationError()
        }

        func store(_ tokens: IssuedTokens) async throws {}
    }

    @Test func takesTimesOfAnyLength() async throws {
        for time in [Duration.seconds(Int64.max), .nanoseconds(1), .seconds(-1)] {
            let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
            var options = JwksClient.Options()
            options.revocationTimeout = time
            options.settings.fetchTimeout = max(time, .seconds(5))
            options.revoked = { _ in
                if time < .seconds(1) { try await Task.sleep(for: .seconds(5)) }
                return false
            }
            let client = try JwksClient(
                url: server.url(), verifier: verifier(), options: options)
            let error = await clientRefusal { try await client.verify(Fixtures.tokenA) }
            #expect(client.health.lastFailure == nil)
            #expect(error?.code == (time < .seconds(1) ? .revocationUnavailable : nil))
        }
    }

    @Test func asksNobodyWhileAThousandChecksStillHang() async throws {
        let (asked, isOver) = (Shared(0), Shared(false))
        var options = JwksClient.Options()
        options.revocationTimeout = .milliseconds(1)
        options.revoked = { _ in
            asked.value += 1
            let deaf = Task.detached {
                while !isOver.value { try? await Task.sleep(for: .milliseconds(50)) }
            }
            await deaf.value
            return false
        }
        let keys = try JwkSet(json: Fixtures.jwks(Fixtures.keyA))
        let client = try JwksClient(keys: keys, verifier: verifier(), options: options)
        for _ in 0..<1_100 {
            let error = await clientRefusal { try await client.verify(Fixtures.tokenA) }
            #expect(error?.code == .revocationUnavailable)
        }
        #expect(asked.value <= 1_000)
        isOver.value = true
        let before = asked.value
        while asked.value == before {
            _ = await clientRefusal { try await client.verify(Fixtures.tokenA) }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    @Test func neverShowsTheQueryOfAURL() async throws {
        let closed = LoopbackServer { _ in .init(status: 500) }
        closed.stop()
        for url in ["https://my_issuer/keys?key=SECRET", closed.url() + "?key=SECRET|^"] {
            let client = try JwksClient(url: url, verifier: verifier())
            await #expect(throws: VerificationError.self) { try await client.ready() }
            let failure = try #require(client.health.lastFailure)
            #expect(!failure.contains("SECRET"), "\(failure)")
        }
    }

    @Test func readsEveryLineOfAHeader() async throws {
        let body = Fixtures.jwks(Fixtures.keyA)
        for values in [["no-store", "max-age=86400"], ["max-age=86400", "no-store"]] {
            let lines = values.map { "Cache-Control: \($0)\r\n" }.joined()
            let head = "HTTP/1.1 200 OK\r\n\(lines)Content-Length: \(body.utf8.count)\r\n\r\n"
            let server = LoopbackServer { _ in .init(raw: head + body) }
            let clock = ManualClock()
            let client = try client(server, clock: clock)
            try await client.ready()
            clock.advance(.seconds(3600))
            #expect(!client.health.isFresh, "\(values)")
        }
    }

    @Test func usesAnotherFetcher() async throws {
        struct Bundled: Fetcher {
            func fetch(_ request: FetchRequest, maxOctets: Int) async throws -> FetchResponse {
                #expect(request.url.absoluteString == "https://issuer.example/keys")
                return FetchResponse(
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

    @Test func timesOutOnAFetcherThatIgnoresCancellation() async throws {
        struct Deaf: Fetcher {
            func fetch(_ request: FetchRequest, maxOctets: Int) async throws -> FetchResponse {
                await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
                throw CancellationError()
            }
        }
        var options = JwksClient.Options()
        options.fetcher = Deaf()
        options.settings.fetchTimeout = .milliseconds(100)
        let client = try JwksClient(
            url: "https://issuer.example/keys", verifier: verifier(), options: options)
        let error = await clientRefusal { try await client.verify(Fixtures.tokenA) }
        #expect(error?.code == .keysUnavailable)
        #expect(client.health.failures > 0)
    }

    @Test func staticKeysAreNeverFetched() async throws {
        let keys = try JwkSet(json: Fixtures.jwks(Fixtures.keyA))
        let client = JwksClient(keys: keys, verifier: try verifier())
        #expect(try await client.verify(Fixtures.tokenA).subject == "alice")
        let unknown = await clientRefusal { try await client.verify(Fixtures.tokenB) }
        #expect(unknown?.code == .unknownKey)
        #expect(try await client.explain(Fixtures.tokenA).description.hasSuffix("accepted"))
        #expect(try await client.explain(Fixtures.tokenB).steps.last?.outcome == .notMade)
        try await client.ready()
        try await client.refreshNow()
        client.purge("a")
        #expect(!client.restore("a"))
        try await client.seed(KeySnapshot(jwks: Fixtures.jwks(Fixtures.keyB), fetchedAt: 0))
        #expect(try await client.verify(Fixtures.tokenA).subject == "alice")
        #expect(client.export() == nil)
        #expect(client.health.usableKeys == 1 && client.health.isFresh)
        #expect(client.description == "JwksClient(static keys)")
        let idTokens = try IDTokenVerifier(
            issuer: "https://issuer.example", clientID: "https://api.example")
        let user = try await idTokens.verify(
            Fixtures.tokenA, client: client, login: .withoutNonce)
        #expect(user.subject == "alice")
    }

    @Test func checksRevocationLastAndInTime() async throws {
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
            let error = await clientRefusal { try await client.verify(Fixtures.tokenA) }
            #expect(error?.code == code)
            #expect(code != .revocationUnavailable || error?.httpStatus == 503)
        }
    }

    @Test func explainsEveryCheck() async throws {
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        let client = try client(server)
        #expect(try await client.explain(Fixtures.tokenA).description.hasSuffix("accepted"))
        let unknown = try await client.explain(Fixtures.tokenOfUnknownKey)
        #expect(unknown.steps.first { $0.outcome == .failed }?.check == "key")
        #expect(try await client.explain("no token").steps[0].outcome == .failed)
    }
}
