internal import VerijotBindings

/// The outcome of one verification, check by check.
///
/// Safe to log: it contains no token, signature or key, and no claim except dates.
public struct Explanation: Sendable, CustomStringConvertible, CustomReflectable {
    /// Every check in order. Those after the first failure are not made.
    public let steps: [Step]
    /// What ``Verifier/verify(_:keys:now:)`` returns or throws.
    public let verdict: Result<VerifiedToken, VerificationError>
    /// One sentence about the cause that a refusal probably has, if it is a well-known one, such as
    /// an issuer that differs by a slash. It is not for the sender of the token.
    public let hint: String?
    /// A line for each check, then one for the verdict, and one for the hint if there is one.
    public let description: String

    /// One check and its outcome.
    public struct Step: Sendable {
        /// The check's stable name.
        public let check: String
        /// Its outcome.
        public let outcome: Outcome
        /// A human-readable detail; may be empty.
        public let detail: String
        /// The date that a passed check compared, if the token has one.
        public let date: Moment?
    }

    /// The outcome of a check.
    public enum Outcome: String, Sendable {
        /// The token passed.
        case passed
        /// The token failed, which decided the verdict.
        case failed
        /// Not made: an earlier check decided the verdict.
        case notMade = "not_made"
    }

    /// The steps.
    public var customMirror: Mirror { Mirror(self, children: ["steps": steps]) }
}

extension Explanation {
    /// The core leaves the last check to the caller, who returns nil for a token of a known tenant
    /// that is not revoked.
    init(
        _ explanation: VerijotBindings.Explanation,
        caller: ((VerifiedToken) -> VerificationError?)?
    ) {
        let steps = explanation.steps.map(Step.init)
        switch explanation.verdict {
        case .refused(let refusal):
            self.init(
                steps: steps, verdict: .failure(VerificationError(refusal)),
                hint: explanation.hint, description: explanation.text)
        case .accepted(let token):
            let token = VerifiedToken(token)
            guard let caller else {
                self.init(
                    steps: steps, verdict: .success(token), hint: nil,
                    description: explanation.text)
                return
            }
            let error = caller(token)
            let last = Step(
                check: "revocation", outcome: error == nil ? .passed : .failed,
                detail: error?.description ?? "", date: nil)
            let ends =
                error.map { ["failed  revocation: \($0)", "refused: \($0)"] }
                ?? ["passed  revocation", "accepted"]
            let lines = explanation.text.split(separator: "\n").dropLast(2).map(String.init)
            self.init(
                steps: steps.dropLast() + [last],
                verdict: error.map(Result.failure) ?? .success(token), hint: nil,
                description: (lines + ends).joined(separator: "\n"))
        }
    }
}

extension Explanation.Step {
    fileprivate init(_ step: VerijotBindings.Step) {
        self.init(
            check: step.check, outcome: Explanation.Outcome(rawValue: step.outcome) ?? .notMade,
            detail: step.detail, date: step.date.map(Moment.init))
    }
}
