import Foundation
import Testing

/// A file of the language-neutral test vectors, described in `testvectors/schema.json`. Each case has
/// its key set, and a valid one is followed by its twin; of the first version of the format, which has
/// neither names of key sets nor twins that are not written, the cases are those that stand there.
struct VectorFile: CustomTestStringConvertible {
    let name: String
    let cases: [JSON]

    var testDescription: String { name }

    /// Those of the folder that `VERIJOT_TESTVECTORS` names, or else the repository's own.
    static let all: [VectorFile] = {
        let environment = ProcessInfo.processInfo.environment
        let own = URL(fileURLWithPath: #filePath).appending(path: "../../../../../testvectors")
        let folder = environment["VERIJOT_TESTVECTORS"].map { URL(fileURLWithPath: $0) } ?? own
        return files(in: folder.standardized)
    }()

    /// Those of the first version of the format.
    static let first = files(
        in: URL(fileURLWithPath: #filePath)
            .appending(path: "../../../../../testvectors/runner/tests/version-1").standardized)

    private static func files(in folder: URL) -> [VectorFile] {
        let files = try! FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil)
        let vectors = files.filter {
            $0.pathExtension == "json" && !$0.lastPathComponent.hasSuffix("schema.json")
                && $0.lastPathComponent != "codes.json"
        }
        precondition(!vectors.isEmpty, "no test vectors in \(folder)")
        return vectors.map(VectorFile.init).sorted { $0.name < $1.name }
    }

    private init(_ file: URL) {
        let json = JSON([UInt8](try! Data(contentsOf: file)))
        let isFirst = json["schema"]?.string == "verijot-testvectors-v1"
        let members: Set = ["schema", "category", "cases"]
        precondition(
            isFirst || json["schema"]?.string == "verijot-testvectors-v2",
            "\(file.lastPathComponent): not a file of verijot-testvectors-v2 or v1")
        precondition(
            Set(json.names) == (isFirst ? members : members.union(["key_sets"])),
            "\(file.lastPathComponent): other members")
        name = json["category"]!.string
        let written = json["cases"]!.elements
        cases = isFirst ? written : written.flatMap { Self.whole($0, json["key_sets"]!) }
    }

    private static func whole(_ written: JSON, _ sets: JSON) -> [JSON] {
        var whole = written
        if case .string(let name) = written["jwks"] {
            whole = written.replacing("jwks", with: sets[name]!)
        }
        return whole["expect"]!["valid"] == nil ? [whole] : [whole, twin(whole)]
    }

    /// A valid case with one bit of its signature flipped, which must be refused for that alone.
    private static func twin(_ valid: JSON) -> JSON {
        let kind = ["token", "authorization", "token_repeat"].first { valid[$0] != nil }!
        var token = valid[kind]!
        if let suffix = token["suffix"] {
            token = token.replacing("suffix", with: flipped(suffix))
        } else {
            token = flipped(token)
        }
        let refused = JSON.object([(name: "error", value: .string("invalid_signature"))])
        return valid.replacing("id", with: .string(valid["id"]!.string + "-flipped"))
            .replacing(kind, with: token).replacing("expect", with: refused)
    }

    /// The first character after the last dot, exchanged for its neighbour in the alphabet of base64url.
    private static func flipped(_ token: JSON) -> JSON {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var octets = Array(token.string.utf8)
        let place = octets.lastIndex(of: UInt8(ascii: "."))! + 1
        octets[place] = alphabet[alphabet.firstIndex(of: octets[place])! ^ 1]
        return .string(String(decoding: octets, as: UTF8.self))
    }
}

extension JSON {
    func replacing(_ name: String, with value: JSON) -> JSON {
        .object(members.map { $0.name == name ? (name: name, value: value) : $0 })
    }
}
