import Foundation

@testable import Verijot

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Plays one scenario of sessions: a client, a scripted token endpoint and a scripted service.
final class SessionsScenario: StepScenario {
    private let clock = ScenarioClock()
    private let script = SessionsScript()
    private let server: LoopbackServer
    private let keeper: ScenarioKeeper
    private var session: TokenSession
    private var started: [String: [Started]] = [:]
    private var lastNumber = 0

    /// A started request, and the number that the server knows it by.
    private struct Started {
        let number: String
        let outcome: Task<Outcome, Never>
    }

    init() {
        let script = script
        server = LoopbackServer { script.answer($0) }
        script.answers.origin.value = server.url("")
        keeper = ScenarioKeeper(endpoint: server.url("/token"))
        session = TokenSession(keeper: keeper, clock: clock)
    }

    /// Plays a scenario. Returns the difference to it, if there is one.
    func play(_ scenario: JSON) async -> String? {
        defer { script.answers.end() }
        do {
            let steps = try Members.of(scenario) { members in
                try members.description()
                let settings = try settings(members.take("settings") ?? .object([]))
                session = TokenSession(keeper: keeper, settings: settings, clock: clock)
                guard let steps = members.take("steps") else { throw Mismatch("no steps") }
                return steps.elements
            }
            try await playSteps(steps)
            guard started.isEmpty else { throw Mismatch("a request was not joined") }
            return nil
        } catch {
            return "\(error)"
        }
    }

    func act(_ step: JSON) async throws {
        let (action, value) = try Members.of(step) { members in
            if let at = members.seconds("at") { try clock.set(at) }
            guard members.names.count == 1, let action = members.names.first else {
                throw Mismatch("not one action")
            }
            return (action, members.take(action) ?? .null)
        }
        switch action {
        case "sign_in": await session.signIn(try Members.of(value) { try tokens($0) })
        case "resume":
            let (resumed, age) = try Members.of(value) { members in
                guard let age = members.seconds("age") else { throw Mismatch("no age") }
                return (try tokens(members), age)
            }
            await session.resume(resumed, age: age)
        case "sign_out" where value.bool: await session.signOut()
        case "endpoint": try script.setEndpoint(value)
        case "api": try script.setAPI(value)
        case "storage":
            guard let storage = ScenarioKeeper.Storage(rawValue: value.string) else {
                throw Mismatch("unknown storage \(value.string)")
            }
            keeper.storage.value = storage
        case "request": try await request(value)
        case "join": try await join(value)
        case "release" where value.bool: script.answers.release()
        case "refreshes": try await eventually(action, value) { "\(script.refreshes.count)" }
        case "refresh_token_sent":
            try await eventually(action, value) { JSON.string(refreshTokenSent()).text }
        case "stored": try await eventually(action, value) { keeper.stored.value.text }
        case "asleep": clock.sleep(value.seconds)
        case "health":
            for (member, right) in value.members {
                try await eventually(member, right) { try health(member) }
            }
        default: throw Mismatch("unknown action \(action)")
        }
    }

    private func request(_ source: JSON) async throws {
        let (url, times, name, expected) = try Members.of(source) { members in
            (
                members.text("url") ?? server.url("/api"), members.whole("times") ?? 1,
                members.text("as"), try Expected(members)
            )
        }
        let sending = (0..<times).map { _ in
            lastNumber += 1
            let number = "\(lastNumber)"
            return Started(
                number: number,
                outcome: Task { [session] in await outcome(session, url, number) })
        }
        if let name {
            try await awaitStart()
            started[name] = sending
        } else {
            try await check(sending, expected)
        }
    }

    private func join(_ source: JSON) async throws {
        let (name, expected) = try Members.of(source) { members in
            (members.text("as") ?? "", try Expected(members))
        }
        guard let sending = started.removeValue(forKey: name) else {
            throw Mismatch("nothing to join")
        }
        try await check(sending, expected)
    }

    private func check(_ sending: [Started], _ expected: Expected) async throws {
        for request in sending {
            let actual = await request.outcome.value
            let isRight =
                expected.outcome.retryAfter == nil
                || expected.outcome.retryAfter == actual.retryAfter
            guard actual.result == expected.outcome.result, isRight else {
                throw Mismatch("\(actual) instead of \(expected.outcome)")
            }
            let sent = script.sent(for: request.number)
            guard sent == expected.sent else {
                throw Mismatch("sent \(sent) instead of \(expected.sent)")
            }
        }
    }

    private func refreshTokenSent() -> String {
        let pairs = (script.refreshes.last?.body ?? "").split(separator: "&")
        let name = "refresh_token="
        return pairs.first { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count)) } ?? ""
    }

    private func health(_ member: String) throws -> String {
        let health = session.health
        return switch member {
        case "signed_in": "\(health.isSignedIn)"
        case "is_valid": "\(health.isValid)"
        case "is_refreshing": "\(health.isRefreshing)"
        case "failures": "\(health.failures)"
        default: throw Mismatch("unknown member \(member) of health")
        }
    }

    private func settings(_ source: JSON) throws -> RefreshSettings {
        try Members.of(source) { members in
            var settings = RefreshSettings()
            settings.skew = members.seconds("skew")
            settings.unauthorizedRest = members.seconds("unauthorized_rest")
            settings.shortestRest = members.seconds("shortest_rest")
            settings.longestRest = members.seconds("longest_rest")
            settings.refreshTimeout = members.seconds("refresh_timeout")
            return settings
        }
    }

    private func tokens(_ members: Members) throws -> IssuedTokens {
        guard let access = members.text("access") else { throw Mismatch("no access token") }
        let life = members.whole("expires_in")
        return try IssuedTokens(
            accessToken: access, refreshToken: members.text("refresh"),
            expiresIn: life.map { .seconds($0) })
    }

    func isCalm() async -> Bool {
        let refreshing = session.health.isRefreshing ? 1 : 0
        let underWay = await session.refreshing.count
        return max(refreshing, underWay) <= script.answers.held
    }
}

/// The outcome of a request.
private struct Outcome: Sendable {
    /// The status, or the error's code.
    let result: String
    /// Whole seconds until the next refresh, rounded up.
    var retryAfter: Int?
}

/// The expected outcome of a request, and the tokens that are sent for it.
private struct Expected {
    let outcome: Outcome
    let sent: [String]

    init(_ members: Members) throws {
        let (status, error) = (members.whole("status"), members.text("error"))
        guard let result = status.map({ "\($0)" }) ?? error, status == nil || error == nil,
            let sent = members.texts("sent")
        else { throw Mismatch("nothing is expected") }
        outcome = Outcome(result: result, retryAfter: members.whole("retry_after"))
        self.sent = sent
    }
}

private func outcome(_ session: TokenSession, _ url: String, _ number: String) async -> Outcome {
    let url = URL(string: url)!
    do {
        let answer = try await session.execute(url, status: \.status) { authorization in
            var request = URLRequest(url: url)
            request.setValue(number, forHTTPHeaderField: "X-Request")
            request.setValue(authorization, forHTTPHeaderField: "Authorization")
            return try await send(request)
        }
        return Outcome(result: "\(answer.status)")
    } catch AccessTokenError.refreshUnavailable(let retryAfter) {
        let (seconds, rest) = retryAfter.components
        return Outcome(result: "unavailable", retryAfter: Int(seconds) + (rest > 0 ? 1 : 0))
    } catch let error as AccessTokenError {
        return Outcome(result: error.code)
    } catch is URLError {
        return Outcome(result: "no_answer")
    } catch {
        return Outcome(result: "\(error)")
    }
}
