package dev.verijot

import dev.verijot.ffi.Problem
import dev.verijot.internal.LONE_SURROGATE
import dev.verijot.internal.NativeLibrary
import dev.verijot.internal.hasLoneSurrogate

/** Presets of well-known providers: what to demand of their tokens, and where their keys are. */
public object Provider {
    /**
     * Returns the preset of a provider. What the provider's own guide says must be checked has to be named in
     * the options.
     *
     * ```
     * val preset = Provider.preset("cognito:eu-west-1_AbCdEf123", """{"client_ids": ["web", "mobile"]}""")
     * val client = preset.client()
     * ```
     *
     * @param provider its name, and after a colon its parameter if it has one.
     * @param options a JSON object; the guide to providers lists the options of each.
     * @throws InvalidPolicyException if the provider is unknown, or if the options make no sense; the message
     *   names the option at fault.
     */
    @JvmStatic
    @JvmOverloads
    public fun preset(
        provider: String,
        options: String = "{}",
    ): Preset {
        if (provider.hasLoneSurrogate() || options.hasLoneSurrogate()) throw InvalidPolicyException(LONE_SURROGATE)
        NativeLibrary.isDirect
        try {
            return Preset(
                dev.verijot.ffi
                    .preset(provider, options),
            )
        } catch (problem: Problem) {
            throw problem.exception()
        }
    }
}
