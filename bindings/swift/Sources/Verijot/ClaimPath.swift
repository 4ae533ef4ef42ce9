/// The path of a claim: names from the outermost inwards.
public struct ClaimPath: Sendable, CustomStringConvertible {
    /// The names.
    public let names: [String]

    /// Makes a path from names, which may contain dots.
    public init(names: [String]) {
        self.names = names
    }

    /// Makes a path from names with dots between them, such as `realm_access.roles`.
    public init(_ path: String) {
        // Splits by scalars: a dot with an accent is one character.
        let names = path.unicodeScalars.split(separator: ".", omittingEmptySubsequences: false)
        self.init(names: names.map { String(String.UnicodeScalarView($0)) })
    }

    /// The names with dots between them.
    public var description: String { names.joined(separator: ".") }
}

extension ClaimPath: ExpressibleByStringLiteral {
    /// Makes a path from names with dots between them.
    public init(stringLiteral path: String) { self.init(path) }
}

extension ClaimPath: ExpressibleByArrayLiteral {
    /// Makes a path from names, which may contain dots.
    public init(arrayLiteral names: String...) { self.init(names: names) }
}
