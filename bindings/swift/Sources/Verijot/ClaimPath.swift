/// Where a claim is: names from the outermost claim inwards.
public struct ClaimPath: Sendable, CustomStringConvertible {
    /// The names.
    public let names: [String]

    /// A path of names, which may contain dots.
    public init(names: [String]) {
        self.names = names
    }

    /// A path with dots between the names, such as `realm_access.roles`.
    public init(_ path: String) {
        // By scalars: a dot with an accent is one character.
        let names = path.unicodeScalars.split(separator: ".", omittingEmptySubsequences: false)
        self.init(names: names.map { String(String.UnicodeScalarView($0)) })
    }

    /// The names with dots between them.
    public var description: String { names.joined(separator: ".") }
}

extension ClaimPath: ExpressibleByStringLiteral {
    /// A path with dots between the names.
    public init(stringLiteral path: String) { self.init(path) }
}

extension ClaimPath: ExpressibleByArrayLiteral {
    /// A path of names, which may contain dots.
    public init(arrayLiteral names: String...) { self.init(names: names) }
}
