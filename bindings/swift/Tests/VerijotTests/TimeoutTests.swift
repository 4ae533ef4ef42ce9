import Foundation
import Testing

@testable import Verijot

@Suite(.timeLimit(.minutes(1))) struct TimeoutTests {
    @Test func aCancellationAtTheSameTimeAsTheOutcomeDoesNotHang() async {
        for _ in 0..<2_000 {
            let outcome = FirstOutcome<Int>()
            let task = Task {
                try await withTaskCancellationHandler {
                    try await outcome.value()
                } onCancel: {
                    outcome.set(.failure(CancellationError()))
                }
            }
            async let cancelled: Void = task.cancel()
            async let isSet: Void = outcome.set(.success(1))
            _ = await (cancelled, isSet)
            _ = await task.result
        }
    }

    @Test func endsAnOperationThatIgnoresItsCancellation() async {
        await #expect(throws: TimeoutError.self) {
            try await withTimeout(.milliseconds(20)) {
                let deaf = Task { try await Task.sleep(for: .seconds(20)) }
                try await deaf.value
            }
        }
    }
}
