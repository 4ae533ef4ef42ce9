package dev.verijot

import dev.verijot.ffi.FetchRules
import dev.verijot.ffi.JwksCache
import dev.verijot.ffi.KeyLocation
import dev.verijot.ffi.Problem
import dev.verijot.internal.FetchedKeys
import dev.verijot.internal.KeyRequests
import dev.verijot.internal.LONE_SURROGATE
import dev.verijot.internal.NativeLibrary
import dev.verijot.internal.answer
import dev.verijot.internal.claimsInto
import dev.verijot.internal.hasLoneSurrogate
import dev.verijot.internal.tokenOctets
import kotlinx.serialization.KSerializer
import kotlinx.serialization.serializer
import java.time.Instant

/**
 * Verifies the tokens of one issuer, and fetches its keys. Make it once and share it between threads
 * and coroutines: they have the same keys, and one fetch at a time serves them all.
 *
 * ```
 * val client = JwksClient.fromIssuer("https://issuer.example", audience = "https://api.example")
 * val token = client.verify(raw)
 * ```
 *
 * With keys at hand nobody waits: they are refreshed in the background, and kept through an outage
 * unless the issuer's headers forbid that. After a long idle time a request waits for one fetch.
 * A fetch belongs to nobody: a thread that is interrupted ends no fetch that others wait for.
 * Coroutines have `suspending()` in `dev.verijot.coroutines`.
 */
