package dev.verijot

import java.time.Duration

/** A [TokenSession] has no access token to send with a request. Safe to log. */
public sealed class AccessTokenException(
    /** The stable code. */
    public val code: String,
    /** What is wrong and what to do, human-readable. */
    override val message: String,
) : RuntimeException(message) {
    override fun toString(): String = "${javaClass.name}: $code: $message"
}

/** `sign_in_needed`: there are no tokens, they cannot be refreshed, or a refresh was refused permanently. */
public class SignInNeededException internal constructor() :
    AccessTokenException("sign_in_needed", "there are no tokens, or they cannot be refreshed; sign in")

/** `storage_needed`: the access token must be refreshed, but new tokens cannot be stored now. */
public class StorageNeededException internal constructor() :
    AccessTokenException("storage_needed", "the access token must be refreshed, but new tokens cannot be stored now")

/** `refresh_unavailable`: the access token has expired, and the last refresh failed. */
public class RefreshUnavailableException internal constructor(
    /** How long to wait before the next refresh. */
    public val retryAfter: Duration,
) : AccessTokenException("refresh_unavailable", "could not refresh the access token; retry in $retryAfter")

/** `unsafe_url`: tokens are only sent over https, or to this machine. */
public class UnsafeUrlException internal constructor(
    message: String,
) : AccessTokenException("unsafe_url", message)
