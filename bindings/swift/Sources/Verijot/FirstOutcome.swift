import Foundation

/// The first outcome of something that several can end, and the one caller that waits for it.
///
/// The caller is resumed outside of the lock: Swift holds a lock of the task's while it cancels it,
/// and needs that lock to resume it, so both locks together would wait for each other.
final class FirstOutcome<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    // Under the lock.
    private var first: Result<Value, any Error>?
    private var waiting: CheckedContinuation<Value, any Error>?

    /// Whether there is an outcome.
    var isSet: Bool { lock.withLock { first != nil } }

    /// Sets the outcome, unless there is one.
    func set(_ outcome: Result<Value, any Error>) {
        let woken = lock.withLock { () -> CheckedContinuation<Value, any Error>? in
            guard first == nil else { return nil }
            first = outcome
            return waiting
        }
        woken?.resume(with: outcome)
    }

    /// Waits for the outcome. Only for one caller.
    func value() async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let outcome = lock.withLock {
                waiting = continuation
                return first
            }
            if let outcome { continuation.resume(with: outcome) }
        }
    }
}
