import Foundation
import Testing
import Verijot

@Suite struct ProfileTests {
    let keys = try! JwkSet(json: Fixtures.jwks(Fixtures.keyA))
    let idTokens = try! IDTokenVerifier(
        issuer: "https://issuer.example", clientID: "https://api.example"
    ) { $0.algorithms = [.edDSA] }

    @Test func anIDTokenIsOfOneLogin() async throws {
        let token = try idTokens.verify(Fixtures.tokenA, keys: keys, login: .withoutNonce)
        #expect(token.subject == "alice")
        #expect(token.issuer == "https://issuer.example")
        #expect(token.session == nil)
        #expect(token.token.keyID == "a")
        #expect("\(token) \(Login.withNonce("secret"))" == "IDToken Login")
        #expect(refusal(.withNonce("n1")) == .missingClaim)
        var login = Login.withoutNonce
        login.maxAge = .seconds(600)
        #expect(refusal(login) == .missingClaim)
        #expect(refusal(.refreshOf(token)) == nil)
        let client = try JwksClient(url: "https://issuer.example/keys", verifier: verifier())
        try await client.seed(
            KeySnapshot(
                jwks: Fixtures.jwks(Fixtures.keyA),
                fetchedAt: Int64(Date.now.timeIntervalSince1970)))
        let fetched = try await idTokens.verify(
            Fixtures.tokenA, client: client, login: .withoutNonce)
        #expect(fetched.subject == "alice")
    }

    @Test func whatMakesNoSenseIsNoRefusedToken() throws {
        #expect(throws: SetupError.self) {
            try idTokens.verify("not a token", keys: keys, login: .withNonce(""))
        }
        #expect(throws: SetupError.self) { try IDTokenVerifier(issuer: "", clientID: "c") }
        #expect(throws: SetupError.self) {
            try IDTokenVerifier(issuer: "i", clientID: "c") { $0.types = .any }
        }
        let logout = #"{"profile":"logout-token","issuer":"i","client_id":"c"}"#
        #expect(throws: SetupError.self) { try IDTokenVerifier(json: logout) }
        _ = try LogoutTokenVerifier(json: logout)
    }

    @Test func aPropertyBesideADocumentIsRefused() throws {
        var login = Login(json: #"{"without_nonce":true}"#)
        _ = try idTokens.verify(Fixtures.tokenA, keys: keys, login: login)
        login.maxAge = .seconds(600)
        #expect(throws: SetupError.self) {
            try idTokens.verify(Fixtures.tokenA, keys: keys, login: login)
        }
        let policy = Policy(issuer: "https://issuer.example", audience: "https://api.example")
        var stepUp = StepUp(json: "{}")
        stepUp.acr = ["gold"]
        #expect(throws: SetupError.self) {
            try AccessTokenVerifier(policy).verify(Fixtures.tokenA, keys: keys, stepUp: stepUp)
        }
    }

    @Test func theRevocationCheckOfAClientIsAskedForItsKeys() async throws {
        var options = JwksClient.Options()
        options.revoked = { $0.subject == "alice" }
        let client = try JwksClient(keys: keys, verifier: verifier(), options: options)
        await #expect {
            try await idTokens.verify(Fixtures.tokenA, client: client, login: .withoutNonce)
        } throws: {
            ($0 as? VerificationError)?.code == .revoked
        }
    }

    @Test func anotherKindOfTokenIsNoAccessToken() throws {
        let policy = Policy(issuer: "https://issuer.example", audience: "https://api.example")
        let accessTokens = try AccessTokenVerifier(policy, clientIDs: ["app"])
        #expect(throws: VerificationError.self) {
            try accessTokens.verifier.verify(Fixtures.tokenA, keys: keys)
        }
        #expect(throws: VerificationError.self) {
            try accessTokens.verify(Fixtures.tokenA, keys: keys)
        }
        #expect(throws: SetupError.self) {
            try accessTokens.verify("not a token", keys: keys, stepUp: StepUp(acr: []))
        }
    }

    private func refusal(_ login: Login) -> VerificationError.Code? {
        do {
            _ = try idTokens.verify(Fixtures.tokenA, keys: keys, login: login)
            return nil
        } catch {
            return (error as? VerificationError)?.code
        }
    }
}
