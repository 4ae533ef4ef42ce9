internal import VerijotBindings

/// The Authorization header of RFC 6750.
public enum Bearer {
    /// The token in the value of an Authorization header, not yet verified; nil stands for a
    /// request without it.
    ///
    /// - Throws: `missing_token` or `malformed_authorization`
    public static func token(in authorization: String?) throws(VerificationError) -> String {
        switch bearerToken(authorization: authorization?.handedOver) {
        case .found(let token): return token
        case .refused(let refusal): throw VerificationError(refusal)
        }
    }
}
