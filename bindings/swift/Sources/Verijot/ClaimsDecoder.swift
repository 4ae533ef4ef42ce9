import Foundation
internal import VerijotBindings

/// Decodes claims as a type. Foundation's errors can quote a claim's value, so only the claim's
/// name is passed on.
func decodeClaims<Claims: Decodable>(
    _ type: Claims.Type, from payload: Data
) throws(VerificationError) -> Claims {
    let decoder = JSONDecoder()
    // The default counts from 2001, which would be 31 years off.
    decoder.dateDecodingStrategy = .secondsSince1970
    do {
        return try decoder.decode(type, from: payload)
    } catch {
        throw VerificationError(mismatch(error))
    }
}

private func mismatch(_ error: any Error) -> RefusalCause {
    switch error as? DecodingError {
    case .keyNotFound(let key, let context) where context.codingPath.isEmpty:
        .missingClaim(claim: key.stringValue)
    case .keyNotFound(_, let context), .valueNotFound(_, let context),
        .typeMismatch(_, let context), .dataCorrupted(let context):
        .mismatchedClaim(claim: context.codingPath.first?.stringValue ?? "")
    default:
        .mismatchedClaim(claim: "")
    }
}
