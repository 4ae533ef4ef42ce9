package dev.verijot

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
        members[member] = json
    }

    /** Returns the settings' document, and the size of the token cache. */
    internal fun build(decided: Map<String, String>): Pair<String, UInt> {
        val (rest, tokenCache) = policy.forProfile()
        return jsonObject(decided.mapValues { quoted(it.value) } + rest + members) to tokenCache
    }
}
