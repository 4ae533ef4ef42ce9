import Foundation

/// The responses of one scenario, which it holds back or spoils as the scenario says.
final class ScriptedAnswers: @unchecked Sendable {
    typealias Request = LoopbackServer.Request
    typealias Answer = LoopbackServer.Answer

    /// A response, and what happens to it.
    struct Scripted {
        var answer = Answer()
        var fault: String?
        var holds = false
    }

    private let condition = NSCondition()
    // Under the condition's lock.
    private var seen: [Request] = []
    private var waiting = 0
    private var releases = 0
    private var isOver = false

    /// Replaces `{origin}`.
    let origin = Shared("")

    /// How many responses are held back while their clients still wait.
    var held: Int { condition.withLock { waiting } }

    /// The requests in order, except refused ones.
    var requests: [Request] { condition.withLock { seen } }

    func release() {
        condition.withLock {
            releases += 1
            waiting = 0
        }
    }

    /// Releases all waiting threads.
    func end() { condition.withLock { isOver = true } }

    /// Reads or changes the script while no response is being chosen.
    func locked<Value>(_ work: () -> Value) -> Value { condition.withLock(work) }

    func located(_ text: String) -> String {
        text.replacingOccurrences(of: "{origin}", with: origin.value)
    }

    /// Answers a request, in a thread of its own, which may block.
    func answer(_ request: Request, _ decide: () -> Scripted) -> Answer {
        condition.lock()
        defer { condition.unlock() }
        let scripted = decide()
        if scripted.fault == "refuse" { return Answer(raw: "") }
        seen.append(request)
        if scripted.holds {
            let before = releases
            waiting += 1
            defer { if releases == before { waiting -= 1 } }
            while releases == before, !isOver {
                if request.isAbandoned { return Answer(raw: "") }
                _ = condition.wait(until: Date(timeIntervalSinceNow: 0.002))
            }
        }
        var answer = scripted.answer
        // RFC 9110 §8.6: these have no body, and no length of one.
        answer.isClosedAtEnd = [204, 304].contains(answer.status)
        return with(scripted.fault, answer, request)
    }

    /// Reads the members that every response may have.
    func read(_ members: Members, into scripted: inout Scripted) throws {
        scripted.answer.status = members.whole("status") ?? 200
        scripted.answer.headers = members.textMap("headers").mapValues(located)
        scripted.fault = members.text("fault")
        scripted.holds = members.flag("hold")
        let known = [nil, "silence", "half", "reset", "refuse", "endless"]
        guard known.contains(scripted.fault) else { throw Mismatch("an unknown fault") }
    }

    private func with(_ fault: String?, _ answer: Answer, _ request: Request) -> Answer {
        var answer = answer
        switch fault {
        case "half":
            let whole = answer.octets ?? Array(answer.body.utf8)
            answer.length = whole.count
            answer.octets = Array(whole.prefix(whole.count / 2))
        case "reset":
            answer.raw = ""
        case "silence":
            while !isOver, !request.isAbandoned {
                _ = condition.wait(until: Date(timeIntervalSinceNow: 0.002))
            }
            answer.raw = ""
        case "endless":
            answer.headers["Transfer-Encoding"] = "chunked"
            answer.isClosedAtEnd = true
            answer.octets = Array("2000\r\n\(String(repeating: " ", count: 0x2000))\r\n".utf8)
            answer.times = .max
        default: break
        }
        return answer
    }
}

extension Members {
    /// Reads a literal body.
    func body() throws -> [UInt8]? {
        if let text = text("body") { return Array(text.utf8) }
        guard let encoded = text("body_base64") else { return nil }
        guard let octets = Data(base64Encoded: encoded) else { throw Mismatch("no Base64") }
        return Array(octets)
    }
}
