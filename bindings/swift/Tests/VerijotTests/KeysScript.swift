import Foundation

/// The responses of the issuer in a scenario.
final class KeysScript: @unchecked Sendable {
    typealias Request = LoopbackServer.Request
    typealias Answer = LoopbackServer.Answer

    private struct Keys {
        var scripted = ScriptedAnswers.Scripted()
        var tag: String?
        var isUnmodified = false
    }

    private let fixtures: JSON
    // Under the lock of the answers.
    private var keys = Keys()
    private var keysByPath: [String: Keys] = [:]
    private var metadata = ScriptedAnswers.Scripted()

    let answers = ScriptedAnswers()

    init(fixtures: JSON) { self.fixtures = fixtures }

    func count(metadata: Bool) -> Int {
        answers.requests.filter { Self.isMetadata($0.path) == metadata }.count
    }

    func setKeys(_ source: JSON) throws {
        let (path, keys) = try Members.of(source) { members in
            let path = members.text("path")
            var keys = Keys()
            let known = try jwks(
                members.texts("keys") ?? [], more: members.whole("more_keys") ?? 0,
                octets: members.whole("pad_octets") ?? 0)
            keys.scripted.answer.octets = try members.body() ?? Array(known.utf8)
            try answers.read(members, into: &keys.scripted)
            keys.tag = members.text("etag")
            keys.isUnmodified = members.flag("not_modified")
            if let tag = keys.tag { keys.scripted.answer.headers["ETag"] = tag }
            return (path, keys)
        }
        answers.locked {
            if let path { keysByPath[path] = keys } else { self.keys = keys }
        }
    }

    func setMetadata(_ source: JSON) throws {
        let scripted = try Members.of(source) { members in
            let issuer = located(members.text("issuer") ?? "{origin}")
            let place = located(members.text("jwks_uri") ?? "{origin}/keys")
            var scripted = ScriptedAnswers.Scripted()
            let document = JSON.object([
                (name: "issuer", value: .string(issuer)), (name: "jwks_uri", value: .string(place)),
            ])
            scripted.answer.body = members.text("body") ?? document.text
            try answers.read(members, into: &scripted)
            return scripted
        }
        answers.locked { metadata = scripted }
    }

    /// A set of keys from the fixtures.
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

    func located(_ text: String) -> String { answers.located(text) }

    /// Answers a request, in a thread of its own, which may block.
    func answer(_ request: Request) -> Answer {
        answers.answer(request) {
            if Self.isMetadata(request.path) { return metadata }
            let keys = keysByPath[request.path] ?? keys
            var scripted = keys.scripted
            let condition = request.headers["if-none-match"]
            if keys.isUnmodified || (condition != nil && condition == keys.tag) {
                scripted.answer.status = 304
                scripted.answer.octets = []
            }
            return scripted
        }
    }

    private static func isMetadata(_ path: String) -> Bool {
        path.contains("/.well-known/") && !path.hasSuffix("/jwks.json")
    }
}
