import Foundation
import Testing

/// A file of test vectors, described in `testvectors/schema.json`. Each case has its key set, and a
/// valid one is followed by its flipped twin. Files of version 1 of the format are read as they
/// are: they have no named key sets and contain their twins.
struct VectorFile: CustomTestStringConvertible {
    let name: String
    let cases: [JSON]

    var testDescription: String { name }

    /// The files of the folder that `VERIJOT_TESTVECTORS` names, or else of the repository.
    static let all: [VectorFile] = {
        let environment = ProcessInfo.processInfo.environment
        let own = URL(fileURLWithPath: #filePath).appending(path: "../../../../../testvectors")
        let folder = environment["VERIJOT_TESTVECTORS"].map { URL(fileURLWithPath: $0) } ?? own
        return files(in: folder.standardized)
    }()

    /// Files of version 1 of the format.
    static let version1 = files(
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

    /// A valid case with one bit of its signature flipped, which must be refused.
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

    /// Replaces the first character after the last dot by its neighbour in the alphabet of
    /// base64url.
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
