package dev.verijot

import dev.verijot.internal.duration
import java.time.Duration

/**
 * The state of a client's tokens.
 *
 * @property isSignedIn whether there are tokens; if not, the user has to sign in.
 * @property isValid whether the access token has not expired.
 * @property expiresIn how long it is still valid, if known.
 * @property failures how many refreshes in a row have failed.
 * @property lastFailure why the latest of them failed, human-readable.
 * @property isRefreshing whether a refresh is under way.
 */
public class SessionHealth internal constructor(
    public val isSignedIn: Boolean,
    public val isValid: Boolean,
    public val expiresIn: Duration?,
    public val failures: Int,
    public val lastFailure: String?,
    public val isRefreshing: Boolean,
) {
    override fun toString(): String =
        "${if (isSignedIn) "signed in" else "not signed in"}, ${if (isValid) "valid" else "not valid"}, " +
            "$failures failed refreshes" + lastFailure?.let { ", the latest: $it" }.orEmpty()

    internal companion object {
        fun of(health: dev.verijot.ffi.SessionHealth): SessionHealth =
            SessionHealth(
                isSignedIn = health.isSignedIn,
                isValid = health.isValid,
                expiresIn = health.expiresIn?.let(::duration),
                failures = health.failures.toInt(),
                lastFailure = health.lastFailure,
                isRefreshing = health.isRefreshing,
            )
    }
}
