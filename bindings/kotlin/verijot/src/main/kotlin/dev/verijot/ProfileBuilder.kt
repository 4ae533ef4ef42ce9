package dev.verijot

import dev.verijot.internal.CallerChecks
import dev.verijot.internal.CoreProfile

/** Settings that all verifiers for one kind of token have. */
public abstract class ProfileBuilder internal constructor() {
    private val members = linkedMapOf<String, String>()
    private val policy = Policy.Builder(null)

    /**
     * Sets what else tokens must satisfy, such as `algorithms` and `leeway`. What the kind of token decides
     * cannot be set: issuers, audiences, types and expiry.
     */
    public fun policy(configure: Policy.Builder.() -> Unit) {
        policy.configure()
    }

    internal fun set(
        member: String,
        json: String,
    ) {
        members.setOnce(member, json)
    }

    /** Makes the profile of this name, with what it is about. */
    internal fun build(
        name: String,
        about: Map<String, String>,
    ): CoreProfile {
        val (further, tokenCache, caller) = policy.forProfile()
        val named = (mapOf("profile" to name) + about).mapValues { quoted(it.value) }
        return CoreProfile(name, jsonObject(named + further + members), tokenCache, caller)
    }
}

/** What a policy's builder was told, for a profile. */
internal data class ProfileSettings(
    val members: Map<String, String>,
    val tokenCache: UInt,
    val caller: CallerChecks?,
)