public class JwksClient private constructor(
    /** What is demanded of a token. */
    public val verifier: Verifier,
    internal val source: KeySource,
    private val clock: Clock,
) : AutoCloseable {
    /**
     * A client for keys at one URL.
     *
     * @param url over https, or on this very machine.
     * @param verifier what is demanded of a token; it should name the issuer that the keys belong to.
     * @param settings how keys are fetched and kept.
     * @throws InvalidKeySourceException if nothing may be fetched from there.
     */
    @JvmOverloads
    public constructor(
        url: String,
        verifier: Verifier,
        settings: JwksSettings = JwksSettings.DEFAULT,
    ) : this(verifier, fetched(settings) { KeyLocation.at(checked(url), it) }, settings.clock)

    /** A client for keys at hand: nothing is ever fetched. */
    public constructor(keys: JwkSet, verifier: Verifier) : this(verifier, KeySource.Held(keys), Clock)

    /**
     * Verifies a token as [Verifier.verify] does. Waits for a fetch only if no keys would do.
     *
     * @param now the time to judge `exp`, `nbf` and `iat` by; null for the time of the clock.
     * @throws UnknownKeyException if the issuer has been asked and has no such key.
     * @throws KeysUnavailableException (503) if it cannot be asked.
     * @throws VerificationException if the token is refused otherwise.
     */
    @JvmOverloads
    public fun verify(
        token: String,
        now: Instant? = null,
    ): VerifiedToken = verdict(token, now).orThrow()

    /**
     * Verifies a token and reads its claims as a type of yours.
     *
     * @throws VerificationException as the other `verify`, and [MissingClaimException] or
     *   [InvalidClaimException] if the claims do not fit the type.
     */
    @JvmOverloads
    public fun <T> verify(
        token: String,
        serializer: KSerializer<T>,
        now: Instant? = null,
    ): T = claimsInto(verify(token, now).payload, serializer)

    /** The same as `client.verify<MyClaims>(raw)`. */
    @JvmSynthetic
    public inline fun <reified T> verify(
        token: String,
        now: Instant? = null,
    ): T = verify(token, serializer<T>(), now)

    /** Verifies a token as [verify] does, and gives the outcome as a value. */
    @JvmOverloads
    public fun verdict(
        token: String,
        now: Instant? = null,
    ): Verdict = Verdict.of(unrevoked(token.tokenOctets(), now), verifier.revocation)

    /**
     * Every check of [verify] with its outcome.
     *
     * @throws KeysUnavailableException without keys.
     */
    @JvmOverloads
    public fun explain(
        token: String,
        now: Instant? = null,
    ): Explanation {
        val octets = token.tokenOctets()
        return when (val source = source) {
            is KeySource.Held -> {
                verifier.explain(octets, source.keys, now ?: clock.now())
            }

            is KeySource.Fetched -> {
                val verdict = Verdict.of(unrevoked(octets, now))
                val keys = source.keys.keys()
                if (keys == null && verdict.refusal?.httpStatus == UNAVAILABLE) verdict.orThrow()
                val moment = now ?: clock.now()
                (keys?.let(JwkSet::of) ?: JwkSet.fromJson(NO_KEYS)).use { verifier.explain(octets, it, moment) }
            }
        }
    }

    /**
     * Waits until there are keys, for a service that wants them before its first request.
     *
     * @throws KeysUnavailableException if the issuer cannot be asked. The next token, or the next
     *   call, is another occasion.
     */
    public fun prepare() {
        val keys = (source as? KeySource.Fetched ?: return).keys
        val asked = keys.monotonic()
        val refusal = answer { keys.prepare(asked) }
        if (refusal != null) throw VerificationException.of(refusal)
    }

    /**
     * Fetches the issuer's present keys and waits for them, such as after a rotation that was
     * announced. At most one fetch in [JwksSettings.Builder.shortestRest] is made for this. Nothing
     * happens if keys are not fetched.
     *
     * @throws KeysUnavailableException if the fetch fails, or if the issuer was asked so recently
     *   that it is not asked now.
     */
    public fun refreshNow() {
        val keys = (source as? KeySource.Fetched ?: return).keys
        val asked = keys.monotonic()
        val refusal = answer { keys.refreshNow(asked) }
        if (refusal != null) throw VerificationException.of(refusal)
    }

    /**
     * Withdraws every key with this `kid` at once, for a key that has leaked: its tokens get
     * `unknown_key`, whatever the issuer publishes and whatever is seeded, until [restore] or the end
     * of the process. Of keys that are not fetched none is withdrawn.
     */
    public fun purge(kid: String) {
        // No key has a kid that is not Unicode.
        if (!kid.hasLoneSurrogate()) (source as? KeySource.Fetched)?.keys?.purge(kid)
    }

    /** Takes back [purge]. False if the `kid` was not withdrawn. */
    public fun restore(kid: String): Boolean =
        !kid.hasLoneSurrogate() && (source as? KeySource.Fetched)?.keys?.restore(kid) == true

    /** How the keys are doing, for a health endpoint. Fetches nothing. */
    public fun health(): KeyHealth =
        when (val source = source) {
            is KeySource.Fetched -> source.keys.health()
            is KeySource.Held -> source.health()
        }

    /** The keys that have been fetched or seeded, if any have, for [seed] in another process or a later one. */
    public fun export(): KeySnapshot? = (source as? KeySource.Fetched)?.keys?.export()

    /**
     * Takes over keys from [export], or from a file that was deployed along. They are used at once
     * and refreshed at the first occasion. Nothing happens if newer keys are held, or keys that are
     * never fetched.
     *
     * @throws InvalidJwksException if the set cannot be used, or is not the one of its `sha256`.
     */
    public fun seed(snapshot: KeySnapshot) {
        if (snapshot.jwks.hasLoneSurrogate() || snapshot.sha256?.hasLoneSurrogate() == true) {
            throw InvalidJwksException("malformed_jwks", LONE_SURROGATE)
        }
        try {
            (source as? KeySource.Fetched)?.keys?.seed(snapshot)
        } catch (problem: Problem) {
            throw InvalidJwksException.of(problem)
        }
    }

    /**
     * From now on nothing is fetched, and every caller that waits for a fetch is refused with
     * [KeysUnavailableException]. Keys that are held are used until they are too old.
     */
    override fun close() {
        (source as? KeySource.Fetched)?.keys?.close()
    }

    /** Where the keys are fetched from, without a query; or that they are not. */
    override fun toString(): String = "JwksClient($source)"

    internal fun now(): Instant = clock.now()

    /** Verifies a token, and asks about its revocation only if it has passed [check]. */
    internal fun admit(
        token: String,
        check: (VerifiedToken) -> Unit,
    ): VerifiedToken {
        val verdict = Verdict.of(unrevoked(token.tokenOctets(), null))
        if (verdict is Verdict.Accepted) check(verdict.token)
        return verdict.unlessRevoked(verifier.revocation).orThrow()
    }

    private fun unrevoked(
        token: ByteArray,
        now: Instant?,
    ) = when (val source = source) {
        is KeySource.Held -> {
            verifier.core.verify(source.keys.core, token, now ?: clock.now())
        }

        is KeySource.Fetched -> {
            val asked = source.keys.monotonic()
            answer { source.keys.verify(verifier.core, token, asked, now) }
        }
    }

    public companion object {
        /**
         * A client that finds the keys through the issuer's metadata: the document of OpenID Connect
         * Discovery or else of RFC 8414, which must name this very issuer. Nothing is fetched before
         * the first token. An issuer without metadata is asked at `/.well-known/jwks.json`, unless
         * the settings rule that out.
         *
         * @param issuer the URL that is `iss` in its tokens, over https or on this very machine.
         * @param audience what must be in `aud`; null waives the check.
         * @param settings how keys are fetched and kept.
         * @param further what else is demanded of a token.
         * @throws InvalidKeySourceException if the issuer is no URL that may be fetched from.
         * @throws InvalidPolicyException if what is demanded makes no sense.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromIssuer(
            issuer: String,
            audience: String?,
            settings: JwksSettings = JwksSettings.DEFAULT,
            further: Policy.Builder.() -> Unit = {},
        ): JwksClient = fromIssuer(Policy.of(issuer, audience, further), settings)

        /**
         * The same for a policy that names exactly one issuer.
         *
         * @throws InvalidPolicyException if it names several or none.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromIssuer(
            policy: Policy,
            settings: JwksSettings = JwksSettings.DEFAULT,
        ): JwksClient {
            val issuer = policy.soleIssuer ?: throw InvalidPolicyException("keys are found through one issuer; name it")
            return ofIssuer(issuer, Verifier(policy), settings)
        }

        /** The issuer whose metadata is asked for need not be the one that tokens name. */
        internal fun ofIssuer(
            issuer: String,
            verifier: Verifier,
            settings: JwksSettings,
        ): JwksClient {
            val source = fetched(settings) { KeyLocation.ofIssuer(issuer, settings.takesCustomaryPlace, it) }
            return JwksClient(verifier, source, settings.clock)
        }

        private fun fetched(
            settings: JwksSettings,
            location: (FetchRules) -> KeyLocation,
        ): KeySource {
            NativeLibrary.isDirect
            val place =
                try {
                    location(settings.rules)
                } catch (problem: Problem) {
                    throw InvalidKeySourceException.of(problem)
                }
            val cache = JwksCache(settings.numbers, settings.limits, place)
            val requests = KeyRequests(settings.fetcher ?: Fetcher.ofPlatform())
            return KeySource.Fetched(FetchedKeys(cache, place, requests, settings.clock))
        }
    }
}

/** Where a client has its keys from. */
internal sealed interface KeySource {
    /** From the caller. */
    class Held(
        val keys: JwkSet,
    ) : KeySource {
        fun health() =
            KeyHealth(
                usableKeys = keys.keys.size,
                skippedKeys = keys.skipped.size,
                age = null,
                sha256 = null,
                isSeed = false,
                isFresh = true,
                failures = 0,
                lastFailure = null,
                isFetching = false,
                purged = emptyList(),
                fetches = KeyFetches(due = 0, unknownKey = 0, refusedToken = 0, requested = 0),
            )

        override fun toString() = "keys at hand"
    }

    /** From the issuer. */
    class Fetched(
        val keys: FetchedKeys,
    ) : KeySource {
        override fun toString() = keys.toString()
    }
}

private fun checked(url: String): String =
    if (url.hasLoneSurrogate()) throw InvalidKeySourceException(LONE_SURROGATE) else url

private const val NO_KEYS = """{"keys":[]}"""

private const val UNAVAILABLE = 503
