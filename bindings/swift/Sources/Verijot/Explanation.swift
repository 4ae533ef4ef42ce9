internal import VerijotBindings

/// What became of one verification, check by check.
///
/// It contains no token, signature or key, and shows no claim but dates.
public struct Explanation: Sendable, CustomStringConvertible, CustomReflectable {
    /// Every check in order, those behind the first failure as not made.
    public let steps: [Step]
    /// What ``Verifier/verify(_:keys:now:)`` gives or throws.
    public let verdict: Result<VerifiedToken, VerificationError>
    /// A line for each check, then one for the verdict.
    public let description: String

    /// One check and its outcome.
    public struct Step: Sendable {
        /// The check's stable name.
        public let check: String
        /// What became of it.
        public let outcome: Outcome
        /// More about it, for people; may be empty.
        public let detail: String
        /// The date that a passed check was about, if the token has it.
        public let date: Moment?
    }

    /// What became of a check.
    public enum Outcome: String, Sendable {
        /// It was made and the token passed.
        case passed
        /// It was made and decided the verdict.
        case failed
        /// An earlier check had decided the verdict.
        case notMade = "not_made"
    }

    /// The steps.
    public var customMirror: Mirror { Mirror(self, children: ["steps": steps]) }
}

extension Explanation {
    /// The core leaves revocation, the last check, to the caller, whose answer is nil for a clear one.
    init(
        _ explanation: VerijotBindings.Explanation,
        revocation: ((VerifiedToken) -> VerificationError?)?
    ) {
        let steps = explanation.steps.map(Step.init)
        switch explanation.verdict {
        case .refused(let refusal):
            self.init(
                steps: steps, verdict: .failure(VerificationError(refusal)),
                description: explanation.text)
        case .accepted(let token):
            let token = VerifiedToken(token)
            guard let revocation else {
                self.init(steps: steps, verdict: .success(token), description: explanation.text)
                return
            }
            let error = revocation(token)
            let last = Step(
                check: "revocation", outcome: error == nil ? .passed : .failed,
                detail: error?.description ?? "", date: nil)
            let ends =
                error.map { ["failed  revocation: \($0)", "refused: \($0)"] }
                ?? ["passed  revocation", "accepted"]
            let lines = explanation.text.split(separator: "\n").dropLast(2).map(String.init)
            self.init(
                steps: steps.dropLast() + [last],
                verdict: error.map(Result.failure) ?? .success(token),
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
