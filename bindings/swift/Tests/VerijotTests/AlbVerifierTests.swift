import Foundation
import Testing
import Verijot

@Suite(.serialized, .timeLimit(.minutes(1))) struct AlbVerifierTests {
    @Test func fetchesTheKeyOfEachKid() async throws {
        let server = LoopbackServer { _ in .init(body: publicKey) }
        let client = try client(server)
        for _ in 0..<2 {
            let token = try await verifier.verify(token, client: client, now: now)
            #expect(token.subject == "alice")
        }
        #expect(server.requests.map(\.path) == ["/keys/\(kid)"])
        // Tokens that no key can make valid cause no request.
        for bad in [Fixtures.tokenA, "no token"] {
            #expect(await refusal(bad, client)?.code.groups.contains(.invalidToken) == true)
        }
        #expect(server.requests.count == 1)
        #expect(await refusal(String(token.dropLast(8)) + "AAAAAA==", client) != nil)
        await #expect(throws: VerificationError.self) { try await client.verify(token) }
    }

    @Test func refusesWith503WithoutAKey() async throws {
        let server = LoopbackServer { _ in .init(status: 500) }
        let error = await refusal(token, try client(server))
        #expect(error?.code == .keysUnavailable)
        #expect(error?.httpStatus == 503)
    }

    @Test func thePresetHasAVerifierAndAClientThatOnlyFetchesKeys() async throws {
        let options = """
            {"load_balancers": ["\(arn)"], "client_ids": ["client-id"],
            "issuers": ["https://issuer.example"]}
            """
        let preset = try Provider.preset("alb:eu-west-1", options)
        _ = try AlbVerifier(json: try #require(preset.loadBalancer))
        let client = try preset.client()
        await #expect(throws: VerificationError.self) { try await client.verify(Fixtures.tokenA) }
    }

    private let verifier = try! AlbVerifier(
        json: """
            {"signers": ["\(arn)"], "clients": ["client-id"], "issuers": ["https://issuer.example"]}
            """)

    private func client(_ server: LoopbackServer) throws -> JwksClient {
        var options = JwksClient.Options()
        options.settings.certificates = [.es256]
        return try JwksClient(
            url: server.url("/keys/{kid}"), verifier: Verifier(issuer: "none", audience: "none"),
            options: options)
    }

    private func refusal(_ token: String, _ client: JwksClient) async -> VerificationError? {
        do {
            _ = try await verifier.verify(token, client: client, now: now)
            return nil
        } catch {
            return error
        }
    }
}

private let arn =
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
private let kid = "83be4b60-9e3c-4b0d-8a5c-1f5d7a3e2c10"
private let now = Moment(seconds: 1_700_000_000)
private let publicKey = """
    -----BEGIN PUBLIC KEY-----
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEjdlCglLTQb2aBjdlmD2QoJoSvKCx
    mR2hVV/6mI0U3+mnb/IuWcqWbeV7axwUETJXzWQDD3eFYgqXDkqXiWZd1A==
    -----END PUBLIC KEY-----
    """
/// `sources-alb-accepted` of the test vectors.
private let token = """
    eyJ0eXAiOiJKV1QiLCJraWQiOiI4M2JlNGI2MC05ZTNjLTRiMGQtOGE1Yy0xZjVkN2EzZTJjMTAiLCJhbGciOiJFUzI1\
    NiIsImlzcyI6Imh0dHBzOi8vaXNzdWVyLmV4YW1wbGUiLCJjbGllbnQiOiJjbGllbnQtaWQiLCJzaWduZXIiOiJhcm46\
    YXdzOmVsYXN0aWNsb2FkYmFsYW5jaW5nOmV1LXdlc3QtMToxMjM0NTY3ODkwMTI6bG9hZGJhbGFuY2VyL2FwcC93ZWIv\
    NTBkYzZjNDk1YzBjOTE4OCIsImV4cCI6MTcwMDAwMDEyMH0=.eyJzdWIiOiJhbGljZSIsImVtYWlsIjoiYWxpY2VAZXh\
    hbXBsZSIsImV4cCI6MTcwMDAwMDEyMCwiaXNzIjoiaHR0cHM6Ly9pc3N1ZXIuZXhhbXBsZSJ9.Ef3DrrSAPQoTasn3Ow\
    Y20-dIp9zTIZAQLIBPW2HHWPyVOg66h8Xy3_Ef17q4PZXpmfN7r5_WRt7TD52XcDSx5w==
    """
