/// JSON as it was written: numbers keep their digits, names their scalars, members their order.
indirect enum JSON {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSON])
    case object([(name: String, value: JSON)])

    /// Reads JSON. Invalid JSON stops the tests, because the files are part of the repository.
    init(_ octets: [UInt8]) {
        var reader = JSONReader(octets: octets)
        self = reader.value()
        reader.skipSpace()
        precondition(reader.next == nil, "something follows the JSON")
    }

    subscript(_ name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    var names: [String] {
        guard case .object(let members) = self else { return [] }
        return members.map(\.name)
    }

    var members: [(name: String, value: JSON)] {
        guard case .object(let members) = self else { preconditionFailure("not an object") }
        return members
    }

    var elements: [JSON] {
        guard case .array(let elements) = self else { preconditionFailure("not an array") }
        return elements
    }

    var string: String {
        guard case .string(let text) = self else { preconditionFailure("not a string") }
        return text
    }

    var bool: Bool {
        guard case .bool(let value) = self else { preconditionFailure("not a boolean") }
        return value
    }

    var int: Int {
        guard case .number(let text) = self, let value = Int(text) else {
            preconditionFailure("not a whole number")
        }
        return value
    }

    var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The value as JSON text.
    var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let digits): digits
        case .string(let text): Self.quoted(text)
        case .array(let elements): "[" + elements.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.map { Self.quoted($0.name) + ":" + $0.value.text }
                .joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

private struct JSONReader {
    let octets: [UInt8]
    var place = 0

    var next: UInt8? { place < octets.count ? octets[place] : nil }

    mutating func skipSpace() {
        while let next, [0x20, 0x09, 0x0A, 0x0D].contains(next) { place += 1 }
    }

    mutating func value() -> JSON {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"):
            return .object(
                list(upTo: "}") { reader in
                    let name = reader.string()
                    reader.skipSpace()
                    reader.take(":")
                    return (name: name, value: reader.value())
                })
        case UInt8(ascii: "["): return .array(list(upTo: "]") { $0.value() })
        case UInt8(ascii: "\""): return .string(string())
        case UInt8(ascii: "t"): return word("true", .bool(true))
        case UInt8(ascii: "f"): return word("false", .bool(false))
        case UInt8(ascii: "n"): return word("null", .null)
        default: return number()
        }
    }

    private mutating func list<T>(
        upTo end: Unicode.Scalar, _ element: (inout Self) -> T
    ) -> [T] {
        place += 1
        var elements: [T] = []
        skipSpace()
        if next == UInt8(ascii: end) {
            place += 1
            return elements
        }
        while true {
            skipSpace()
            elements.append(element(&self))
            skipSpace()
            if next == UInt8(ascii: ",") {
                place += 1
            } else {
                take(end)
                return elements
            }
        }
    }

    private mutating func take(_ scalar: Unicode.Scalar) {
        precondition(next == UInt8(ascii: scalar), "\(scalar) is missing at \(place)")
        place += 1
    }

    private mutating func word(_ text: String, _ value: JSON) -> JSON {
        precondition(octets[place...].starts(with: text.utf8), "not JSON at \(place)")
        place += text.utf8.count
        return value
    }

    private mutating func number() -> JSON {
        let start = place
        while let next, "+-.eE0123456789".utf8.contains(next) { place += 1 }
        precondition(place > start, "not JSON at \(place)")
        return .number(String(decoding: octets[start..<place], as: UTF8.self))
    }

    private mutating func string() -> String {
        take("\"")
        var units: [UInt8] = []
        while true {
            let octet = octets[place]
            place += 1
            switch octet {
            case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
            case UInt8(ascii: "\\"): units.append(contentsOf: String(escaped()).utf8)
            default: units.append(octet)
            }
        }
    }

    private mutating func escaped() -> Unicode.Scalar {
        let octet = octets[place]
        place += 1
        switch octet {
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let first = unit()
            guard UTF16.isLeadSurrogate(first) else { return Unicode.Scalar(first)! }
            place += 2
            return UTF16.decode(UTF16.EncodedScalar([first, unit()]))
        default: return Unicode.Scalar(octet)
        }
    }

    private mutating func unit() -> UInt16 {
        let digits = String(decoding: octets[place..<place + 4], as: UTF8.self)
        place += 4
        return UInt16(digits, radix: 16)!
    }
}
