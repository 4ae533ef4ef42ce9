import Foundation
import Testing

@testable import Verijot

@Suite(.timeLimit(.minutes(1))) struct SessionTests {
    private let clock = ScenarioClock()
    private let keeper = ScriptedKeeper()
    private let session: TokenSession

    init() { session = TokenSession(keeper: keeper, clock: clock) }

    @Test func servesAllWaitingTasksWithOneRefreshAndStoresItsTokensFirst() async throws {
        try await resumeExpired()
        keeper.storeGate.close()
        let waiting = (0..<100).map { _ in Task { try await session.authorization() } }
        await until { keeper.refreshes.value == 1 && !session.health.isRefreshing }
        try await Task.sleep(for: .milliseconds(20))
        #expect(keeper.stored.value == [])
        keeper.storeGate.open()
        for task in waiting { #expect(try await task.value == "Bearer A1") }
        #expect(keeper.stored.value == ["A1"])
        #expect(keeper.refreshes.value == 1)
    }

    @Test func aCancelledTaskDoesNotDisturbOthers() async throws {
        try await resumeExpired()
        keeper.refreshGate.close()
        let first = Task { try await session.authorization() }
        await until { keeper.refreshes.value == 1 }
        let others = (0..<20).map { _ in Task { try await session.authorization() } }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        keeper.refreshGate.open()
        for task in others { #expect(try await task.value == "Bearer A1") }
        #expect(keeper.refreshes.value == 1)
    }

    @Test func storesTheTokensOfACancelledSignIn() async throws {
        keeper.storeGate.close()
        let tokens = try tokens("A0")
        let signIn = Task { await session.signIn(tokens) }
        await until { session.health.isSignedIn }
        signIn.cancel()
        keeper.storeGate.open()
        #expect(try await session.authorization() == "Bearer A0")
        #expect(keeper.stored.value == ["A0"])
    }

    @Test func usesTokensEvenIfStoringFails() async throws {
        try await resumeExpired()
        keeper.storingFails.value = true
        #expect(try await session.authorization() == "Bearer A1")
        #expect(keeper.stored.value == [])
    }

    @Test func retriesARefusedRequestOnce() async throws {
        try await session.resume(tokens("A0"), age: .zero)
        let sent = Shared<[String]>([])
        let status = try await session.execute(api, status: { $0 }) { authorization in
            sent.value += [authorization]
            return authorization == "Bearer A0" ? 401 : 200
        }
        #expect(status == 200)
        #expect(sent.value == ["Bearer A0", "Bearer A1"])
        // The new token is not refreshed again because of a 401.
        #expect(try await session.execute(api, status: { $0 }) { _ in 401 } == 401)
        #expect(keeper.refreshes.value == 1)
    }

    @Test func passesOnErrorsAndSendsNoTokenOverPlainHTTP() async throws {
        try await session.resume(tokens("A0"), age: .zero)
        await #expect(throws: URLError.self) {
            try await session.execute(api, status: { $0 }) { _ -> Int in throw URLError(.timedOut) }
        }
        for url in ["http://api.example/", "ftp://api.example/", "notes"] {
            do {
                _ = try await session.execute(URL(string: url)!, status: { $0 }) { _ in 200 }
                Issue.record("sent to \(url)")
            } catch let error as AccessTokenError {
                #expect(error.code == "unsafe_url")
            }
        }
    }

    @Test func requiresASignInIfThereAreNoTokens() async throws {
        await #expect(throws: AccessTokenError.signInNeeded) { try await session.authorization() }
        await session.signIn(try tokens("A0"))
        #expect(keeper.stored.value == ["A0"])
        #expect(try await session.authorization() == "Bearer A0")
        #expect(session.health.expiresIn == .seconds(3600))
        await session.signOut()
        await #expect(throws: AccessTokenError.signInNeeded) { try await session.authorization() }
    }

    @Test func endsTheSessionOnlyForInvalidGrant() async throws {
        try await resumeExpired()
        keeper.failure.value = RefreshFailedError(status: 503, body: Data())
        let unavailable = AccessTokenError.refreshUnavailable(retryAfter: .seconds(1))
        await #expect(throws: unavailable) { try await session.authorization() }
        #expect(session.health.lastFailure == "unexpected_status: 503")
        try clock.set(.seconds(1))
        let body = Data(#"{"error":"invalid_grant"}"#.utf8)
        keeper.failure.value = RefreshFailedError(status: 400, body: body)
        await #expect(throws: AccessTokenError.signInNeeded) { try await session.authorization() }
        #expect(session.health.lastFailure == "invalid_grant")
    }

    @Test func treatsOtherErrorsAsNoResponseAndDoesNotRefreshWithoutStorage() async throws {
        try await resumeExpired()
        keeper.canStoreNow.value = false
        await #expect(throws: AccessTokenError.storageNeeded) { try await session.authorization() }
        #expect(keeper.refreshes.value == 0)
        keeper.canStoreNow.value = true
        keeper.failure.value = URLError(.timedOut)
        let unavailable = AccessTokenError.refreshUnavailable(retryAfter: .seconds(1))
        await #expect(throws: unavailable) { try await session.authorization() }
        #expect(session.health.lastFailure == "no_answer")
    }

    @Test func takesTokensThatArriveAfterTheTimeout() async throws {
        var settings = RefreshSettings()
        settings.refreshTimeout = .milliseconds(100)
        let session = TokenSession(keeper: keeper, settings: settings, clock: clock)
        try await session.resume(tokens("A0"), age: .seconds(3600))
        // The keeper ignores its cancellation.
        keeper.refreshGate.close()
        await #expect(throws: AccessTokenError.self) { try await session.authorization() }
        #expect(session.health.lastFailure == "timed_out")
        try clock.set(.seconds(1))
        // The first refresh may have used up its refresh token.
        await #expect(throws: AccessTokenError.self) { try await session.authorization() }
        #expect(keeper.refreshes.value == 1)
        keeper.refreshGate.open()
        await until { session.health.isValid }
        #expect(try await session.authorization() == "Bearer A1")
        #expect(keeper.stored.value == ["A1"])
    }

    @Test func aRefreshMayTakeAnyTime() async throws {
        var settings = RefreshSettings()
        settings.refreshTimeout = .seconds(Int64.max)
        let session = TokenSession(keeper: keeper, settings: settings, clock: clock)
        try await session.resume(tokens("A0"), age: .seconds(3600))
        keeper.refreshGate.close()
        let waiting = Task { try await session.authorization() }
        await until { keeper.refreshes.value == 1 }
        try await Task.sleep(for: .milliseconds(50))
        #expect(session.health.lastFailure == nil)
        keeper.refreshGate.open()
        #expect(try await waiting.value == "Bearer A1")
    }

    @Test func refusesTokensThatNoHeaderCanCarry() {
        for token in ["", "a b", "a\r\nX: y", "\u{e9}"] {
            #expect(throws: VerificationError.self) { try IssuedTokens(accessToken: token) }
        }
    }

    @Test func neverShowsAToken() async throws {
        let tokens = try tokens("A0")
        await session.resume(tokens, age: .zero)
        var dumped = ""
        dump(tokens, to: &dumped)
        for shown in ["\(tokens)", dumped, "\(session)", "\(session.health)"] {
            #expect(!shown.contains("A0") && !shown.contains("R0"), "\(shown)")
        }
    }

    private let api = URL(string: "https://api.example/notes")!

    private func tokens(_ accessToken: String) throws -> IssuedTokens {
        try IssuedTokens(
            accessToken: accessToken, refreshToken: "R0", expiresIn: .seconds(3600))
    }

    private func resumeExpired() async throws {
        try await session.resume(tokens("A0"), age: .seconds(3600))
    }

    private func until(_ condition: () -> Bool) async {
        while !condition() { try? await Task.sleep(for: .milliseconds(1)) }
    }
}

/// Issues `A1`, `A2` and so on, valid for an hour, while its gates are open.
private final class ScriptedKeeper: TokenKeeper, Sendable {
    let refreshes = Counter()
    let stored = Shared<[String]>([])
    let refreshGate = Turnstile()
    let storeGate = Turnstile()
    let canStoreNow = Shared(true)
    let storingFails = Shared(false)
    /// Thrown instead of a response.
    let failure = Shared<(any Error)?>(nil)

    func refresh(_ refreshToken: String) async throws -> IssuedTokens {
        refreshes.add(1)
        let number = refreshes.value
        await refreshGate.pass()
        if let failure = failure.value { throw failure }
        return try IssuedTokens(accessToken: "A\(number)", expiresIn: .seconds(3600))
    }

    func store(_ tokens: IssuedTokens) async throws {
        await storeGate.pass()
        if storingFails.value { throw CocoaError(.fileWriteUnknown) }
        stored.value += [tokens.accessToken]
    }

    var canStore: Bool { canStoreNow.value }
}

/// Holds tasks while it is closed, even cancelled ones.
private final class Turnstile: Sendable {
    private let isClosed = Shared(false)

    func close() { isClosed.value = true }

    func open() { isClosed.value = false }

    func pass() async {
        while isClosed.value { await Task.yield() }
    }
}
