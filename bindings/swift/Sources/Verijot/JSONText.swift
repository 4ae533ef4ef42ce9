import Foundation

/// JSON text that is cut into pieces instead of decoded, so that numbers keep every digit and names
/// every scalar.
struct JSONText {
    private let octets: ArraySlice<UInt8>

    init(_ text: String) {
        octets = Array(text.utf8)[...]
    }

    private init(octets: ArraySlice<UInt8>) {
        self.octets = octets
    }

    /// The text as it was written.
    var text: String { String(decoding: octets, as: UTF8.self) }

    var isNull: Bool { octets.elementsEqual("null".utf8) }

    /// Whether this is one value that can be put into an object without changing the members around
    /// it. It may still be invalid JSON, which the core's strict reader refuses.
    var isWhole: Bool { pieces(cutAt: ",")?.count == 1 && pieces(cutAt: ":")?.count == 1 }

    /// The elements of an array without whitespace around it.
    var elements: [Self]? { inside("[", "]")?.pieces(cutAt: ",") }

    /// The members of an object without whitespace.
    var members: [(name: String, value: Self)]? {
        guard let pieces = inside("{", "}")?.pieces(cutAt: ",") else { return nil }
        var members: [(name: String, value: Self)] = []
        for piece in pieces {
            guard let halves = piece.pieces(cutAt: ":"), halves.count == 2,
                let name = halves[0].decoded(as: String.self)
            else { return nil }
            members.append((name: name, value: halves[1]))
        }
        return members
    }

    /// Decodes the text as a type whose strings and whole numbers are exact.
    func decoded<Value: Decodable>(as type: Value.Type) -> Value? {
        try? JSONDecoder().decode(type, from: Data(octets))
    }

    private func inside(_ first: Unicode.Scalar, _ last: Unicode.Scalar) -> Self? {
        guard octets.count >= 2, octets.first == UInt8(ascii: first),
            octets.last == UInt8(ascii: last)
        else { return nil }
        return Self(octets: octets.dropFirst().dropLast())
    }

    /// Cuts at separators outside of strings, arrays and objects; an empty text has no pieces. Nil
    /// if a string, array or object is not closed, or closed before it is opened.
    private func pieces(cutAt separator: Unicode.Scalar) -> [Self]? {
        var pieces: [Self] = []
        var start = octets.startIndex
        var depth = 0
        var isString = false
        var isEscaped = false
        for (place, octet) in zip(octets.indices, octets) {
            if isString {
                isString = isEscaped || octet != UInt8(ascii: "\"")
                isEscaped = !isEscaped && octet == UInt8(ascii: "\\")
                continue
            }
            switch octet {
            case UInt8(ascii: "\""): isString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth < 0 { return nil }
            case UInt8(ascii: separator) where depth == 0:
                pieces.append(Self(octets: octets[start..<place]))
                start = place + 1
            default: break
            }
        }
        guard depth == 0, !isString else { return nil }
        if !octets.isEmpty { pieces.append(Self(octets: octets[start...])) }
        return pieces
    }
}
