package dev.verijot.internal

import dev.verijot.VerificationException
import dev.verijot.ffi.RefusalCause
import dev.verijot.ffi.refusal
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.KSerializer
import kotlinx.serialization.MissingFieldException
import kotlinx.serialization.SerializationException
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.descriptors.elementNames
import kotlinx.serialization.json.Json

/**
 * Decodes the claims of a verified token as the caller's type. Messages of kotlinx.serialization quote the
 * payload, so only the name of the claim at fault is passed on.
 */
internal fun <T> decodeClaims(
    payload: String,
    serializer: KSerializer<T>,
): T {
    val cause =
        try {
            return CLAIMS.decodeFromString(serializer, payload)
        } catch (mismatch: SerializationException) {
            causeOf(mismatch, serializer.descriptor)
        } catch (_: RuntimeException) {
            // Thrown by the type's own `init` or serializer.
            RefusalCause.MismatchedClaim("")
        }
    throw VerificationException.of(refusal(cause))
}

@OptIn(ExperimentalSerializationApi::class)
private fun causeOf(
    mismatch: SerializationException,
    type: SerialDescriptor,
): RefusalCause {
    val outermost = PATH.find(mismatch.message.orEmpty())?.groupValues?.get(1)
    val isKnown = outermost != null && outermost in type.elementNames
    return when {
        mismatch is MissingFieldException && !isKnown -> RefusalCause.MissingClaim(mismatch.missingFields.first())
        else -> RefusalCause.MismatchedClaim(outermost.takeIf { isKnown }.orEmpty())
    }
}

private val CLAIMS = Json { ignoreUnknownKeys = true }

/** Finds the outermost member in the path that kotlinx.serialization puts into its messages. */
private val PATH = Regex("""at path:? \$\.?\[?'?([^'.\[\]\s]+)""")
