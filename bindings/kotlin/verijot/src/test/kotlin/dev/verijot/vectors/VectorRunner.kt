package dev.verijot.vectors

import dev.verijot.AlbVerifier
import dev.verijot.Bearer
import dev.verijot.CacheSettings
import dev.verijot.DecodeException
import dev.verijot.Explanation
import dev.verijot.InvalidJwksException
import dev.verijot.InvalidPolicyException
import dev.verijot.InvalidTokenException
import dev.verijot.JwkSet
import dev.verijot.JwksClient
import dev.verijot.KeysUnavailableException
import dev.verijot.UnavailableException
import dev.verijot.VerificationException
import dev.verijot.VerifiedJws
import dev.verijot.VerifiedToken
import dev.verijot.Verifier
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.io.IOException
import java.util.Base64

/** Runs one vector. Returns null if its outcome is the expected one, otherwise the difference. */
fun mismatch(case: Case): String? {
    val outcome = outcome(case)
    val expectedKeys = case.skipped
    if (expectedKeys != null && outcome.skipped != null && expectedKeys != outcome.skipped) {
        return "expected the skipped keys $expectedKeys, got ${outcome.skipped}"
    }
    val valid = case.expected["valid"]
    if (valid != null) {
        val accepted = outcome.accepted ?: return "expected valid, got ${outcome.name}"
        return difference(valid.jsonObject, accepted)
    }
    val code =
        case.expected
            .getValue("error")
            .jsonPrimitive.content
    val claim = case.expected["claim"]?.jsonPrimitive?.content
    val fits = outcome.accepted == null && code in setOf("any", outcome.code) && claim in setOf(null, outcome.claim)
    return if (fits) null else "expected $code${claim?.let { " ($it)" }.orEmpty()}, got ${outcome.name}"
}

private class Outcome(
    val accepted: Accepted? = null,
    val code: String? = null,
    val claim: String? = null,
    val skipped: List<Pair<Int, String>>? = null,
) {
    val name = if (accepted == null) code + claim?.let { " ($it)" }.orEmpty() else "valid"
}

class Accepted(
    val keyId: String?,
    val algorithm: String,
    val header: JsonObject,
    val payload: ByteArray,
    val claims: JsonObject?,
    val checked: JsonObject? = null,
    val token: VerifiedToken? = null,
)

/** Policy, then keys, then token. */
private fun outcome(case: Case): Outcome {
    val profile: ProfileOfCase?
    val loadBalancer: AlbVerifier?
    val verifier: Verifier?
    try {
        profile = case.profile?.let { ProfileOfCase(case) }
        loadBalancer = case.loadBalancer?.let(AlbVerifier::fromJson)
        verifier = if (profile == null) Verifier(case.policy()) else null
    } catch (refused: InvalidPolicyException) {
        return Outcome(code = refused.code)
    }
    val jwks =
        case.jwks ?: return refused(null) {
            if (verifier == null) throw UnusableCaseException("a profile without keys")
            accepted(verifyWithoutKeys(case, verifier))
        }
    val keys =
        try {
            val padded = "padded_base64" in case.jwksOptions
            val short = "short_coordinates" in case.jwksOptions
            val algorithms = case.certificates
            if (algorithms != null) {
                JwkSet.fromCertificates(jwks, algorithms, case.jwksOctets, case.jwksKeys)
            } else if ("single_key" in case.jwksOptions) {
                JwkSet.fromJwk(jwks, case.allowsSymmetricKeys, padded, short)
            } else {
                JwkSet.fromJson(
                    jwks,
                    case.allowsSymmetricKeys,
                    case.jwksOctets,
                    case.jwksKeys,
                    padded,
                    short,
                    case.purposes,
                )
            }
        } catch (refused: InvalidJwksException) {
            return Outcome(code = refused.code)
        }
    val skipped = keys.skipped.map { it.index to it.reason }
    return try {
        refused(skipped) {
            if (verifier == null) {
                checked(case, checkNotNull(profile), keys)
            } else if (loadBalancer == null) {
                verify(case, verifier, keys)
            } else {
                accepted(case, loadBalancer, keys)
            }
        }
    } catch (refused: InvalidPolicyException) {
        Outcome(code = refused.code, skipped = skipped)
    }
}

private fun refused(
    skipped: List<Pair<Int, String>>?,
    verify: () -> Accepted,
): Outcome =
    try {
        Outcome(accepted = verify(), skipped = skipped)
    } catch (refused: VerificationException) {
        if (refused.javaClass in GENERAL) throw UnusableCaseException("${refused.code} has no class of its own")
        Outcome(code = refused.code, claim = refused.claim, skipped = skipped)
    }

