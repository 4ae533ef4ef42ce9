/// What went otherwise than a scenario says.
struct Mismatch: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// An object whose members are all taken, or it is not understood.
final class Members {
    private let source: JSON
    private var left: [String]

    private init(_ source: JSON) {
        self.source = source
        left = source.names
    }

    /// Reads an object, to its last member.
    static func of<Value>(_ source: JSON, _ read: (Members) throws -> Value) throws -> Value {
        let members = Members(source)
        let value = try read(members)
        guard members.left.isEmpty else {
            throw Mismatch("unknown members \(members.left) in \(source.text)")
        }
        return value
    }

    var names: [String] { left }

    func take(_ name: String) -> JSON? {
        left.removeAll { $0 == name }
        guard let value = source[name], !value.isNull else { return nil }
        return value
    }

    func text(_ name: String) -> String? { take(name)?.string }

    func flag(_ name: String) -> Bool { take(name)?.bool ?? false }

    func whole(_ name: String) -> Int? { take(name)?.int }

    func texts(_ name: String) -> [String]? { take(name)?.elements.map(\.string) }

    func seconds(_ name: String) -> Duration? { take(name)?.seconds }

    func textMap(_ name: String) -> [String: String] {
        let members = take(name)?.members ?? []
        return Dictionary(members.map { ($0.name, $0.value.string) }) { $1 }
    }
}

extension JSON {
    var seconds: Duration { .seconds(Double(text)!) }
}

/// Waits up to a second for the right value.
func eventually(_ what: String, _ expected: JSON, _ actual: () throws -> String) async throws {
    for _ in 0..<500 {
        if try actual() == expected.text { return }
        try await Task.sleep(for: .milliseconds(2))
    }
    try compare(what, expected.text, try actual())
}

func compare(_ what: String, _ expected: String?, _ actual: String) throws {
    if expected != actual {
        throw Mismatch("\(what): \(actual) instead of \(expected ?? "nothing")")
    }
}
