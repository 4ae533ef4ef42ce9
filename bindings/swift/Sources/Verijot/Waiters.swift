/// The callers that wait for a change of their actor's state. Part of an actor, so that no change
/// can come between a question and the wait.
struct Waiters {
    private var continuations: [UInt64: CheckedContinuation<Void, Never>] = [:]
    private var last: UInt64 = 0

    /// Wakes all waiting callers.
    mutating func wakeAll() {
        let woken = continuations
        continuations = [:]
        for continuation in woken.values { continuation.resume() }
    }

    fileprivate mutating func next() -> UInt64 {
        last += 1
        return last
    }

    fileprivate mutating func add(
        _ waiter: UInt64, _ continuation: CheckedContinuation<Void, Never>
    ) {
        continuations[waiter] = continuation
    }

    fileprivate mutating func wake(_ waiter: UInt64) {
        continuations.removeValue(forKey: waiter)?.resume()
    }
}

/// An actor with callers that wait for a change of its state.
protocol Awaitable: Actor {
    var waiters: Waiters { get set }
}

extension Awaitable {
    /// Waits until something has changed, until the timeout, or until the task is cancelled.
    func change(within timeout: Duration) async {
        let waiter = waiters.next()
        let alarm = Task {
            try? await Task.sleep(for: timeout.toSleep)
            waiters.wake(waiter)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiters.add(waiter, $0) }
        } onCancel: {
            // Runs after the wait has begun, because until then the actor is busy.
            Task { await self.wake(waiter) }
        }
        alarm.cancel()
    }

    private func wake(_ waiter: UInt64) { waiters.wake(waiter) }
}
