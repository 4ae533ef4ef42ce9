import Foundation
import Verijot

/// The verifier for one kind of token that a case wants, with what its call expects.
struct ProfileOfCase {
    private let verifier: Kind
    private let expectations: String
    private let window: ReplayWindow
    private let isPresentedBefore: Bool

    private enum Kind {
        case idToken(IDTokenVerifier)
        case logoutToken(LogoutTokenVerifier)
        case securityEvent(SecurityEventVerifier)
        case accessToken(AccessTokenVerifier)
    }

    init(_ json: JSON) throws {
        let settings = json["profile"]!
        let document = settings.text
        verifier =
            switch settings["profile"]?.text {
            case #""logout-token""#: .logoutToken(try LogoutTokenVerifier(json: document))
            case #""security-event""#: .securityEvent(try SecurityEventVerifier(json: document))
            case #""access-token""#: .accessToken(try AccessTokenVerifier(json: document))
            default: .idToken(try IDTokenVerifier(json: document))
            }
        expectations = json["expectations"]?.text ?? "{}"
        let state = json["replay_window"]?.string
        window = ReplayWindow(capacity: state == "full" ? 0 : 1)
        isPresentedBefore = state == "has_token"
    }

    /// Whether the case gives expectations to a verifier that takes none, which the compiler refuses.
    static func isInexpressible(_ json: JSON) -> Bool {
        json["expectations"] != nil
            && [#""logout-token""#, #""security-event""#].contains(
                json["profile"]?["profile"]?.text)
    }

    /// The token and the checked claims.
    func verify(
        _ token: Data, _ keys: JwkSet, _ now: Moment
    ) throws -> (VerifiedToken, String) {
        if isPresentedBefore { _ = try? once(token, keys, now) }
        return try once(token, keys, now)
    }

    func explain(_ token: Data, _ keys: JwkSet, _ now: Moment) throws -> Explanation {
        switch verifier {
        case .idToken(let verifier):
            try verifier.explain(token, keys: keys, login: Login(json: expectations), now: now)
        case .logoutToken(let verifier): try verifier.explain(token, keys: keys, now: now)
        case .securityEvent(let verifier): try verifier.explain(token, keys: keys, now: now)
        case .accessToken(let verifier):
            try verifier.explain(token, keys: keys, stepUp: StepUp(json: expectations), now: now)
        }
    }

    private func once(
        _ token: Data, _ keys: JwkSet, _ now: Moment
    ) throws -> (VerifiedToken, String) {
        switch verifier {
        case .idToken(let verifier):
            let login = Login(json: expectations)
            let verified = try verifier.verify(token, keys: keys, login: login, now: now)
            return (verified.token, verified.checkedJSON)
        case .logoutToken(let verifier):
            let verified = try verifier.verify(token, keys: keys, window: window, now: now)
            return (verified.token, verified.checkedJSON)
        case .securityEvent(let verifier):
            let verified = try verifier.verify(token, keys: keys, window: window, now: now)
            return (verified.token, verified.checkedJSON)
        case .accessToken(let verifier):
            let stepUp = StepUp(json: expectations)
            let verified = try verifier.verify(token, keys: keys, stepUp: stepUp, now: now)
            return (verified.token, verified.checkedJSON)
        }
    }
}
