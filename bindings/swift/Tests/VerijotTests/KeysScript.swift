import Foundation

/// How the issuer of a scenario answers.
final class KeysScript: @unchecked Sendable {
    typealias Request = LoopbackServer.Request
    typealias Answer = LoopbackServer.Answer

    private struct Scripted {
        var answer = Answer()
        var tag: String?
        var isUnmodified = false
        var fault: String?
        var holds = false
    }

    private let fixtures: JSON
    private let condition = NSCondition()
    // Under the condition's lock.
    private var keys = Scripted()
    private var elsewhere: [String: Scripted] = [:]
    private var metadata = Scripted()
    private var paths: [String] = []
    private var waiting = 0
    private var releases = 0
    private var isOver = false

    /// Where `{origin}` is.
    let origin = Shared("")

    init(fixtures: JSON) { self.fixtures = fixtures }

    /// Requests whose answer is held, and whose client still waits for it.
    var held: Int { condition.withLock { waiting } }

    func count(metadata: Bool) -> Int {
        condition.withLock { paths.filter { Self.isMetadata($0) == metadata }.count }
    }

    func release() { condition.withLock { releases += 1 } }

    /// Lets all go that wait.
    func end() { condition.withLock { isOver = true } }

    func setKeys(_ source: JSON) throws {
        let (path, scripted) = try Members.of(source) { members in
            let path = members.text("path")
            var scripted = Scripted()
            let known = try jwks(
                members.texts("keys") ?? [], more: members.whole("more_keys") ?? 0,
                octets: members.whole("pad_octets") ?? 0)
            scripted.answer.octets =
                members.text("body").map { Array($0.utf8) }
                ?? members.text("body_base64").map { Array(Data(base64Encoded: $0)!) }
                ?? Array(known.utf8)
            read(members, into: &scripted)
            scripted.tag = members.text("etag")
            scripted.isUnmodified = members.flag("not_modified")
            if let tag = scripted.tag { scripted.answer.headers["ETag"] = tag }
            return (path, scripted)
        }
        condition.withLock {
            if let path { elsewhere[path] = scripted } else { keys = scripted }
        }
    }

    func setMetadata(_ source: JSON) throws {
        let scripted = try Members.of(source) { members in
            let issuer = located(members.text("issuer") ?? "{origin}")
            let place = located(members.text("jwks_uri") ?? "{origin}/keys")
            var scripted = Scripted()
            let document = JSON.object([
                (name: "issuer", value: .string(issuer)), (name: "jwks_uri", value: .string(place)),
            ])
            scripted.answer.body = members.text("body") ?? document.text
            read(members, into: &scripted)
            return scripted
        }
        condition.withLock { metadata = scripted }
    }

    /// A set of the fixtures' keys.
    func jwks(_ names: [String], more: Int = 0, octets: Int = 0) throws -> String {
        var keys = try names.map { name in
            guard let key = fixtures["keys"]?[name] else { throw Mismatch("no key \(name)") }
            return key
        }
        for number in 0..<more {
            let key = fixtures["keys"]!["d"]!.members.map { member in
                member.name == "kid"
                    ? (name: "kid", value: .string("more-\(number + 1)")) : member
            }
            keys.append(.object(key))
        }
        let set = JSON.object([(name: "keys", value: .array(keys))]).text
        return set + String(repeating: " ", count: max(octets - set.utf8.count, 0))
    }

    func located(_ text: String) -> String {
        text.replacingOccurrences(of: "{origin}", with: origin.value)
    }

    /// In a thread of its own for each request, which may wait.
    func answer(_ request: Request) -> Answer {
        condition.lock()
        defer { condition.unlock() }
        let scripted =
            Self.isMetadata(request.path) ? metadata : elsewhere[request.path] ?? keys
        if scripted.fault == "refuse" { return Answer(raw: "") }
        paths.append(request.path)
        if scripted.holds {
            let before = releases
            waiting += 1
            defer { waiting -= 1 }
            while releases == before, !isOver {
                if request.isAbandoned { return Answer(raw: "") }
                _ = condition.wait(until: Date(timeIntervalSinceNow: 0.002))
            }
        }
        let asked = request.headers["if-none-match"]
        var answer = scripted.answer
        if scripted.isUnmodified || (asked != nil && asked == scripted.tag) {
            answer.status = 304
            answer.octets = []
        }
        // RFC 9110 §8.6: these have no body, and no length of one.
        answer.isClosedAtEnd = [204, 304].contains(answer.status)
        return with(scripted.fault, answer, request)
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

    private func read(_ members: Members, into scripted: inout Scripted) {
        scripted.answer.status = members.whole("status") ?? 200
        scripted.answer.headers = members.textMap("headers").mapValues(located)
        scripted.fault = members.text("fault")
        scripted.holds = members.flag("hold")
        let known = [nil, "silence", "half", "reset", "refuse", "endless"]
        precondition(known.contains(scripted.fault), "an unknown fault")
    }

    private static func isMetadata(_ path: String) -> Bool {
        path.contains("/.well-known/") && !path.hasSuffix("/jwks.json")
    }
}
