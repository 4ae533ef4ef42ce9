package dev.verijot

import dev.verijot.ffi.Problem
import dev.verijot.ffi.ProviderFacts
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

    /** Returns every kind of token that there is a preset for. */
    @JvmStatic
    public fun all(): List<ProviderInfo> {
        NativeLibrary.isDirect
        return dev.verijot.ffi
            .providers()
            .map(::ProviderInfo)
    }
}

/** What there is to know about the preset of one kind of token of one provider. */
public class ProviderInfo internal constructor(
    private val facts: ProviderFacts,
) {
    /** The name. */
    public val name: String get() = facts.name

    /** Which tokens it is about, human-readable. */
    public val token: String get() = facts.token

    /** The name and a possible parameter, as [Provider.preset] takes them. */
    public val example: String get() = facts.example

    /**
     * Which verifier reads the document: `policy`, `id-token`, `access-token`, `load-balancer`, or `none` if the
     * token is not for you.
     */
    public val verifier: String get() = facts.verifier

    /** The names of the options. */
    public val options: List<String> get() = facts.options

    /** What the provider's own guide says must be checked: of each list of options at least one must be given. */
    public val demands: List<List<String>> get() = facts.demands.map { it.oneOf }

    override fun toString(): String = example
}
