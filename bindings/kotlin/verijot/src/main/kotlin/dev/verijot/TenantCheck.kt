package dev.verijot

/**
 * Says whether a tenant is known, for tenants that come and go while the service runs. It is called with the
 * tenant's id of every token that an issuer template accepts and that has passed all other checks except
 * revocation; false refuses the token with `wrong_issuer`.
 *
 * It must answer at once; if the answer needs a database, use a [RevocationCheck]. Its exceptions reach the
 * caller of the verifier, and the token is not accepted.
 */
public fun interface TenantCheck {
    /** Returns whether the tenant is known. */
    public fun isKnown(tenant: String): Boolean
}
