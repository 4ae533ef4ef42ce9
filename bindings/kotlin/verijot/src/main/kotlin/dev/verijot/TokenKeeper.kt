package dev.verijot

/**
 * Gets new tokens from a token endpoint, and keeps them where they outlive the process.
 *
 * Called in a thread that is there for one refresh. It may block; what takes too long is interrupted.
 */
public interface TokenKeeper {
    /**
     * Asks the token endpoint once (RFC 6749 §6).
     *
     * @throws RefreshFailedException for an answer without tokens; [RefreshFailedException.ofResponse]
     *   says what it means. Any other exception counts as no answer.
     */
    @Throws(Exception::class)
    public fun refresh(refreshToken: String): IssuedTokens

    /**
     * Keeps new tokens, before the first request uses them. A refresh token is often good for one
     * refresh only, so this can be the only copy of the next.
     *
     * @throws Exception if it could not be done. The tokens are used all the same, for there are no
     *   others, and the logger `dev.verijot` tells of it.
     */
    @Throws(Exception::class)
    public fun store(tokens: IssuedTokens)

    /**
     * Whether tokens could be stored if they were refreshed now; not while a keychain is locked, for
     * example. Nothing is refreshed otherwise. Asked before each request, so it should not block.
     */
    public fun canStore(): Boolean = true
}
