import Foundation
internal import VerijotBindings

/// Calls of the caller's functions that may never answer. Counts those that still run after their time
/// limit.
final class Answers: @unchecked Sendable {
    private let lock = NSLock()
    // Under the lock.
    private var abandoned = 0

    /// Runs an operation like ``withTimeout(_:_:)``, unless the maximum number of such calls still runs.
    func within<Value: Sendable>(
        _ timeout: Duration, _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard lock.withLock({ abandoned < maxAbandoned }) else { throw TimeoutError() }
        let call = Call()
        defer { lock.withLock { abandoned += call.isDecided() ? 0 : 1 } }
        return try await withTimeout(timeout) {
            defer { self.lock.withLock { self.abandoned -= call.isDecided() ? 1 : 0 } }
            return try await operation()
        }
    }

    /// One call. It ends or is given up, whichever comes first.
    private final class Call: @unchecked Sendable {
        // Under the lock of the calls.
        private var isOver = false

        /// Returns whether the other comes first.
        func isDecided() -> Bool {
            defer { isOver = true }
            return isOver
        }
    }
}

private let maxAbandoned = Int(maxAbandonedCalls())
