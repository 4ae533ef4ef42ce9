import Foundation
import Testing
import Verijot

/// Runs alone, because other tests need memory too.
@Suite(.serialized) struct MemoryTests {
    @Test func aHundredThousandVerificationsLeakNoMemory() throws {
        let keys = try JwkSet(secret: Data(Fixtures.secret.utf8), algorithms: [.hs256])
        let verifier = try Verifier(issuer: nil, audience: nil)
        let bad = Fixtures.secretToken.dropLast(4) + "AAAA"
        func verify(_ times: Int) throws {
            for _ in 0..<times {
                _ = try verifier.verify(Fixtures.secretToken, keys: keys)
                #expect(throws: VerificationError.self) { try verifier.verify(bad, keys: keys) }
            }
        }
        try verify(2_000)
        let before = residentOctets()
        try verify(100_000)
        #expect(residentOctets() - before < 4 << 20)
    }

    @Test func freesHandles() throws {
        func make(_ times: Int) throws {
            for _ in 0..<times {
                let keys = try JwkSet(json: Fixtures.jwks(Fixtures.keyA, Fixtures.keyB))
                let verifier = try Verifier(issuer: nil, audience: nil, tokenCache: 10)
                _ = try JwksClient(url: "https://issuer.example/keys", verifier: verifier)
                #expect(keys.keys.count == 2)
            }
        }
        try make(1_000)
        let before = residentOctets()
        try make(20_000)
        #expect(residentOctets() - before < 4 << 20)
    }

    @Test func freesClients() async throws {
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        let verifier = try Verifier(issuer: nil, audience: nil)
        func fetch(_ times: Int) async throws {
            for _ in 0..<times {
                let client = try JwksClient(url: server.url(), verifier: verifier)
                _ = try await client.verify(Fixtures.tokenA)
            }
        }
        // A fetch has a URLSession of its own. Foundation on Linux sometimes crashes while it frees
        // one, so there are no more of them than the measurement needs.
        try await fetch(50)
        let before = residentOctets()
        try await fetch(300)
        #expect(residentOctets() - before < 6 << 20)
    }
}

/// Hangs up on an issuer that sends without end.
@Suite(.serialized, .timeLimit(.minutes(1))) struct LengthTests {
    @Test(arguments: [false, true]) func stopsReadingABodyWithoutEnd(_ isClosedAtEnd: Bool)
        async throws
    {
        let spaces = String(repeating: " ", count: 65_536)
        let server = LoopbackServer { _ in
            .init(body: spaces, length: 1 << 40, times: .max, isClosedAtEnd: isClosedAtEnd)
        }
        let verifier = try Verifier(issuer: nil, audience: nil)
        let client = try JwksClient(url: server.url(), verifier: verifier)
        let before = residentOctets()
        await #expect(throws: VerificationError.self) { try await client.ready() }
        await server.quiet()
        #expect(client.health.failures > 0)
        #expect(residentOctets() - before < 64 << 20)
    }

    /// Foundation does not show the body of a redirect, so the timeout ends it.
    @Test func stopsReadingARedirectWithoutEnd() async throws {
        let spaces = String(repeating: " ", count: 4_096)
        let server = LoopbackServer { _ in
            .init(
                status: 302, headers: ["Location": "/other"], body: spaces, length: 1 << 40,
                times: .max)
        }
        var options = JwksClient.Options()
        options.settings.fetchTimeout = .milliseconds(300)
        let verifier = try Verifier(issuer: nil, audience: nil)
        let client = try JwksClient(url: server.url(), verifier: verifier, options: options)
        await #expect(throws: VerificationError.self) { try await client.ready() }
        await server.quiet()
        #expect(client.health.failures > 0)
    }
}

/// The resident memory of the process; zero if unknown.
private func residentOctets() -> Int {
    let statm = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    guard let text = statm else { return 0 }
    return Int(text.split(separator: " ")[1])! * Int(sysconf(Int32(_SC_PAGESIZE)))
}
