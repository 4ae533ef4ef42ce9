import Foundation

/// An operation took too long.
struct TimeoutError: Error, CustomStringConvertible {
    let description = "the response did not arrive in time"
}

/// Runs an operation, at most for this time. Then it is cancelled, and nobody waits for it any
/// longer even if it ignores that.
func withTimeout<Value: Sendable>(
    _ timeout: Duration, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let race = Race<Value>()
    let work = Task {
        do {
            race.finish(.success(try await operation()))
        } catch {
            race.finish(.failure(error))
        }
    }
    let alarm = Task {
        try await Task.sleep(for: timeout)
        race.finish(.failure(TimeoutError()))
    }
    defer {
        work.cancel()
        alarm.cancel()
    }
    return try await withTaskCancellationHandler {
        try await race.outcome()
    } onCancel: {
        race.finish(.failure(CancellationError()))
    }
}

/// The first outcome of several.
private final class Race<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var first: Result<Value, any Error>?
    private var waiting: CheckedContinuation<Value, any Error>?

    func finish(_ outcome: Result<Value, any Error>) {
        lock.withLock {
            if first == nil { first = outcome }
            resumeIfOver()
        }
    }

    func outcome() async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            lock.withLock {
                waiting = continuation
                resumeIfOver()
            }
        }
    }

    private func resumeIfOver() {
        guard let first, let waiting else { return }
        self.waiting = nil
        waiting.resume(with: first)
    }
}
