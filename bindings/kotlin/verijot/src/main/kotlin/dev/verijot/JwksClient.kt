package dev.verijot

import dev.verijot.ffi.AlbVerdict
import dev.verijot.ffi.AlbVerifier
import dev.verijot.ffi.FetchRules
import dev.verijot.ffi.JwksCache
import dev.verijot.ffi.KeyLocation
import dev.verijot.ffi.Problem
import dev.verijot.internal.ClientKeys
import dev.verijot.internal.CoreVerifier
import dev.verijot.internal.FetchedKeys
import dev.verijot.internal.Handle
import dev.verijot.internal.KeyRequests
import dev.verijot.internal.LONE_SURROGATE
import dev.verijot.internal.NativeLibrary
import dev.verijot.internal.blockUntilReady
import dev.verijot.internal.decodeClaims
import dev.verijot.internal.hasLoneSurrogate
import dev.verijot.internal.moment
import dev.verijot.internal.readServiceSettings
import dev.verijot.internal.tokenOctets
import kotlinx.serialization.KSerializer
import kotlinx.serialization.serializer
import java.time.Instant

/**
 * Verifies the tokens of one issuer, and fetches its keys. Make it once and share it between threads and
 * coroutines: they share the keys, and one fetch at a time serves all of them.
 *
 * ```
 * val client = JwksClient.fromIssuer("https://issuer.example", audience = "https://api.example")
 * val token = client.verify(raw)
 * ```
 *
 * While keys are cached no request waits: they are refreshed in the background, and used during an outage
 * unless the issuer's headers forbid that. After a long idle time a request waits for one fetch.
 * Interrupting a waiting thread throws an [InterruptedException] there, and does not stop the fetch that others
 * wait for. For coroutines, see `suspending()` in `dev.verijot.coroutines`.
 */
