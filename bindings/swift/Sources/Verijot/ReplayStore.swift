import Foundation
internal import VerijotBindings

/// Remembers tokens that may be presented once for several processes, such as in a database; a
/// ``ReplayWindow`` knows only one. It is asked last, about a token that has passed every other
/// check. An error, or no answer within 2 seconds, refuses the token with `replay_unavailable`
/// (503). So it is at once while a thousand calls that were given up still run.
public protocol ReplayStore: Sendable {
    /// Inserts the key, and keeps it through ``Replay/until``. Of several concurrent calls for the
    /// same key exactly one returns true.
    ///
    /// - Returns: true if the key was not there before; false if it was, which refuses the token
    ///   with `replayed`.
    func admit(_ replay: Replay) async throws -> Bool
}

/// What a store remembers of a token, and for how long.
public struct Replay: Sendable {
    /// 32 octets: the same for the same token, and for no other.
    public let key: Data
    /// The last moment at which the token would be accepted; until then, and then too, it must be
    /// remembered.
    public let until: Moment
}

extension ReplayStore {
    /// Asks the store about the token that the verifier of one call has accepted.
    func admit(_ verifier: Verifier, _ answers: Answers) async throws(VerificationError) {
        // Nil for a token that may be presented again, or if the settings waive the check.
        guard let facts = verifier.ffi.replay() else { return }
        let replay = Replay(key: facts.key, until: Moment(facts.until))
        let timeout = Duration(wholeNanoseconds: VerijotBindings.revocationTimeout())
        let isNew: Bool
        do {
            isNew = try await answers.within(timeout) { try await admit(replay) }
        } catch {
            throw VerificationError(.replayUnavailable)
        }
        guard isNew else { throw VerificationError(.replayed) }
    }
}
