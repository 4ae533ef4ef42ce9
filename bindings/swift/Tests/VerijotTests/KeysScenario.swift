import Foundation

@testable import Verijot

/// Plays one scenario of keys over time: clients, and a scripted issuer.
final class KeysScenario: StepScenario {
    private let fixtures: JSON
    private let clock = ScenarioClock()
    private let script: KeysScript
    private let server: LoopbackServer
    private let fetcher: ToLoopback
    private var clients: [String: JwksClient] = [:]
    private var started: [String: [Task<Outcome, Never>]] = [:]
    private var newClient: () throws -> JwksClient = { throw Mismatch("no client") }

    init(fixtures: JSON) {
        self.fixtures = fixtures
        let script = KeysScript(fixtures: fixtures)
        self.script = script
        server = LoopbackServer { script.answer($0) }
        script.answers.origin.value = server.url("")
        fetcher = ToLoopback(origin: server.url(""))
    }

    /// Plays a scenario. Returns the difference to it, if there is one.
    func play(_ scenario: JSON) async -> String? {
        defer { script.answers.end() }
        do {
            try script.setKeys(.object([]))
            try script.setMetadata(.object([]))
            let (steps, setupError) = try Members.of(scenario) { members in
                try members.description()
                // A text for readers; and tasks have no event loop of their own that could end.
                _ = (members.take("deployment"), members.take("loop_each_call"))
                _ = members.take("requires")
                let options = try options(members.take("settings") ?? .object([]))
                let source = members.take("source")
                newClient = { [unowned self] in try client(source, options) }
                return (members.take("steps")?.elements ?? [], members.text("setup_error"))
            }
            if let setupError { try compare("setup", setupError, setup()) }
            try await playSteps(steps)
            guard started.isEmpty else { throw Mismatch("a verify was not joined") }
            let strays = fetcher.strays.value
            guard strays.isEmpty else { throw Mismatch("requests to \(strays)") }
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func setup() throws -> String {
        do {
            _ = try newClient()
            return "ok"
        } catch let error as SetupError {
            return error.code.rawValue
        }
    }

    func act(_ step: JSON) async throws {
        let (name, action, value) = try Members.of(step) { members in
            if let at = members.seconds("at") { try clock.set(at) }
            let name = members.text("client") ?? "main"
            guard members.names.count == 1, let action = members.names.first,
                let value = members.take(action)
            else { throw Mismatch("not one action") }
            return (name, action, value)
        }
        switch action {
        case "issuer": try script.setKeys(value)
        case "metadata": try script.setMetadata(value)
        case "release": script.answers.release()
        case "verify": try await verify(named(name), value)
        case "join": try await join(value)
        case "seed": try await seed(named(name), value)
        // Swift cannot fork: the other client starts with the keys of the first.
        case "export_to", "fork_to":
            guard let snapshot = try named(name).export() else { throw Mismatch("nothing") }
            try await named(value.string).seed(snapshot)
        case "purge": try named(name).purge(value.string)
        case "restore": try named(name).restore(value.string)
        case "refresh_now":
            let client = try named(name)
            let awaited = try Members.of(value) { try expected($0) }
            try check(awaited, await outcome("ok") { try await client.refreshNow() })
        case "asleep": clock.sleep(value.seconds)
        case "restart": clients[name] = nil
        case "fetches", "metadata_fetches":
            let isMetadata = action != "fetches"
            try await eventually(action, value) { "\(script.count(metadata: isMetadata))" }
        case "health":
            let client = try named(name)
            for (member, right) in value.members {
                try await eventually(member, right) { try health(client, member) }
            }
        default: throw Mismatch("unknown action \(action)")
        }
    }

    private func verify(_ client: JwksClient, _ source: JSON) async throws {
        let (name, awaited, verifying) = try Members.of(source) {
            members -> (String?, Outcome?, [Task<Outcome, Never>]) in
            guard let name = members.text("token"), let token = fixtures["tokens"]?[name]?.string
            else { throw Mismatch("no such token") }
            let verifying = (0..<(members.whole("times") ?? 1)).map { _ in
                Task { await outcome("accepted") { _ = try await client.verify(token) } }
            }
            let known = members.text("as")
            return (known, known == nil ? try expected(members) : nil, verifying)
        }
        if let awaited {
            try await all(verifying, awaited)
        } else if let name {
            try await awaitStart()
            started[name] = verifying
        }
    }

    private func join(_ source: JSON) async throws {
        let (name, awaited) = try Members.of(source) { members -> (String, Outcome) in
            (members.text("as") ?? "", try expected(members))
        }
        guard let verifying = started.removeValue(forKey: name) else {
            throw Mismatch("nothing to join")
        }
        try await all(verifying, awaited)
    }

    private func seed(_ client: JwksClient, _ source: JSON) async throws {
        let (jwks, age, hash, expected) = try Members.of(source) { members in
            guard let age = members.whole("age") else { throw Mismatch("no age") }
            return (
                try script.jwks(members.texts("keys") ?? []), age, members.text("sha256"),
                members.text("expect")
            )
        }
        let fetchedAt = clock.now.seconds - Int64(age)
        var sha256: String?
        if let hash {
            // Another client computes the hash.
            let other = try newClient()
            try await other.seed(KeySnapshot(jwks: jwks, fetchedAt: fetchedAt))
            let right = other.export()!.sha256!
            sha256 = hash == "right" ? right : String(right.reversed())
            guard ["right", "wrong"].contains(hash) else { throw Mismatch("unknown \(hash)") }
        }
        var outcome = "ok"
        do {
            try await client.seed(KeySnapshot(jwks: jwks, fetchedAt: fetchedAt, sha256: sha256))
        } catch {
            outcome = error.code.rawValue
        }
        try compare("seed", expected, outcome)
    }

    private func health(_ client: JwksClient, _ member: String) throws -> String {
        let health = client.health
        return switch member {
        case "usable_keys": "\(health.usableKeys)"
        case "is_fresh": "\(health.isFresh)"
        case "is_seed": "\(health.isSeed)"
        case "is_fetching": "\(health.isFetching)"
        case "failures": "\(health.failures)"
        case "purged": JSON.array(health.purged.map(JSON.string)).text
        default: throw Mismatch("unknown member \(member) of health")
        }
    }

    private func expected(_ members: Members) throws -> Outcome {
        guard let code = members.text("expect") else { throw Mismatch("nothing is expected") }
        return Outcome(code: code, retryAfter: members.whole("retry_after"))
    }

    private func all(_ verifying: [Task<Outcome, Never>], _ expected: Outcome) async throws {
        for task in verifying { try check(expected, await task.value) }
    }

    private func check(_ expected: Outcome, _ actual: Outcome) throws {
        let isRight = expected.retryAfter == nil || expected.retryAfter == actual.retryAfter
        if expected.code != actual.code || !isRight {
            throw Mismatch("\(actual) instead of \(expected)")
        }
    }

    private func named(_ name: String) throws -> JwksClient {
        if let client = clients[name] { return client }
        let client = try newClient()
        clients[name] = client
        return client
    }

    private func client(_ source: JSON?, _ options: JwksClient.Options) throws -> JwksClient {
        let verifier = try Verifier(
            issuer: "https://issuer.example", audience: "https://api.example")
        let standard = JSON.object([(name: "jwks_url", value: .string("{origin}/keys"))])
        return try Members.of(source ?? standard) { members in
            if let url = members.text("jwks_url") {
                return try JwksClient(
                    url: script.located(url), verifier: verifier, options: options)
            }
            guard let issuer = members.text("issuer") else { throw Mismatch("unknown source") }
            return try JwksClient(
                issuer: script.located(issuer), verifier: verifier, options: options)
        }
    }

    private func options(_ source: JSON) throws -> JwksClient.Options {
        var options = JwksClient.Options()
        options.clock = clock
        options.fetcher = fetcher
        return try Members.of(source) { members in
            options.settings.freshFor = members.seconds("fresh_for")
            options.settings.shortestFresh = members.seconds("shortest_fresh")
            options.settings.longestFresh = members.seconds("longest_fresh")
            options.settings.revalidateFor = members.seconds("revalidate_for")
            options.settings.staleFor = members.seconds("stale_for")
            options.settings.staleDespiteHeaders = members.flag("stale_despite_headers")
            options.settings.emptySetRevokes = members.flag("empty_set_revokes")
            options.settings.purposes = members.texts("purposes")
            options.settings.certificates = members.texts("certificates")?.map(Algorithm.init)
            options.settings.unknownWindow = members.seconds("unknown_window")
            options.settings.shortestRest = members.seconds("shortest_rest")
            options.settings.longestRest = members.seconds("longest_rest")
            options.settings.fetchTimeout = members.seconds("fetch_timeout")
            options.settings.maxKeys = members.whole("max_keys")
            options.settings.maxOctets = members.whole("max_octets")
            options.allowedHosts = members.texts("allowed_hosts")
            options.allowPlainHTTP = members.flag("plain_http")
            return options
        }
    }

    func isCalm() async -> Bool {
        let fetching = clients.values.filter(\.health.isFetching).count
        return max(fetching, fetcher.inFlight.value) <= script.answers.held
    }
}

/// `accepted`, `ok` or a code, and the whole seconds of Retry-After.
private struct Outcome: Sendable {
    let code: String
    let retryAfter: Int?
}

private func outcome(
    _ good: String, _ call: @Sendable () async throws -> Void
) async -> Outcome {
    do {
        try await call()
        return Outcome(code: good, retryAfter: nil)
    } catch let error as VerificationError {
        return Outcome(code: error.code.rawValue, retryAfter: error.retryAfter)
    } catch {
        return Outcome(code: "\(error)", retryAfter: nil)
    }
}

/// Sends requests for hosts under `example` to the scenario's server, and refuses all other hosts.
private struct ToLoopback: Fetcher {
    let origin: String
    let inFlight = Counter()
    let strays = Shared<[String]>([])

    func fetch(_ request: FetchRequest, maxOctets: Int) async throws -> FetchResponse {
        inFlight.add(1)
        defer { inFlight.add(-1) }
        let isNamed = request.url.host()?.hasSuffix(".example") ?? false
        guard isNamed || request.url.absoluteString.hasPrefix(origin),
            let url = URL(string: origin + request.url.path())
        else {
            strays.value += [request.url.absoluteString]
            throw URLError(.cannotFindHost)
        }
        let local = FetchRequest(url: url, headers: request.headers, timeout: request.timeout)
        return try await URLSessionFetcher().fetch(local, maxOctets: maxOctets)
    }
}
