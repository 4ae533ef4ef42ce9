import Foundation
import Verijot

/// Plays one scenario of guards: one request to a route, and the whole response.
struct GuardScenario {
    private typealias Route = @Sendable (LoopbackServer.Request) -> LoopbackServer.Answer

    let fixtures: JSON

    /// Plays a scenario. Returns the difference to it, if there is one.
    func play(_ scenario: JSON) async -> String? {
        do {
            let (source, headers, answer, setupError) = try Members.of(scenario) { members in
                try members.description()
                guard let source = members.take("guard") else { throw Mismatch("no guard") }
                let headers = members.take("headers")?.elements ?? []
                return (source, headers, members.take("answer"), members.text("setup_error"))
            }
            guard (answer == nil) != (setupError == nil) else {
                throw Mismatch("either `answer` or `setup_error`")
            }
            let route = Shared<Route>({ _ in .init(status: 500) })
            let server = LoopbackServer { route.value($0) }
            do {
                route.value = try await self.route(source, server)
            } catch let error as SetupError {
                return error.code.rawValue == setupError ? nil : "\(error)"
            }
            guard let answer else { return "it is built, not \(setupError ?? "")" }
            let lines = try headers.map { line in
                "\(line.elements[0].string): \(try filled(line.elements[1].string))\r\n"
            }
            let request = "GET /subject HTTP/1.1\r\nHost: api\r\n\(lines.joined())\r\n"
            try compare(server.exchange(request), answer)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// The guarded route. Its keys can be fetched, unless the scenario makes the issuer
    /// unavailable.
    private func route(_ source: JSON, _ server: LoopbackServer) async throws -> Route {
        let (gate, checks, outage) = try Members.of(source) { members in
            let place = try place(members.take("place"))
            let checks = try (members.texts("revocation") ?? []).map { name in
                guard let check = Check(rawValue: name) else { throw Mismatch("no check \(name)") }
                return check
            }
            let outage = members.seconds("keys_unavailable_for")
            let isOptional = members.flag("optional")
            let (demand, realm) = (members.take("demand"), members.text("realm"))
            let metadata = members.text("resource_metadata")
            let gate = Result {
                try Guard(
                    try self.demand(demand), place: place, isOptional: isOptional, realm: realm,
                    resourceMetadata: metadata)
            }
            return (gate, checks, outage)
        }
        let guarding = try gate.get()
        var options = JwksClient.Options()
        options.clock = ScenarioClock()
        options.revocationTimeout = .milliseconds(200)
        options.settings.shortestRest = outage
        if !checks.isEmpty {
            options.revoked = { _ in
                for check in checks where try await check.isRevoked() { return true }
                return false
            }
        }
        let verifier = try Verifier(
            issuer: "https://issuer.example", audience: "https://api.example")
        let client = try JwksClient(
            url: server.url("/keys"), verifier: verifier, options: options)
        let jwks = fixtures["jwks"]?.text ?? ""
        return { request in
            guard request.path == "/subject" else {
                return outage == nil ? .init(body: jwks) : .init(status: 500)
            }
            let values = request.lines.filter { $0.name == guarding.headerName }.map(\.value)
            let decided = Shared<Admission?>(nil)
            let isDecided = DispatchSemaphore(value: 0)
            Task.detached {
                decided.value = await guarding.decide(values, client: client)
                isDecided.signal()
            }
            // Blocks a thread of the server.
            isDecided.wait()
            switch decided.value {
            case .admitted(let token): return .init(body: Self.body(token?.subject))
            case .refused(let answer, _):
                return .init(status: answer.status, headers: answer.headers, body: answer.body)
            case nil: return .init(status: 500)
            }
        }
    }

    private func place(_ source: JSON?) throws -> TokenPlace {
        switch source {
        case .string("authorization"): return .authorization
        case .object(let members) where members.count == 1 && members[0].name == "header":
            return .header(members[0].value.string)
        case .object(let members) where members.count == 1 && members[0].name == "cookie":
            return .cookie(members[0].value.string)
        default: throw Mismatch("unknown place")
        }
    }

    private func demand(_ source: JSON?) throws -> Demand? {
        guard let source else { return nil }
        guard case .array(let documents) = source, let first = documents.first else {
            return try Demand(json: source.text)
        }
        return try documents.dropFirst().reduce(Demand(json: first.text)) { whole, document in
            try whole.and(Demand(json: document.text))
        }
    }

    private func compare(_ received: String, _ expected: JSON) throws {
        let parts = received.components(separatedBy: "\r\n\r\n")
        let lines = parts[0].components(separatedBy: "\r\n")
        guard parts.count == 2, let status = lines[0].split(separator: " ").dropFirst().first
        else { throw Mismatch("no answer: \(received)") }
        let headers = lines.dropFirst().map { $0.components(separatedBy: ": ") }
        try Members.of(expected) { members in
            let subject = members.text("subject")
            let body = members.text("body") ?? Self.body(subject)
            guard members.whole("status").map(String.init) == String(status), parts[1] == body
            else { throw Mismatch("\(status) \(parts[1]) instead of \(expected.text)") }
            if let code = members.text("code"), !body.contains(code) {
                throw Mismatch("another code: \(body)")
            }
            for (name, value) in members.take("headers")?.members ?? [] {
                let values = headers.filter { $0[0].lowercased() == name.lowercased() }
                    .map { $0.dropFirst().joined(separator: ": ") }
                guard values == (value.isNull ? [] : [value.string]) else {
                    throw Mismatch("\(name): \(values) instead of \(value.text)")
                }
            }
        }
    }

    /// Replaces `{token:NAME}` by tokens.
    private func filled(_ value: String) throws -> String {
        let parts = value.components(separatedBy: "{token:")
        return try parts.dropFirst().reduce(parts[0]) { filled, part in
            guard let end = part.firstIndex(of: "}"),
                let token = fixtures["tokens"]?[String(part[..<end])]
            else { throw Mismatch("no such token") }
            return filled + token.string + part[part.index(after: end)...]
        }
    }

    private static func body(_ subject: String?) -> String {
        #"{"subject":\#(subject.map { JSON.string($0).text } ?? "null")}"#
    }
}

/// What a revocation check does.
private enum Check: String {
    case clear, revoked, unavailable, error, slow

    func isRevoked() async throws -> Bool {
        switch self {
        case .clear: return false
        case .revoked: return true
        case .unavailable, .error: throw Mismatch("a check that fails")
        case .slow:
            try await Task.sleep(for: .seconds(60))
            return false
        }
    }
}
