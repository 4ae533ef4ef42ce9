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
        let (texts, files) = try found(environment, prefix)
        let read = try SetupError.calling {
            try serviceSettings(prefix: prefix.capped, values: texts, files: files)
        }
        policy = try Policy(json: read.policy)
        keys = read.keys.map(JwkSet.init)
        location = read.location
        limits = read.limits
    }

    /// Makes a client that fetches the keys.
    ///
    /// - Parameter options: How keys are fetched and cached, except for what the settings decide: from
    ///   where, which keys, and whether they are certificates.
    /// - Throws: `invalid_key_source` if the settings have the ``keys``, or if keys may not be
    ///   fetched from where they are; `invalid_settings` if the options have what the settings decide;
    ///   `invalid_policy` if the policy makes no sense.
    public func client(
        options: JwksClient.Options = JwksClient.Options()
    ) throws(SetupError) -> JwksClient {
        guard let location else {
            throw SetupError(
                code: .invalidKeySource,
                message: "the settings have the keys; use `keys` with a verifier")
        }
        let decided = [
            ("allowedHosts", options.allowedHosts != nil),
            ("allowPlainHTTP", options.allowPlainHTTP),
            ("purposes", options.settings.purposes != nil),
            ("certificates", options.settings.certificates != nil),
        ]
        if let (name, _) = decided.first(where: { $0.1 }) {
            throw invalid("\(name): the settings of the service decide it; leave it out")
        }
        var options = options
        options.settings.add(limits)
        return try JwksClient(Verifier(policy), options) { location }
    }
}

/// The texts of settings, and the content of the files that others name.
private func found(
    _ environment: [String: String], _ prefix: String
) throws(SetupError) -> (texts: [String: String], files: [String: Data]) {
    let suffix = settingsFileSuffix()
    var (texts, files) = ([String: String](), [String: Data]())
    // Other variables are none of ours, even if their names begin and end alike.
    for name in settingsNames().map({ prefix + $0 }) {
        texts[name] = environment[name]
        if let path = environment[name + suffix] {
            // The core refuses two values, so that a file beside a value is not read.
            let isTwice = texts[name] != nil
            files[name + suffix] = isTwice ? Data() : try contents(name + suffix, path)
        }
    }
    return (texts, files)
}

/// Reads a file, but at most one octet more than it may have. No message quotes the path, which may be
/// a secret that was set by mistake.
private func contents(_ name: String, _ path: String) throws(SetupError) -> Data {
    do {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        return try file.read(upToCount: Int(maxSettingsFileOctets()) + 1) ?? Data()
    } catch {
        throw invalid("\(name): cannot read the file")
    }
}

private func invalid(_ message: String) -> SetupError {
    SetupError(code: SetupError.Code(rawValue: "invalid_settings"), message: message)
}
