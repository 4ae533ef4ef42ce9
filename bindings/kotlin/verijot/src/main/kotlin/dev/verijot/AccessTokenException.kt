package dev.verijot

import java.time.Duration

/** A [TokenSession] has no access token to send with a request. It can be logged. */
public sealed class AccessTokenException(
    /** The stable code. */
    public val code: String,
    detail: String,
) : RuntimeException("$code: $detail")

/** `sign_in_needed`: there are no tokens, they cannot be refreshed, or that has been refused for good. */
public class SignInNeededException internal constructor() :
    AccessTokenException("sign_in_needed", "there are no tokens, or none that can be refreshed; sign in")

/** `storage_needed`: a refresh is needed, and its answer could not be stored now. */
public class StorageNeededException internal constructor() :
    AccessTokenException("storage_needed", "the access token must be refreshed, and new tokens cannot be stored now")

/** `refresh_unavailable`: the access token has ended, and the last refresh failed. */
public class RefreshUnavailableException internal constructor(
    /** When the next refresh may start. */
    public val retryAfter: Duration,
) : AccessTokenException("refresh_unavailable", "the access token could not be refreshed; try again in $retryAfter")

/** `unsafe_url`: no token is sent over anything but https, or to this very machine. */
public class UnsafeUrlException internal constructor(
    detail: String,
) : AccessTokenException("unsafe_url", detail)
