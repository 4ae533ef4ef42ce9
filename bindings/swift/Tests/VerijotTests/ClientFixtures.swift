import Foundation
import Verijot

/// A client for keys of a loopback server.
func client(
    _ server: LoopbackServer, clock: any KeyClock = SystemClock()
) throws -> JwksClient {
    var options = JwksClient.Options()
    options.clock = clock
    return try JwksClient(url: server.url(), verifier: verifier(), options: options)
}

/// A verifier for the tokens of the fixtures.
func verifier() throws -> Verifier {
    try Verifier(issuer: "https://issuer.example", audience: "https://api.example")
}

/// Waits until no fetch is under way.
func settled(_ client: JwksClient) async throws {
    while client.health.isFetching { await Task.yield() }
}

/// Returns why a client refuses a token.
func clientRefusal(
    _ verify: () async throws -> VerifiedToken
) async -> VerificationError? {
    do {
        _ = try await verify()
        return nil
    } catch {
        return error as? VerificationError
    }
}

/// A clock that moves only when a test advances it.
final class ManualClock: KeyClock, Sendable {
    private let start = Moment.now
    private let elapsed = Shared(Duration.zero)

    var now: Moment {
        Moment(seconds: start.seconds + elapsed.value.components.seconds)
    }

    var sinceStart: Duration { elapsed.value }

    func advance(_ duration: Duration) { elapsed.value += duration }
}
