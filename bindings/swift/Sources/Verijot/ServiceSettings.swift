import Foundation
internal import VerijotBindings

/// The settings of a service, from its environment: what its tokens must satisfy, and where the keys
/// are.
///
/// ```swift
/// let client = try ServiceSettings().client()
/// ```
///
/// They are `VERIJOT_PROVIDER`, or `VERIJOT_ISSUER` and `VERIJOT_AUDIENCE`, and others. In place of
/// `NAME`, `NAME_FILE` may name a file with the text, of which one line break at the end is removed.
public struct ServiceSettings: Sendable {
    /// What the tokens must satisfy.
    public let policy: Policy
    /// The keys, if the settings have them; nil if they are fetched.
    public let keys: JwkSet?
    private let location: KeyLocation?
    private let limits: JwkSetLimits

    /// Reads the settings.
    ///
    /// - Parameters:
    ///   - prefix: What the names of the settings begin with.
    ///   - environment: Where the settings are looked up.
    /// - Throws: `invalid_settings` if settings are invalid or contradictory; the message begins
    ///   with their names, and shows no value.
    public init(
        prefix: String = "VERIJOT_",
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SetupError) {
        let values = try texts(of: environment.filter { $0.key.hasPrefix(prefix) }, prefix)
        let read = try SetupError.calling {
            try serviceSettings(prefix: prefix.capped, values: values)
        }
        policy = try Policy(json: read.policy)
        keys = read.keys.map(JwkSet.init)
        location = read.location
        limits = read.limits
    }

    /// Makes a client that fetches the keys.
    ///
    /// - Parameter options: How keys are fetched and cached. What the settings say about key sets is
    ///   added, and the rules about URLs are theirs.
    /// - Throws: `invalid_key_source` if the settings have the ``keys``, or if keys may not be
    ///   fetched from where they are; `invalid_policy` if the policy makes no sense.
    public func client(
        options: JwksClient.Options = JwksClient.Options()
    ) throws(SetupError) -> JwksClient {
        guard let location else {
            throw SetupError(
                code: .invalidKeySource,
                message: "the settings have the keys; use `keys` with a verifier")
        }
        var options = options
        options.settings.add(limits)
        return try JwksClient(Verifier(policy), options) { location }
    }
}

/// The texts of the settings, those of files included.
private func texts(
    of settings: [String: String], _ prefix: String
) throws(SetupError) -> [String: String] {
    let isFile = { (name: String) in
        name.hasSuffix(fileSuffix) && name.count > prefix.count + fileSuffix.count
    }
    var texts = settings.filter { !isFile($0.key) }
    for (file, path) in settings where isFile(file) {
        let name = String(file.dropLast(fileSuffix.count))
        guard texts[name] == nil else {
            throw invalid("\(name), \(file): both are set; unset one of them")
        }
        texts[name] = try contents(file, path)
    }
    return texts
}

/// The text of a file. No message quotes the path, which may be a secret that was set by mistake.
private func contents(_ name: String, _ path: String) throws(SetupError) -> String {
    let data: Data?
    do {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        data = try file.read(upToCount: maxFileOctets + 1)
    } catch {
        throw invalid("\(name): cannot read the file")
    }
    let octets = data ?? Data()
    guard octets.count <= maxFileOctets else {
        throw invalid("\(name): cannot read the file: it is larger than 1 MiB")
    }
    guard let text = String(data: octets, encoding: .utf8) else {
        throw invalid("\(name): not Unicode; write it in UTF-8")
    }
    // To Swift a carriage return with a line feed is one character.
    return text.last == "\n" || text.last == "\r\n" ? String(text.dropLast()) : text
}

private func invalid(_ message: String) -> SetupError {
    SetupError(code: SetupError.Code(rawValue: "invalid_settings"), message: message)
}

private let fileSuffix = "_FILE"
private let maxFileOctets = 1_048_576