private fun checked(
    case: Case,
    profile: ProfileOfCase,
    keys: JwkSet,
): Accepted {
    val token =
        when (val given = case.token) {
            is Case.Given.Text -> given.text
            is Case.Given.Authorization -> Bearer.token(given.header)
            is Case.Given.Octets -> throw UnusableCaseException("octets for a profile")
        }
    if (case.isJws) throw UnusableCaseException("a JWS for a profile")
    if (case.replayWindow != null) return profile.verify(token, keys, case.now)
    val explained = profile.explain(token, keys, case.now)
    lateinit var accepted: Accepted
    agreed(explained) {
        accepted = profile.verify(token, keys, case.now)
        checkNotNull(accepted.token)
    }
    return accepted
}

private fun accepted(
    case: Case,
    loadBalancer: AlbVerifier,
    keys: JwkSet,
): Accepted {
    val given = case.token as? Case.Given.Text ?: throw UnusableCaseException("no text for a load balancer")
    val token = loadBalancer.verify(given.text, keys, case.now)
    return Accepted(token.keyId, token.algorithm, token.header, token.payload.toByteArray(), token.claims)
}

private fun verify(
    case: Case,
    verifier: Verifier,
    keys: JwkSet,
): Accepted =
    when (val given = case.token) {
        is Case.Given.Octets -> {
            if (case.isJws) {
                accepted(verifier.verifyJws(given.octets, keys))
            } else {
                val explained = verifier.explain(given.octets, keys, case.now)
                accepted(agreed(explained) { verifier.verdict(given.octets, keys, case.now).orThrow() })
            }
        }

        is Case.Given.Text -> {
            verify(case, verifier, keys, given.text)
        }

        is Case.Given.Authorization -> {
            verify(case, verifier, keys, Bearer.token(given.header))
        }
    }

private fun verify(
    case: Case,
    verifier: Verifier,
    keys: JwkSet,
    token: String,
): Accepted {
    if (case.isJws) return accepted(verifier.verifyJws(token, keys))
    val explained = verifier.explain(token, keys, case.now)
    return accepted(agreed(explained) { verifier.verify(token, keys, case.now) })
}

/** Checks that `explain` and `verify` agree. */
private fun agreed(
    explained: Explanation,
    verify: () -> VerifiedToken,
): VerifiedToken {
    val verified =
        try {
            verify()
        } catch (refused: VerificationException) {
            val same = explained.verdict.refusal?.toException()
            if (same?.facts() != refused.facts()) throw UnusableCaseException("explain and verify differ")
            throw refused
        }
    if (!explained.isAccepted) throw UnusableCaseException("explain and verify differ")
    return verified
}

private fun VerificationException.facts() =
    listOf(javaClass, code, message, claim, expected, actual, httpStatus, wwwAuthenticate, retryAfter)

/** A client whose issuer cannot be reached. */
private fun verifyWithoutKeys(
    case: Case,
    verifier: Verifier,
): VerifiedToken {
    val token =
        when (val given = case.token) {
            is Case.Given.Text -> given.text
            is Case.Given.Authorization -> Bearer.token(given.header)
            is Case.Given.Octets -> throw UnusableCaseException("octets without keys")
        }
    val settings = CacheSettings.builder().fetcher { throw IOException("no connection") }.build()
    JwksClient("https://issuer.example/keys", verifier, settings).use { client ->
        try {
            return client.verify(token, case.now)
        } catch (refused: KeysUnavailableException) {
            if (refused.retryAfter == null) throw UnusableCaseException("no Retry-After")
            throw refused
        }
    }
}

fun accepted(
    token: VerifiedToken,
    checked: JsonObject? = null,
) = Accepted(token.keyId, token.algorithm, token.header, token.payload.toByteArray(), token.claims, checked, token)

private fun accepted(jws: VerifiedJws) = Accepted(jws.keyId, jws.algorithm, jws.header, jws.payload, null)

private fun difference(
    expected: JsonObject,
    got: Accepted,
): String? {
    val valid = known(expected, "kid", "alg", "payload", "payload_base64url", "checked")

    fun text(name: String) = valid[name]?.jsonPrimitive?.content
    val encoded = Base64.getUrlEncoder().withoutPadding().encodeToString(got.payload)
    // EdDSA has a second name, Ed25519 (RFC 9864).
    val algorithms =
        setOf(
            got.algorithm,
            got.header
                .getValue("alg")
                .jsonPrimitive.content,
        )
    return when {
        text("kid") !in setOf(null, got.keyId) -> "expected kid ${text("kid")}, got ${got.keyId}"

        text("alg") != null && text("alg") !in algorithms -> "expected alg ${text("alg")}, got ${got.algorithm}"

        text("payload") !in setOf(null, got.payload.toString(Charsets.UTF_8)) -> "the payload differs"

        text("payload_base64url") !in setOf(null, encoded) -> "the payload differs"

        valid["checked"] !in setOf(null, got.checked) -> "expected checked ${valid["checked"]}, got ${got.checked}"

        got.claims != null && got.claims !=
            Json.parseToJsonElement(
                got.payload.toString(Charsets.UTF_8),
            )
        -> "the claims differ"

        else -> null
    }
}

private val GENERAL =
    setOf(
        VerificationException::class.java,
        InvalidTokenException::class.java,
        DecodeException::class.java,
        UnavailableException::class.java,
    )
