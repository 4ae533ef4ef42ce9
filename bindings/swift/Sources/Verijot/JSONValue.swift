import Foundation

/// The expected JSON value of a claim, written as a literal: `"abc"`, `42`, `["a", "b"]`.
public struct JSONValue: Sendable, CustomStringConvertible, CustomReflectable {
    let text: String

    /// Makes a value from JSON text. Text that is not JSON makes the policy invalid.
    public init(text: String) {
        self.text = text
    }

    /// Makes a value from your own type.
    ///
    /// - Throws: `EncodingError` if it cannot be JSON, such as an infinite number.
    public init(encoding value: some Encodable) throws {
        text = String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    /// A description without the value, which may be secret.
    public var description: String { "JSONValue" }

    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// Returns a string as JSON, with escaped quotation marks, backslashes and control characters.
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
    /// Makes a string.
    public init(stringLiteral value: String) { self.init(value) }

    /// Makes a string.
    public init(_ value: String) { text = Self.quoted(value) }
}

extension JSONValue: ExpressibleByIntegerLiteral {
    /// Makes a whole number.
    public init(integerLiteral value: Int64) { text = String(value) }
}

extension JSONValue: ExpressibleByFloatLiteral {
    /// Makes a number. Infinity and NaN make the policy invalid.
    public init(floatLiteral value: Double) { text = String(value) }
}

extension JSONValue: ExpressibleByBooleanLiteral {
    /// Makes `true` or `false`.
    public init(booleanLiteral value: Bool) { text = value ? "true" : "false" }
}

extension JSONValue: ExpressibleByNilLiteral {
    /// Makes `null`.
    public init(nilLiteral: ()) { text = "null" }
}

extension JSONValue: ExpressibleByArrayLiteral {
    /// Makes an array.
    public init(arrayLiteral elements: JSONValue...) {
        text = "[" + elements.map(\.text).joined(separator: ",") + "]"
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
    /// Makes an object.
    public init(dictionaryLiteral members: (String, JSONValue)...) {
        let members = members.map { name, value in Self.quoted(name) + ":" + value.text }
        text = "{" + members.joined(separator: ",") + "}"
    }
}
