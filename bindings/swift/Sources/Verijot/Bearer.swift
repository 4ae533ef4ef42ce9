internal import VerijotBindings

/// Reads the Authorization header (RFC 6750 §2.1).
public enum Bearer {
    /// Returns the token in the value of an Authorization header, not yet verified; nil stands for
    /// a request without the header.
    ///
    /// - Throws: `missing_token`, or `malformed_authorization` if the value is malformed.
    public static func token(in authorization: String?) throws(VerificationError) -> String {
        switch bearerToken(authorization: authorization?.capped) {
        case .found(let token): return token
        case .refused(let refusal): throw VerificationError(refusal)
        }
    }
}
