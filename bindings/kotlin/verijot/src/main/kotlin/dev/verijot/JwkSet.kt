package dev.verijot

import dev.verijot.ffi.JwkSetLimits
import dev.verijot.ffi.Problem
import dev.verijot.ffi.SkippedKeyFacts
import dev.verijot.internal.CoreKeys
import dev.verijot.internal.LONE_SURROGATE
import dev.verijot.internal.NativeLibrary
import dev.verijot.internal.hasLoneSurrogate

/**
 * The keys of one issuer. Make it once: it is immutable and can be shared between threads.
 *
 * Its memory is outside the heap and is freed by [close], or once nobody refers to it any more.
 */
public class JwkSet private constructor(
    internal val core: CoreKeys,
) : AutoCloseable {
    /** The usable keys, in the set's order. */
    public val keys: List<KeyFacts>
        get() = core.held.use { it.keys() }.map { KeyFacts(it.keyId, it.kind, it.keyType, it.algorithms) }

    /** The keys that are not used, in the set's order, with the reasons. */
    public val skipped: List<SkippedKey>
        get() = core.held.use { it.skipped() }.map(SkippedKey::of)

    /** Frees the memory outside the heap, once every verification that is under way has ended. */
    override fun close() {
        core.held.close()
    }

    public companion object {
        /**
         * Reads a JWK Set. A key that cannot be used never fails the set: [skipped] says which and
         * why.
         *
         * @param json the set as JSON.
         * @param symmetricKeys whether `oct` keys are used, and HMAC with them.
         * @param maxOctets the most octets that the set may have.
         * @param maxKeys the most keys that the set may have.
         * @param toleratePaddedBase64 whether numbers may be base64 with padding, or of the standard
         *   alphabet, which RFC 7515 forbids.
         * @param tolerateShortCoordinates whether coordinates may lack zero octets at their beginning,
         *   which RFC 7518 forbids.
         * @throws InvalidJwksException if the set as a whole cannot be used.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromJson(
            json: String,
            symmetricKeys: Boolean = false,
            maxOctets: Int = DEFAULT_MAX_OCTETS,
            maxKeys: Int = DEFAULT_MAX_KEYS,
            toleratePaddedBase64: Boolean = false,
            tolerateShortCoordinates: Boolean = false,
        ): JwkSet =
            fromJson(
                utf8(json),
                symmetricKeys,
                maxOctets,
                maxKeys,
                toleratePaddedBase64,
                tolerateShortCoordinates,
            )

        /** The same for a set in UTF-8. */
        @JvmStatic
        @JvmOverloads
        public fun fromJson(
            json: ByteArray,
            symmetricKeys: Boolean = false,
            maxOctets: Int = DEFAULT_MAX_OCTETS,
            maxKeys: Int = DEFAULT_MAX_KEYS,
            toleratePaddedBase64: Boolean = false,
            tolerateShortCoordinates: Boolean = false,
        ): JwkSet {
            val (octets, keys) = limit(maxOctets) to limit(maxKeys)
            val limits = JwkSetLimits(symmetricKeys, octets, keys, toleratePaddedBase64, tolerateShortCoordinates)
            return made(InvalidJwksException::of) {
                dev.verijot.ffi.JwkSet
                    .fromJson(json, limits)
            }
        }

        /**
         * Reads one bare JWK as a set of one.
         *
         * @param json the key as JSON.
         * @param symmetricKeys whether an `oct` key is used, and HMAC with it.
         * @param toleratePaddedBase64 as of [fromJson].
         * @param tolerateShortCoordinates as of [fromJson].
         * @throws InvalidJwksException if it is no JSON object, or a set.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromJwk(
            json: String,
            symmetricKeys: Boolean = false,
            toleratePaddedBase64: Boolean = false,
            tolerateShortCoordinates: Boolean = false,
        ): JwkSet {
            val limits = JwkSetLimits(symmetricKeys, null, null, toleratePaddedBase64, tolerateShortCoordinates)
            return made(InvalidJwksException::of) {
                dev.verijot.ffi.JwkSet
                    .fromJwk(utf8(json), limits)
            }
        }

        /**
         * One public key in PEM, or that of a certificate in PEM.
         *
         * @param pem a public key, or a certificate, of which only the key is used: neither its
         *   validity nor its chain is judged.
         * @param algorithms the algorithms that it may be used with.
         * @param keyId the `kid` of its tokens; without one it is tried for every token.
         * @throws UnusableKeyException if it is no usable key for these algorithms.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromPem(
            pem: String,
            algorithms: Collection<String>,
            keyId: String? = null,
        ): JwkSet {
            (algorithms + listOfNotNull(pem, keyId)).forEach(::check)
            return made(UnusableKeyException::of) {
                dev.verijot.ffi.JwkSet
                    .fromPem(pem, algorithms.toList(), keyId)
            }
        }

        /**
         * One shared secret for HMAC.
         *
         * @param secret its octets, at least as many as the hash has.
         * @param algorithms the algorithms that it may be used with; null for every hash that it is
         *   long enough for.
         * @param keyId the `kid` of its tokens; without one it is tried for every token.
         * @throws UnusableKeyException if it is no usable key for these algorithms.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromSecret(
            secret: ByteArray,
            algorithms: Collection<String>? = null,
            keyId: String? = null,
        ): JwkSet {
            (algorithms.orEmpty() + listOfNotNull(keyId)).forEach(::check)
            return made(UnusableKeyException::of) {
                dev.verijot.ffi.JwkSet
                    .fromSecret(secret, algorithms?.toList(), keyId)
            }
        }

        internal fun of(keys: dev.verijot.ffi.JwkSet): JwkSet = JwkSet(CoreKeys(keys))

        internal const val DEFAULT_MAX_OCTETS = 262_144

        internal const val DEFAULT_MAX_KEYS = 100
    }
}

/**
 * A usable key of a set.
 *
 * @property keyId the `kid`, if it has one.
 * @property kind the type and size, such as `RSA 2048 bits` or `EC P-256`.
 * @property keyType `RSA`, `EC`, `OKP` or `oct`.
 * @property algorithms the algorithms that it may be used with.
 */
public class KeyFacts internal constructor(
    public val keyId: String?,
    public val kind: String,
    public val keyType: String,
    public val algorithms: List<String>,
) {
    override fun toString(): String = "$kind, kid ${keyId ?: "absent"}, for ${algorithms.joinToString(" ")}"
}

/**
 * A key of a set that is not used.
 *
 * @property index its place in `keys`, counted from zero.
 * @property keyId its `kid`, if that is a string.
 * @property keyType its `kty`, if that is a string.
 * @property reason why it is not used: a stable code.
 * @property detail the same in words, for people.
 */
public class SkippedKey internal constructor(
    public val index: Int,
    public val keyId: String?,
    public val keyType: String?,
    public val reason: String,
    public val detail: String,
) {
    override fun toString(): String = "key $index, kid ${keyId ?: "absent"}: $reason: $detail"

    internal companion object {
        fun of(key: SkippedKeyFacts) = SkippedKey(key.index.toInt(), key.keyId, key.keyType, key.reason, key.detail)
    }
}

private fun made(
    exception: (Problem) -> Exception,
    make: () -> dev.verijot.ffi.JwkSet,
): JwkSet {
    NativeLibrary.isDirect
    return try {
        JwkSet.of(make())
    } catch (problem: Problem) {
        throw exception(problem)
    }
}

private fun utf8(json: String): ByteArray {
    if (json.hasLoneSurrogate()) throw InvalidJwksException("malformed_jwks", LONE_SURROGATE)
    return json.toByteArray(Charsets.UTF_8)
}

private fun check(text: String) {
    if (text.hasLoneSurrogate()) throw UnusableKeyException("malformed_key", LONE_SURROGATE)
}

private fun limit(limit: Int): ULong {
    require(limit >= 0) { "a limit is negative" }
    return limit.toULong()
}
