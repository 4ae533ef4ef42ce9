import Foundation

/// A JSON value that a claim must be equal to, written as a literal: `"abc"`, `42`, `["a", "b"]`.
public struct JSONValue: Sendable, CustomStringConvertible, CustomReflectable {
    let text: String

    /// A value as JSON text. What is not JSON makes a policy unusable.
    public init(text: String) {
        self.text = text
    }

    /// A value of a type of yours.
    ///
    /// - Throws: `EncodingError` if it cannot be JSON, such as an infinite number.
    public init(encoding value: some Encodable) throws {
        text = String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    /// Not the value, which is for the token alone to show.
    public var description: String { "JSONValue" }

    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// A string as JSON: quotation marks, backslashes and control characters are escaped.
    private static func quoted(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}

extension JSONValue: ExpressibleByStringLiteral {
    /// A string.
    public init(stringLiteral value: String) { self.init(value) }

    /// A string.
    public init(_ value: String) { text = Self.quoted(value) }
}

extension JSONValue: ExpressibleByIntegerLiteral {
    /// A whole number.
    public init(integerLiteral value: Int64) { text = String(value) }
}

extension JSONValue: ExpressibleByFloatLiteral {
    /// A number; one that is infinite or none at all makes a policy unusable.
    public init(floatLiteral value: Double) { text = String(value) }
}

extension JSONValue: ExpressibleByBooleanLiteral {
    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { text = value ? "true" : "false" }
}

extension JSONValue: ExpressibleByNilLiteral {
    /// `null`.
    public init(nilLiteral: ()) { text = "null" }
}

extension JSONValue: ExpressibleByArrayLiteral {
    /// An array.
    public init(arrayLiteral elements: JSONValue...) {
        text = "[" + elements.map(\.text).joined(separator: ",") + "]"
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
    /// An object.
    public init(dictionaryLiteral members: (String, JSONValue)...) {
        let members = members.map { name, value in Self.quoted(name) + ":" + value.text }
        text = "{" + members.joined(separator: ",") + "}"
    }
}