public class JwksClient private constructor(
    /** Verifies the tokens, once there are keys. */
    public val verifier: Verifier,
    internal val keys: ClientKeys,
    private val clock: Clock,
) : AutoCloseable {
    /**
     * Makes a client for keys at one URL.
     *
     * @param url where the keys are: over https, or on this machine. With `{kid}` in it, each key is fetched
     *   by itself, for a `kid` that is a UUID; [CacheSettings.Builder.certificates] says what the keys are for.
     * @param verifier verifies the tokens; its policy should name the issuer that the keys belong to.
     * @param settings how keys are fetched and cached.
     * @throws InvalidKeySourceException if keys may not be fetched from the URL.
     * @throws UnusableKeyException if the settings name an unknown algorithm.
     */
    @JvmOverloads
    public constructor(
        url: String,
        verifier: Verifier,
        settings: CacheSettings = CacheSettings.DEFAULT,
    ) : this(verifier, fetched(settings) { KeyLocation.at(checked(url), it) }, settings.clock)

    /** Makes a client with static keys, which fetches nothing. */
    public constructor(keys: JwkSet, verifier: Verifier) : this(verifier, ClientKeys.Static(keys), Clock)

    /**
     * Verifies a token as [Verifier.verify] does. Waits for a fetch only if the cached keys are not enough.
     *
     * @param now the time to verify `exp`, `nbf` and `iat` at; null for the clock's time.
     * @throws UnknownKeyException if the issuer has no such key.
     * @throws KeysUnavailableException (503) if the keys could not be fetched.
     * @throws VerificationException if the token is refused for another reason.
     */
    @JvmOverloads
    public fun verify(
        token: String,
        now: Instant? = null,
    ): VerifiedToken = verdict(token, now).orThrow()

    /**
     * Verifies a token and decodes its claims as your own type.
     *
     * @throws VerificationException like the other `verify`, and [MissingClaimException] or
     *   [InvalidClaimException] if the claims do not match the type.
     */
    @JvmOverloads
    public fun <T> verify(
        token: String,
        serializer: KSerializer<T>,
        now: Instant? = null,
    ): T = decodeClaims(verify(token, now).payload, serializer)

    /** Verifies a token and decodes its claims as your own type: `client.verify<MyClaims>(raw)`. */
    @JvmSynthetic
    public inline fun <reified T> verify(
        token: String,
        now: Instant? = null,
    ): T = verify(token, serializer<T>(), now)

    /** Verifies a token as [verify] does, and returns the outcome as a value. */
    @JvmOverloads
    public fun verdict(
        token: String,
        now: Instant? = null,
    ): Verdict = verifier.askCaller(verdictOfCore(token.tokenOctets(), now))

    /**
     * Verifies a token and returns the outcome of every check.
     *
     * @throws KeysUnavailableException if there are no keys.
     */
    @JvmOverloads
    public fun explain(
        token: String,
        now: Instant? = null,
    ): Explanation {
        val octets = token.tokenOctets()
        return when (val client = keys) {
            is ClientKeys.Static -> {
                verifier.explain(octets, client.keys, now ?: clock.now())
            }

            is ClientKeys.Fetched -> {
                val verdict = verdictOfCore(octets, now)
                val keys = client.keys.keys()
                if (keys == null && verdict.refusal?.httpStatus == UNAVAILABLE) verdict.orThrow()
                val moment = now ?: clock.now()
                (keys?.let(JwkSet::of) ?: JwkSet.fromJson(NO_KEYS)).use { verifier.explain(octets, it, moment) }
            }
        }
    }

    /**
     * Waits until there are keys. Call it before a service takes its first request.
     *
     * @throws KeysUnavailableException if the keys could not be fetched. The next token or call retries.
     */
    public fun ready() {
        val keys = fetched ?: return
        val requestedAt = keys.monotonic()
        val refusal = blockUntilReady { keys.ready(requestedAt) }
        if (refusal != null) throw VerificationException.of(refusal)
    }

    /**
     * Fetches the issuer's current keys and waits for them, for example after an announced rotation. It
     * makes at most one fetch per [CacheSettings.Builder.shortestRest], and none if the keys are static.
     *
     * @throws KeysUnavailableException if the fetch fails, or if the last one was too recent.
     */
    public fun refreshNow() {
        val keys = fetched ?: return
        val requestedAt = keys.monotonic()
        val refusal = blockUntilReady { keys.refreshNow(requestedAt) }
        if (refusal != null) throw VerificationException.of(refusal)
    }

    /**
     * Withdraws every key with this `kid` at once, for a leaked key: its tokens get `unknown_key`, whatever
     * the issuer publishes and whatever is seeded, until [restore] or the end of the process. It has no
     * effect on static keys.
     */
    public fun purge(kid: String) {
        // No `kid` of a key has a lone surrogate.
        if (!kid.hasLoneSurrogate()) fetched?.purge(kid)
    }

    /** Undoes [purge]. Returns false if the `kid` was not withdrawn. */
    public fun restore(kid: String): Boolean = !kid.hasLoneSurrogate() && fetched?.restore(kid) == true

    /** Returns the state of the keys, for a health endpoint. Fetches nothing. */
    public fun health(): KeyHealth =
        when (val keys = keys) {
            is ClientKeys.Fetched -> keys.keys.health()
            is ClientKeys.Static -> keys.health()
        }

    /** Returns the fetched or seeded keys, if there are any, for [seed] in another process or a later one. */
    public fun export(): KeySnapshot? = fetched?.export()

    /**
     * Loads keys from [export], or from a deployed file. They are used at once and refreshed as soon as
     * possible. It has no effect if newer keys are cached, or if the keys are static.
     *
     * @throws InvalidJwksException if the set cannot be used, or does not match its `sha256`.
     */
    public fun seed(snapshot: KeySnapshot) {
        if (snapshot.jwks.hasLoneSurrogate() || snapshot.sha256?.hasLoneSurrogate() == true) {
            throw InvalidJwksException("malformed_jwks", LONE_SURROGATE)
        }
        try {
            fetched?.seed(snapshot)
        } catch (problem: Problem) {
            throw InvalidJwksException.of(problem)
        }
    }

    /**
     * Stops fetching. Callers that wait for a fetch get a [KeysUnavailableException]. Cached keys are used
     * until they are too old.
     */
    override fun close() {
        fetched?.close()
    }

    /** Shows where the keys are fetched from, without the query. */
    override fun toString(): String = "JwksClient($keys)"

    internal fun now(): Instant = clock.now()

    private val fetched: FetchedKeys? get() = (keys as? ClientKeys.Fetched)?.keys

    /** Verifies a token, then asks the caller, and runs [check] before the question about revocation. */
    internal fun admit(
        token: String,
        check: (VerifiedToken) -> Unit,
    ): VerifiedToken = verifier.askCaller(verdictOfCore(token.tokenOctets(), null), check).orThrow()

    /** The verdict of this verifier, or of another for the same keys, before the caller is asked. */
    internal fun verdictOfCore(
        token: ByteArray,
        now: Instant?,
        core: CoreVerifier = verifier.core,
    ): Verdict =
        Verdict.of(
            when (val client = keys) {
                is ClientKeys.Static -> {
                    core.verify(client.keys.core, token, now ?: clock.now())
                }

                is ClientKeys.Fetched -> {
                    val requestedAt = client.keys.monotonic()
                    blockUntilReady { client.keys.verify(core, token, requestedAt, now) }
                }
            },
        )

    /** The verdict on the token of a load balancer. */
    internal fun verdictOf(
        token: ByteArray,
        now: Instant?,
        verifier: Handle<AlbVerifier>,
    ): AlbVerdict =
        when (val client = keys) {
            is ClientKeys.Static -> {
                val moment = (now ?: clock.now()).moment()
                val handle = client.keys.core.handle
                verifier.use { core -> handle.use { core.verify(token, it, moment) } }
            }

            is ClientKeys.Fetched -> {
                val requestedAt = client.keys.monotonic()
                blockUntilReady { client.keys.verify(verifier, token, requestedAt, now) }
            }
        }

    public companion object {
        /**
         * Makes a client that finds the keys through the issuer's metadata: the document of OpenID Connect
         * Discovery or else of RFC 8414, which must name exactly this issuer. Nothing is fetched before
         * the first token. Keys of an issuer without metadata are fetched from `/.well-known/jwks.json`,
         * unless the settings say [CacheSettings.Builder.discoveryOnly].
         *
         * @param issuer the URL that is `iss` in its tokens: over https, or on this machine.
         * @param audience what `aud` must contain; null to accept any.
         * @param settings how keys are fetched and cached.
         * @param configure sets everything else in the policy.
         * @throws InvalidKeySourceException if the issuer is not a URL that keys may be fetched from.
         * @throws InvalidPolicyException if the policy makes no sense.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromIssuer(
            issuer: String,
            audience: String?,
            settings: CacheSettings = CacheSettings.DEFAULT,
            configure: Policy.Builder.() -> Unit = {},
        ): JwksClient = fromIssuer(Policy.of(issuer, audience, configure), settings)

        /**
         * Makes a client for a policy that names exactly one issuer.
         *
         * @throws InvalidPolicyException if the policy names several issuers or none.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromIssuer(
            policy: Policy,
            settings: CacheSettings = CacheSettings.DEFAULT,
        ): JwksClient {
            val issuer =
                policy.soleIssuer ?: throw InvalidPolicyException("keys are found through one issuer; name exactly one")
            return ofIssuer(issuer, Verifier(policy), settings)
        }

        /**
         * Makes a client from the settings of a service: `VERIJOT_PROVIDER` or `VERIJOT_ISSUER` and
         * `VERIJOT_AUDIENCE`, and more; see the guide to settings. In place of `NAME`, `NAME_FILE` may name a file
         * with the text, of which one line break at the end is removed.
         *
         * @param prefix what the names of the settings begin with.
         * @param environment where the settings are looked up: the environment of the process.
         * @param settings how keys are fetched and cached, except for what the settings of the service decide: from
         *   where, which keys, and whether they are certificates.
         * @throws InvalidSettingsException if settings are invalid or contradictory, or if [settings] has what they
         *   decide; the message begins with their names, and shows no value.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromEnvironment(
            prefix: String = "VERIJOT_",
            environment: Map<String, String> = System.getenv(),
            settings: CacheSettings = CacheSettings.DEFAULT,
        ): JwksClient {
            val read = readServiceSettings(prefix, environment)
            val verifier = Verifier(Policy.fromJson(read.policy))
            val reading = settings.reading(read.limits)
            read.keys?.let { return JwksClient(verifier, ClientKeys.Static(JwkSet.of(it)), settings.clock) }
            val location = checkNotNull(read.location) { "settings without keys name no place" }
            return JwksClient(verifier, fetched(reading) { location }, settings.clock)
        }

        /** Lets the issuer of the metadata differ from the one that tokens name. */
        internal fun ofIssuer(
            issuer: String,
            verifier: Verifier,
            settings: CacheSettings,
        ): JwksClient {
            val keys = fetched(settings) { KeyLocation.ofIssuer(issuer, settings.discoveryOnly, it) }
            return JwksClient(verifier, keys, settings.clock)
        }

        private fun fetched(
            settings: CacheSettings,
            location: (FetchRules) -> KeyLocation,
        ): ClientKeys {
            NativeLibrary.isDirect
            try {
                val place = location(settings.rules)
                val cache = JwksCache(settings.numbers, settings.limits, place)
                val requests = KeyRequests(settings.fetcher ?: Fetcher.ofPlatform())
                return ClientKeys.Fetched(FetchedKeys(cache, place, requests, settings.clock))
            } catch (problem: Problem) {
                throw problem.exception()
            }
        }
    }
}

private fun checked(url: String): String =
    if (url.hasLoneSurrogate()) throw InvalidKeySourceException(LONE_SURROGATE) else url

private const val NO_KEYS = """{"keys":[]}"""

private const val UNAVAILABLE = 503
