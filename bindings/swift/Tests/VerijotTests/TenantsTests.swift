import Foundation
import Testing
import Verijot

@Suite struct TenantsTests {
    let keys = try! JwkSet(json: Fixtures.jwks(key))
    let policy = try! Policy(json: document())
    let asked = Shared([String]())

    @Test func aTenantThatComesAtRunTimeMustBeKnown() throws {
        let verifier = try Verifier(policy, knownTenants: knowing("t1"))
        #expect(try verifier.verify(tokenOfT1, keys: keys).subject == "alice")
        let error = refusal { try verifier.verify(tokenOfT2, keys: keys) }
        #expect(error?.code == .wrongIssuer)
        #expect(error?.expected?.contains("{tenant}") == true)
        #expect(asked.value == ["t1", "t2"])
        let explanation = verifier.explain(tokenOfT2, keys: keys)
        #expect(explanation.steps.last?.outcome == .failed)
        #expect(explanation.description.hasSuffix("refused: \(try #require(error))"))
        #expect(verifier.explain(tokenOfT1, keys: keys).description.hasSuffix("accepted"))
    }

    @Test func theCallerIsAskedAboutACachedTokenToo() throws {
        let known = Shared("t1")
        let verifier = try Verifier(
            policy, tokenCache: 4, knownTenants: { $0 == known.value })
        _ = try verifier.verify(tokenOfT1, keys: keys)
        _ = try verifier.verify(tokenOfT1, keys: keys)
        known.value = "t2"
        #expect(code { try verifier.verify(tokenOfT1, keys: keys) } == .wrongIssuer)
        #expect(try verifier.verify(tokenOfT2, keys: keys).subject == "alice")
    }

    @Test func anIssuerThatIsNamedIsNotAskedAbout() throws {
        let policy = try Policy(json: document(naming: "https://login.example/t2/v2.0"))
        let verifier = try Verifier(policy, knownTenants: knowing("none"))
        #expect(try verifier.verify(tokenOfT2, keys: keys).subject == "alice")
        // Nor is a token that fails another check.
        var scoped = policy
        scoped.requiredScopes = ["write"]
        let strict = try Verifier(scoped, knownTenants: knowing("none"))
        #expect(code { try strict.verify(tokenOfT1, keys: keys) } == .insufficientScope)
        #expect(asked.value.isEmpty)
    }

    @Test func theCallerIsAskedBeforeADemandAndRevocation() async throws {
        let revoked = Shared(0)
        let revocation: RevocationCheck = { _ in
            revoked.value += 1
            return true
        }
        let verifier = try Verifier(policy, revoked: revocation, knownTenants: knowing("t1"))
        #expect(code { try verifier.verify(tokenOfT2, keys: keys) } == .wrongIssuer)
        let accessTokens = try AccessTokenVerifier(
            policy, revoked: revocation, knownTenants: knowing("t1"))
        #expect(code { try accessTokens.verify(tokenOfT2, keys: keys) } == .wrongIssuer)
        let explained = try accessTokens.explain(tokenOfT2, keys: keys)
        #expect(explained.steps.last?.outcome == .failed)
        let client = JwksClient(keys: keys, verifier: verifier)
        let guarded = try Guard(.allScopes("notes:read"))
        #expect(await status(guarded, tokenOfT2, client) == 401)
        #expect(await status(guarded, tokenOfT1, client) == 403)
        #expect(revoked.value == 0)
        #expect(code { try verifier.verify(tokenOfT1, keys: keys) } == .revoked)
        #expect(code { try accessTokens.verify(tokenOfT1, keys: keys) } == .revoked)
        #expect(revoked.value == 2)
    }

    private func status(_ place: Guard, _ token: String, _ client: JwksClient) async -> Int? {
        switch await place.decide(["Bearer \(token)"], client: client) {
        case .admitted: nil
        case .refused(let answer, _): answer.status
        }
    }

    private func knowing(_ known: String) -> TenantCheck {
        { [asked] tenant in
            asked.value.append(tenant)
            return tenant == known
        }
    }
}

private func document(naming name: String = "https://named.example") -> String {
    #"{"issuers":["\#(name)",{"template":"https://login.example/{tenant}/v2.0","claim":"tid","#
        + #""tenants":null}],"audiences":["https://api.example"]}"#
}

private let key =
    #"{"kty":"OKP","crv":"Ed25519","kid":"t","x":"T5Wcyef82vi2YcfFTLdV_r4GAqmdEkWuN7zQnJN2DJI"}"#
/// Of the issuer's tenant `t1`, signed by the Ed25519 key that is the SHA-256 of `tenants`.
private let tokenOfT1 = """
    eyJhbGciOiJFZERTQSIsImtpZCI6InQiLCJ0eXAiOiJhdCtqd3QifQ.eyJpc3MiOiJodHRwczovL2xvZ2luL\
    mV4YW1wbGUvdDEvdjIuMCIsImF1ZCI6Imh0dHBzOi8vYXBpLmV4YW1wbGUiLCJzdWIiOiJhbGljZSIsImNsa\
    WVudF9pZCI6ImFwcCIsImp0aSI6ImoiLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6NDEwMjQ0NDgwMCwidGlkI\
    joidDEifQ.kUUwXE7iC72pmWZtDP8ey_aMct84gLQNiyZta0DZLiEr7MfWM19zd1uZA4sSKNW3UbAYeblao8\
    RUTLVynkGcCg
    """
/// Likewise of `t2`.
private let tokenOfT2 = """
    eyJhbGciOiJFZERTQSIsImtpZCI6InQiLCJ0eXAiOiJhdCtqd3QifQ.eyJpc3MiOiJodHRwczovL2xvZ2luL\
    mV4YW1wbGUvdDIvdjIuMCIsImF1ZCI6Imh0dHBzOi8vYXBpLmV4YW1wbGUiLCJzdWIiOiJhbGljZSIsImNsa\
    WVudF9pZCI6ImFwcCIsImp0aSI6ImoiLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6NDEwMjQ0NDgwMCwidGlkI\
    joidDIifQ.FerKxKBPOMNUfhxZ4tRyVJ6x7jbV_raWQ3Y9cmNFtD1oefzs4zoPswV7tZqesfkIOncUT57KYb\
    mJGTzf45o_CA
    """
