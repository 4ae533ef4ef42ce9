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
    let race = FirstOutcome<Value>()
    let work = Task {
        do {
            race.set(.success(try await operation()))
        } catch {
            race.set(.failure(error))
        }
    }
    let alarm = Task {
        try await Task.sleep(for: timeout.toSleep)
        race.set(.failure(TimeoutError()))
    }
    defer {
        work.cancel()
        alarm.cancel()
    }
    return try await withTaskCancellationHandler {
        try await race.value()
    } onCancel: {
        race.set(.failure(CancellationError()))
    }
}
