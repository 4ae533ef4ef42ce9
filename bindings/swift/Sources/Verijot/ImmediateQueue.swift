#if canImport(FoundationNetworking)
    import Foundation
    import FoundationNetworking

    /// A delegate queue on Linux that runs each operation at once, on the thread that reads from
    /// the connection.
    ///
    /// Foundation has no back pressure there: it reads on while the delegate is busy, and keeps the
    /// data in memory. It also does not cancel while there is data to read, so a fast sender can
    /// keep it reading forever. So data is used at once, nothing is kept after the end, and then
    /// the connection is shut down, which makes libcurl return.
    final class ImmediateQueue: OperationQueue, @unchecked Sendable {
        private let isOver: @Sendable () -> Bool
        private let lock = NSLock()
        // Under the lock.
        private weak var task: URLSessionTask?

        init(isOver: @escaping @Sendable () -> Bool) {
            self.isOver = isOver
            super.init()
            maxConcurrentOperationCount = 1
        }

        /// Sets the task whose connection is shut down at the end.
        func watch(_ task: URLSessionTask) {
            lock.withLock { self.task = task }
        }

        override func addOperation(_ block: @escaping @Sendable () -> Void) {
            if !isOver() { block() }
            guard isOver(), let task = lock.withLock({ task }) else { return }
            Connection(of: task)?.shutDown()
        }
    }
#endif
