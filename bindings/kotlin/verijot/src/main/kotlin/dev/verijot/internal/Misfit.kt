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
 * Reads the claims of a verified token as a type of the caller's. What kotlinx.serialization says of
 * a misfit stays here, because it quotes the payload.
 */
internal fun <T> claimsInto(
    payload: String,
    serializer: KSerializer<T>,
): T {
    val cause =
        try {
            return CLAIMS.decodeFromString(serializer, payload)
        } catch (misfit: SerializationException) {
            causeOf(misfit, serializer.descriptor)
        } catch (_: IllegalArgumentException) {
            // What a type's own `init` refuses.
            RefusalCause.MisfitClaim("")
        }
    throw VerificationException.of(refusal(cause))
}

@OptIn(ExperimentalSerializationApi::class)
private fun causeOf(
    misfit: SerializationException,
    type: SerialDescriptor,
): RefusalCause {
    val outermost = PATH.find(misfit.message.orEmpty())?.groupValues?.get(1)
    val isKnown = outermost != null && outermost in type.elementNames
    return when {
        misfit is MissingFieldException && !isKnown -> RefusalCause.MissingClaim(misfit.missingFields.first())
        else -> RefusalCause.MisfitClaim(outermost.takeIf { isKnown }.orEmpty())
    }
}

private val CLAIMS = Json { ignoreUnknownKeys = true }

/** The outermost member of the path that kotlinx.serialization puts into its messages. */
private val PATH = Regex("""at path:? \$\.?\[?'?([^'.\[\]\s]+)""")
