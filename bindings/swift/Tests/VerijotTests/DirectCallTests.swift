import Foundation
import Testing
import VerijotBindings

/// The direct calls return the same as the generated code.
@Suite struct DirectCallTests {
    @Test(arguments: [Fixtures.tokenA, Fixtures.oddToken, Fixtures.fractionToken, "no token"])
    func returnsTheSameVerdict(_ raw: String) throws {
        let policy = #"{"issuers":null,"audiences":null,"types":null,"require_exp":false}"#
        let verifier = try Verifier.fromDocument(policy: policy, tokenCache: 0)
        let limits = JwkSetLimits(symmetricKeys: false, maxOctets: nil, maxKeys: nil)
        let jwks = Fixtures.jwks(Fixtures.keyA)
        let keys = try JwkSet.fromJson(json: Data(jwks.utf8), limits: limits)
        let now = Moment(seconds: 1_700_000_001, nanoseconds: 5)
        let octets = Data(raw.utf8)
        let direct = octets.withUnsafeBytes { verifier.verify(token: $0, keys: keys, now: now) }
        #expect(direct == verifier.verify(token: octets, keys: keys, now: now))

        let cache = try JwksCache(
            numbers: CacheNumbers(
                freshFor: nil, shortestFresh: nil, longestFresh: nil, revalidateFor: nil,
                staleFor: nil, unknownWindow: nil, shortestRest: nil, longestRest: nil,
                fetchTimeout: nil, staleDespiteHeaders: false),
            limits: limits,
            location: try .at(
                url: "https://issuer.example/keys",
                rules: FetchRules(plainHttp: false, hosts: nil)))
        let clocks = Clocks(monotonic: 0, wall: now)
        try cache.seed(jwks: jwks, sha256: nil, age: 0, clocks: clocks)
        // Only the first step has a fetch to begin.
        for _ in 0..<2 {
            let step = octets.withUnsafeBytes {
                cache.verify(
                    verifier: verifier, token: $0, requestedAt: 0, clocks: clocks, now: now)
            }
            #expect(step.verdict == direct)
            _ = cache.ready(requestedAt: 0, clocks: clocks)
        }
    }
}
