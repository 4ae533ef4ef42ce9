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
}
