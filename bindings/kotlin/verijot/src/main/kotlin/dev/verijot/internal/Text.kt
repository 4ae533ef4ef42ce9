package dev.verijot.internal

/**
 * Whether a surrogate stands alone. Such a string is no Unicode text: to encode it, something would
 * have to be put in its place, and two strings that differ could become one.
 */
internal fun String.hasLoneSurrogate(): Boolean {
    var index = 0
    while (index < length) {
        val unit = this[index]
        if (unit.isHighSurrogate() && index + 1 < length && this[index + 1].isLowSurrogate()) {
            index += 2
        } else if (unit.isSurrogate()) {
            return true
        } else {
            index += 1
        }
    }
    return false
}

/** The octets of a token. A lone surrogate becomes a question mark, which no token has. */
internal fun String.tokenOctets(): ByteArray = toByteArray(Charsets.UTF_8)

internal const val LONE_SURROGATE = "a string has a lone surrogate, which is no Unicode text"
