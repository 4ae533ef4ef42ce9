/// The outcome differs from the scenario.
struct Mismatch: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Reads the members of an object. A member that is not read is an error.
final class Members {
    private let source: JSON
    private var left: [String]

    private init(_ source: JSON) {
        self.source = source
        left = source.names
    }

    /// Reads all members of an object.
    static func of<Value>(_ source: JSON, _ read: (Members) throws -> Value) throws -> Value {
        let members = Members(source)
        let value = try read(members)
        guard members.left.isEmpty else {
            throw Mismatch("unknown members \(members.left) in \(source.text)")
        }
        return value
    }

    var names: [String] { left }

    /// Reads the members that every scenario has for its readers.
    func description() throws {
        for name in ["id", "title", "why", "refs"] where take(name) == nil {
            throw Mismatch("\(name) is missing")
        }
    }

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

/// Waits up to a second for the expected value.
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
