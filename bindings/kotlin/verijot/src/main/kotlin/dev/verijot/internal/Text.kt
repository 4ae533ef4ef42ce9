package dev.verijot.internal

/**
 * Returns whether the string has a lone surrogate. Such a string is not Unicode: encoding it would replace the
 * surrogate, and two different strings could become equal.
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

/** Returns a token's octets. A lone surrogate becomes a question mark, which no token contains. */
internal fun String.tokenOctets(): ByteArray = toByteArray(Charsets.UTF_8)

internal const val LONE_SURROGATE = "a string has a lone surrogate, which is not Unicode"
