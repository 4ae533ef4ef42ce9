/// The responses of the token endpoint and of the service in a scenario.
final class SessionsScript: @unchecked Sendable {
    typealias Request = LoopbackServer.Request
    typealias Answer = LoopbackServer.Answer

    // Under the lock of the answers.
    private var endpoint = ScriptedAnswers.Scripted()
    private var accepted: [String] = []
    private var status = 200

    let answers = ScriptedAnswers()

    /// The requests to the token endpoint.
    var refreshes: [Request] { answers.requests.filter { $0.path == "/token" } }

    /// The tokens that were sent to the service for a request, in order.
    func sent(for number: String) -> [String] {
        answers.requests.filter { $0.headers["x-request"] == number }.map(Self.token(of:))
    }

    func setEndpoint(_ source: JSON) throws {
        let scripted = try Members.of(source) { members in
            var scripted = ScriptedAnswers.Scripted()
            let names = [
                ("access", "access_token"), ("refresh", "refresh_token"),
                ("expires_in", "expires_in"), ("error", "error"),
            ]
            let document = names.compactMap { name, member in
                members.take(name).map { (name: member, value: $0) }
            }
            scripted.answer.octets =
                try members.body() ?? Array(JSON.object(document).text.utf8)
            try answers.read(members, into: &scripted)
            return scripted
        }
        answers.locked { endpoint = scripted }
    }

    func setAPI(_ source: JSON) throws {
        let (accepted, status) = try Members.of(source) { members in
            guard let accepted = members.texts("accepts") else { throw Mismatch("no accepts") }
            return (accepted, members.whole("status") ?? 200)
        }
        answers.locked { (self.accepted, self.status) = (accepted, status) }
    }

    /// Answers a request, in a thread of its own, which may block.
    func answer(_ request: Request) -> Answer {
        answers.answer(request) {
            switch request.path {
            case "/token": endpoint
            case "/api": plain(accepted.contains(Self.token(of: request)) ? status : 401)
            default: plain(404)
            }
        }
    }

    private func plain(_ status: Int) -> ScriptedAnswers.Scripted {
        ScriptedAnswers.Scripted(answer: Answer(status: status))
    }

    private static func token(of request: Request) -> String {
        let authorization = request.headers["authorization"] ?? ""
        return authorization.hasPrefix("Bearer ") ? String(authorization.dropFirst(7)) : ""
    }
}
