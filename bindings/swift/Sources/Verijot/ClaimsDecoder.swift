import Foundation
internal import VerijotBindings

/// Reads claims into a type. What Foundation says of a misfit can quote a claim's value, so nothing
/// of it is passed on but the claim's name.
func decodeClaims<Claims: Decodable>(
    _ type: Claims.Type, from payload: Data
) throws(VerificationError) -> Claims {
    let decoder = JSONDecoder()
    // Its default, seconds since 2001, would be 31 years late.
    decoder.dateDecodingStrategy = .secondsSince1970
    do {
        return try decoder.decode(type, from: payload)
    } catch {
        throw VerificationError(misfit(error))
    }
}

private func misfit(_ error: any Error) -> RefusalCause {
    switch error as? DecodingError {
    case .keyNotFound(let key, let context) where context.codingPath.isEmpty:
        .missingClaim(claim: key.stringValue)
    case .keyNotFound(_, let context), .valueNotFound(_, let context),
        .typeMismatch(_, let context), .dataCorrupted(let context):
        .misfitClaim(claim: context.codingPath.first?.stringValue ?? "")
    default:
        .misfitClaim(claim: "")
    }
}
