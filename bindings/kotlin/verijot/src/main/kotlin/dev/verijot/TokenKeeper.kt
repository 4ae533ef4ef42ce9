package dev.verijot

/**
 * Gets new tokens from a token endpoint, and stores them so that they outlive the process.
 *
 * Each refresh calls it in a thread of its own. It may block; it is interrupted if it takes too long.
 */
public interface TokenKeeper {
    /**
     * Makes one request to the token endpoint (RFC 6749 §6).
     *
     * @throws RefreshFailedException for a response without tokens; use [RefreshFailedException.ofResponse].
     *   Any other exception counts as no response.
     */
    @Throws(Exception::class)
    public fun refresh(refreshToken: String): IssuedTokens

    /**
     * Stores new tokens, before the first request uses them. A refresh token is often valid for one refresh
     * only, so this can be the only copy of the next one.
     *
     * @throws Exception if storing failed. The logger `dev.verijot` logs it, and the tokens are used anyway,
     *   because there are no others.
     */
    @Throws(Exception::class)
    public fun store(tokens: IssuedTokens)

    /**
     * Returns whether tokens could be stored now; false while a keychain is locked, for example. While it
     * is false nothing is refreshed. It is called before each request and must not block.
     */
    public fun canStore(): Boolean = true
}
