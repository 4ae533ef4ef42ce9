import Foundation
import Testing
import Verijot

@Suite struct ReplayStoreTests {
    let keys = try! JwkSet(json: Fixtures.jwks(key))
    let logoutTokens = try! LogoutTokenVerifier(issuer: "https://issuer.example", clientID: "c")

    @Test func aStoreOfTheCallersRemembersTokens() async throws {
        let store = Table()
        let logout = try await logoutTokens.verify(token, keys: keys, store: store, now: now)
        #expect(logout.session == "s1")
        #expect(await refusal(store)?.code == .replayed)
        let stored = try #require(await store.until.first)
        #expect(stored.key.count == 32)
        #expect(stored.value.seconds >= 1_700_000_120)
        let client = try JwksClient(url: "https://issuer.example/keys", verifier: verifier())
        try await client.seed(
            KeySnapshot(
                jwks: Fixtures.jwks(key), fetchedAt: Int64(Date.now.timeIntervalSince1970)))
        await #expect(throws: VerificationError.self) {
            try await logoutTokens.verify(token, client: client, store: store, now: now)
        }
        _ = try await logoutTokens.verify(token, client: client, store: Table(), now: now)
    }

    @Test func aStoreThatDoesNotAnswerRefusesTheToken() async {
        #expect(await refusal(Broken())?.code == .replayUnavailable)
        #expect(await refusal(Broken())?.httpStatus == 503)
        #expect(await refusal(Hanging())?.code == .replayUnavailable)
    }

    @Test func aStoreIsNotAskedAboutARefusedToken() async {
        let store = Table()
        let later = Moment(seconds: 1_800_000_000)
        await #expect(throws: VerificationError.self) {
            try await logoutTokens.verify(token, keys: keys, store: store, now: later)
        }
        #expect(await store.until.isEmpty)
    }

    @Test func revocationIsAskedAboutBeforeATokenIsRemembered() async throws {
        let answer = Shared<Bool?>(nil)
        let revoked: RevocationCheck = { _ in
            guard let answer = answer.value else { throw URLError(.timedOut) }
            return answer
        }
        let checked = try LogoutTokenVerifier(
            issuer: "https://issuer.example", clientID: "c", tokenCache: 4, revoked: revoked)
        let (window, store) = (ReplayWindow(capacity: 9), Table())
        let refused: [(Bool?, VerificationError.Code)] = [
            (nil, .revocationUnavailable), (true, .revoked),
        ]
        for (given, expected) in refused {
            answer.value = given
            #expect(
                code { try checked.verify(token, keys: keys, window: window, now: now) }
                    == expected)
            await #expect(throws: VerificationError.self) {
                try await checked.verify(token, keys: keys, store: store, now: now)
            }
            #expect(await store.until.isEmpty)
            let explained = try checked.explain(token, keys: keys, now: now)
            #expect(explained.steps.last?.outcome == .failed)
        }
        answer.value = false
        _ = try checked.verify(token, keys: keys, window: window, now: now)
        #expect(
            code { try checked.verify(token, keys: keys, window: window, now: now) } == .replayed)
        _ = try await checked.verify(token, keys: keys, store: store, now: now)
        let document =
            #"{"profile":"logout-token","issuer":"https://issuer.example","client_id":"c"}"#
        let ofDocument = try LogoutTokenVerifier(json: document, revoked: { _ in true })
        #expect(
            code { try ofDocument.verifyWithoutReplayCheck(token, keys: keys, now: now) }
                == .revoked)
    }

    @Test func aDocumentCanWaiveTheCheck() async throws {
        let document =
            #"{"profile":"logout-token","issuer":"https://issuer.example","#
            + #""client_id":"c","without_replay_check":true}"#
        let waived = try LogoutTokenVerifier(json: document)
        _ = try await waived.verify(token, keys: keys, store: Broken(), now: now)
    }

    private func refusal(_ store: some ReplayStore) async -> VerificationError? {
        do {
            _ = try await logoutTokens.verify(token, keys: keys, store: store, now: now)
            return nil
        } catch {
            return error as? VerificationError
        }
    }
}

private actor Table: ReplayStore {
    var until: [Data: Moment] = [:]

    func admit(_ replay: Replay) -> Bool {
        guard until[replay.key] == nil else { return false }
        until[replay.key] = replay.until
        return true
    }
}

private struct Broken: ReplayStore {
    func admit(_ replay: Replay) async throws -> Bool { throw URLError(.cannotConnectToHost) }
}

private struct Hanging: ReplayStore {
    func admit(_ replay: Replay) async throws -> Bool {
        try await Task.sleep(for: .seconds(60))
        return true
    }
}

private let now = Moment(seconds: 1_700_000_000)
private let key =
    #"{"kty":"EC","kid":"p256","crv":"P-256","x":"jdlCglLTQb2aBjdlmD2QoJoSvKCxmR2hVV_6mI0U3-k","#
    + #""y":"p2_yLlnKlm3le2scFBEyV81kAw93hWIKlw5Kl4lmXdQ"}"#
/// `logout-token-type-logout` of the test vectors.
private let token = """
    eyJ0eXAiOiJsb2dvdXQrand0IiwiYWxnIjoiRVMyNTYiLCJraWQiOiJwMjU2In0.eyJpc3MiOiJodHRwczovL2lz\
    c3Vlci5leGFtcGxlIiwiYXVkIjoiYyIsInN1YiI6ImFsaWNlIiwiZXhwIjoxNzAwMDAwMTIwLCJpYXQiOjE3MDAw\
    MDAwMDAsImp0aSI6ImoxIiwic2lkIjoiczEiLCJldmVudHMiOnsiaHR0cDovL3NjaGVtYXMub3BlbmlkLm5ldC9l\
    dmVudC9iYWNrY2hhbm5lbC1sb2dvdXQiOnt9fX0.-fFHgmGdsU_I791fpoiuf4rUi_F_9YumExe4aylLwN1sUDtH\
    jH6hDr5x3a-VIVvBelBh2uvjZzNVua2889ra6w
    """
