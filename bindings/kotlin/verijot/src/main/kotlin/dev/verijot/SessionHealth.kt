package dev.verijot

import dev.verijot.internal.duration
import java.time.Duration

/**
 * How a client's tokens are doing.
 *
 * @property isSignedIn whether there are tokens; otherwise somebody has to sign in.
 * @property isValid whether the access token has not expired.
 * @property expiresIn for how long it is valid, if that is known.
 * @property failures refreshes that failed since the last one that succeeded.
 * @property lastFailure the last of them, for people.
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
            "$failures failed refreshes" + lastFailure?.let { ", the last: $it" }.orEmpty()

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
