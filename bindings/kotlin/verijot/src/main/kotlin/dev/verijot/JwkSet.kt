package dev.verijot

import dev.verijot.ffi.JwkSetLimits
import dev.verijot.ffi.Problem
import dev.verijot.ffi.SkippedKeyFacts
import dev.verijot.internal.CoreKeys
import dev.verijot.internal.LONE_SURROGATE
import dev.verijot.internal.NativeLibrary
import dev.verijot.internal.hasLoneSurrogate

/**
 * The keys of one issuer. Make it once: it is immutable, and threads can share it.
 *
 * Its memory is outside the heap. [close] frees it, or the garbage collector.
 */
public class JwkSet private constructor(
    internal val core: CoreKeys,
) : AutoCloseable {
    /** The usable keys, in the set's order. */
    public val keys: List<KeyFacts>
        get() = core.handle.use { it.keys() }.map { KeyFacts(it.keyId, it.kind, it.keyType, it.algorithms) }

    /** The keys that are not used and why, in the set's order. */
    public val skipped: List<SkippedKey>
        get() = core.handle.use { it.skipped() }.map(SkippedKey::of)

    /** Frees the memory outside the heap when the last running verification ends. */
    override fun close() {
        core.handle.close()
    }

    public companion object {
        /**
         * Reads a JWK Set. An unusable key does not fail the set; [skipped] lists such keys and why.
         *
         * @param json the set as JSON.
         * @param symmetricKeys whether to accept `oct` keys, for HMAC.
         * @param maxOctets the maximum number of octets of the set; null for 262144.
         * @param maxKeys the maximum number of keys of the set; null for 100.
         * @param toleratePaddedBase64 whether to accept numbers in base64 with padding, or in the standard
         *   alphabet, which RFC 7515 forbids.
         * @param tolerateShortCoordinates whether to accept coordinates without their leading zero octets,
         *   which RFC 7518 forbids.
         * @param purposes the only values that the `use` of a key may have, such as `jwt-svid`; null for keys
         *   for signatures.
         * @throws InvalidJwksException if the set as a whole cannot be used.
         * @throws IllegalArgumentException if a maximum is negative.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromJson(
            json: String,
            symmetricKeys: Boolean = false,
            maxOctets: Int? = null,
            maxKeys: Int? = null,
            toleratePaddedBase64: Boolean = false,
            tolerateShortCoordinates: Boolean = false,
            purposes: Collection<String>? = null,
        ): JwkSet =
            fromJson(
                utf8(json),
                symmetricKeys,
                maxOctets,
                maxKeys,
                toleratePaddedBase64,
                tolerateShortCoordinates,
                purposes,
            )

        /** Reads a JWK Set in UTF-8. */
        @JvmStatic
        @JvmOverloads
        public fun fromJson(
            json: ByteArray,
            symmetricKeys: Boolean = false,
            maxOctets: Int? = null,
            maxKeys: Int? = null,
            toleratePaddedBase64: Boolean = false,
            tolerateShortCoordinates: Boolean = false,
            purposes: Collection<String>? = null,
        ): JwkSet =
            made {
                purposes?.forEach(::check)
                dev.verijot.ffi.JwkSet.fromJson(
                    json,
                    JwkSetLimits(
                        symmetricKeys,
                        maxOctets?.let(::limit),
                        maxKeys?.let(::limit),
                        toleratePaddedBase64,
                        tolerateShortCoordinates,
                        purposes?.toList(),
                    ),
                )
            }

        /**
         * Reads an object of `kid` and certificate or public key in PEM, as Google publishes it for Firebase. Of
         * a certificate only the key is used, neither validity nor chain is checked.
         *
         * @param json the object as JSON.
         * @param algorithms the algorithms that all keys may be used with.
         * @param maxOctets as for [fromJson].
         * @param maxKeys as for [fromJson].
         * @throws InvalidJwksException if the object as a whole cannot be used.
         * @throws UnusableKeyException if an algorithm is unknown.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromCertificates(
            json: String,
            algorithms: Collection<String>,
            maxOctets: Int? = null,
            maxKeys: Int? = null,
        ): JwkSet =
            made {
                algorithms.forEach(::check)
                val (octets, keys) = maxOctets?.let(::limit) to maxKeys?.let(::limit)
                dev.verijot.ffi.JwkSet
                    .fromJson(utf8(json), JwkSetLimits(false, octets, keys, certificates = algorithms.toList()))
            }

        /**
         * Reads one bare JWK, as a set of one key.
         *
         * @param json the key as JSON.
         * @param symmetricKeys whether to accept an `oct` key, for HMAC.
         * @param toleratePaddedBase64 as for [fromJson].
         * @param tolerateShortCoordinates as for [fromJson].
         * @throws InvalidJwksException if it is not a JSON object, or if it is a set.
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
            return made {
                dev.verijot.ffi.JwkSet
                    .fromJwk(utf8(json), limits)
            }
        }

        /**
         * Reads one public key from PEM.
         *
         * @param pem a public key, or a certificate; of that only the key is used, neither validity nor
         *   chain is checked.
         * @param algorithms the algorithms that the key may be used with.
         * @param keyId the `kid` of its tokens; null to try the key for every token.
         * @throws UnusableKeyException if the key is not usable with these algorithms.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromPem(
            pem: String,
            algorithms: Collection<String>,
            keyId: String? = null,
        ): JwkSet {
            (algorithms + listOfNotNull(pem, keyId)).forEach(::check)
            return made {
                dev.verijot.ffi.JwkSet
                    .fromPem(pem, algorithms.toList(), keyId)
            }
        }

        /**
         * Makes a key from a shared secret for HMAC.
         *
         * @param secret the secret, at least as long as the hash.
         * @param algorithms the algorithms that the key may be used with; null for every hash that the
         *   secret is long enough for.
         * @param keyId the `kid` of its tokens; null to try the key for every token.
         * @throws UnusableKeyException if the secret is not usable with these algorithms.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromSecret(
            secret: ByteArray,
            algorithms: Collection<String>? = null,
            keyId: String? = null,
        ): JwkSet {
            (algorithms.orEmpty() + listOfNotNull(keyId)).forEach(::check)
            return made {
                dev.verijot.ffi.JwkSet
                    .fromSecret(secret, algorithms?.toList(), keyId)
            }
        }

        internal fun of(keys: dev.verijot.ffi.JwkSet): JwkSet = JwkSet(CoreKeys(keys))
    }
}

/**
 * A usable key of a set.
 *
 * @property keyId the `kid`, if it has one.
 * @property kind the type and size, such as `RSA 2048 bits` or `EC P-256`.
 * @property keyType `RSA`, `EC`, `OKP` or `oct`.
 * @property algorithms the algorithms that the key may be used with.
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
 * @property index its index in `keys`, from zero.
 * @property keyId its `kid`, if that is a string.
 * @property keyType its `kty`, if that is a string.
 * @property reason why it is not used, as a stable code.
 * @property detail the same as a human-readable text.
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

private fun made(make: () -> dev.verijot.ffi.JwkSet): JwkSet {
    NativeLibrary.isDirect
    return try {
        JwkSet.of(make())
    } catch (problem: Problem) {
        throw problem.exception()
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
    require(limit >= 0) { "the maximum is negative" }
    return limit.toULong()
}
