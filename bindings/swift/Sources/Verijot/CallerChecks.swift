internal import VerijotBindings

/// Returns whether a token that passed every other check has been revoked. An error refuses the
/// token with `revocation_unavailable`, status 503.
///
/// It must answer at once, from memory: the verification waits for it, and blocks its thread. For an answer
/// that takes time use ``JwksClient/Options/revoked``.
public typealias RevocationCheck = @Sendable (VerifiedToken) throws -> Bool

/// Returns whether a tenant is known, for tenants that come and go while the service runs. It is
/// called with the tenant's id of every token that an issuer template accepts and that has passed
/// all other checks except revocation; false refuses the token with `wrong_issuer`.
///
/// It must answer at once; if the answer needs a database, use ``JwksClient/Options/revoked``.
public typealias TenantCheck = @Sendable (String) -> Bool

/// What only the caller knows of an accepted token: whether its tenant is known, then whether it is
/// revoked.
struct CallerChecks: Sendable {
    var knownTenants: TenantCheck?
    var revoked: RevocationCheck?

    /// Whether there is anything to ask.
    var ask: Bool { knownTenants != nil || revoked != nil }

    /// Asks about a token that the core has accepted.
    func refusal(
        of token: VerifiedToken, by core: VerijotBindings.Verifier
    ) -> VerificationError? {
        refusalByTenant(of: token, by: core) ?? refusalByRevocation(of: token)
    }

    func refusalByTenant(
        of token: VerifiedToken, by core: VerijotBindings.Verifier
    ) -> VerificationError? {
        guard let knownTenants, let issuer = token.issuer, let tenant = core.tenant(issuer: issuer),
            !knownTenants(tenant)
        else { return nil }
        return VerificationError(core.unknownTenant(issuer: issuer))
    }

    func refusalByRevocation(of token: VerifiedToken) -> VerificationError? {
        guard let revoked else { return nil }
        do {
            return try revoked(token) ? VerificationError(.revoked) : nil
        } catch {
            return VerificationError(.revocationUnavailable(retryAfter: nil))
        }
    }
}
