internal import VerijotBindings

/// Presets of well-known providers: what to demand of their tokens, and where their keys are.
public enum Provider {
    /// The preset of a provider. What the provider's own guide says must be checked has to be named
    /// in the options.
    ///
    /// ```swift
    /// let preset = try Provider.preset(
    ///     "cognito:eu-west-1_AbCdEf123", #"{"client_ids": ["web", "mobile"]}"#)
    /// let client = try preset.client()
    /// ```
    ///
    /// - Parameters:
    ///   - provider: Its name, and after a colon its parameter if it has one.
    ///   - options: A JSON object; the guide to providers lists the options of each.
    /// - Throws: `invalid_policy` if the provider is unknown, or if the options make no sense; the
    ///   message names the option at fault.
    public static func preset(
        _ provider: String, _ options: String = "{}"
    ) throws(SetupError) -> Preset {
        let json = try SetupError.calling {
            try VerijotBindings.preset(provider: provider.capped, options: options.capped)
        }
        return try Preset(json)
    }

    /// Every kind of token that there is a preset for.
    public static var all: [ProviderInfo] { providers().map(ProviderInfo.init) }
}

/// What there is to know about the preset of one kind of token of one provider.
public struct ProviderInfo: Sendable, CustomStringConvertible {
    /// The name.
    public let name: String
    /// Which tokens it is about, human-readable.
    public let token: String
    /// The name and a possible parameter, as ``Provider/preset(_:_:)`` takes them.
    public let example: String
    /// Which verifier reads the document: `policy`, `id-token`, `access-token`, `load-balancer`, or
    /// `none` if the token is not for you.
    public let verifier: String
    /// The names of the options.
    public let options: [String]
    /// What the provider's own guide says must be checked: of each list of options at least one must
    /// be given.
    public let demands: [[String]]

    init(_ facts: ProviderFacts) {
        name = facts.name
        token = facts.token
        example = facts.example
        verifier = facts.verifier
        options = facts.options
        demands = facts.demands.map(\.oneOf)
    }

    /// The example.
    public var description: String { example }
}
