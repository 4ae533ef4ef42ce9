import Foundation
import Testing

@testable import Verijot

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

    /// All fetches share a session, which lives as long as the process.
    @Test func aFetchLeavesNothingInTheSharedSession() async throws {
        let server = LoopbackServer { request in
            if request.path == "/silent" {
                while !request.isAbandoned { Thread.sleep(forTimeInterval: 0.001) }
            }
            return .init(body: Fixtures.jwks(Fixtures.keyA))
        }
        let verifier = try Verifier(issuer: nil, audience: nil)
        func fetch(_ times: Int) async throws {
            for _ in 0..<times {
                let client = try JwksClient(url: server.url(), verifier: verifier)
                _ = try await client.verify(Fixtures.tokenA)
                let request = FetchRequest(
                    url: URL(string: server.url("/silent"))!, headers: [:], timeout: .seconds(60))
                let silent = Task {
                    try await URLSessionFetcher().fetch(request, maxOctets: 1_000)
                }
                try await Task.sleep(for: .milliseconds(2))
                silent.cancel()
                _ = await silent.result
            }
            await server.quiet()
        }
        try await fetch(100)
        let (octets, files) = (residentOctets(), openFiles())
        try await fetch(1_000)
        #expect(residentOctets() - octets < 6 << 20)
        // One or two may still be about to close.
        #expect(openFiles() - files < 10)
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

    /// Foundation does not show the body of a redirect; on Linux libcurl's own limit ends it.
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

/// The number of open files, sockets included; zero if unknown.
private func openFiles() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
}

/// The resident memory of the process; zero if unknown.
private func residentOctets() -> Int {
    let statm = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    guard let text = statm else { return 0 }
    return Int(text.split(separator: " ")[1])! * Int(sysconf(Int32(_SC_PAGESIZE)))
}
