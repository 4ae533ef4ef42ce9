#if canImport(FoundationNetworking)
    import Foundation
    import FoundationNetworking

    /// A queue for a session's delegate on Linux, which runs each operation where it is added: on the
    /// thread that reads from the connection.
    ///
    /// Foundation knows no back pressure there: it reads on while the delegate is busy, and keeps what
    /// it has read in memory. Nor does it come to a cancellation while there is something to read, and
    /// a sender that is fast enough sees to that for ever, for libcurl does not return before. So what
    /// has been read is used on the spot, after the end nothing is kept, and the connection is shut
    /// down, upon which libcurl returns.
    final class OnTheSpot: OperationQueue, @unchecked Sendable {
        private let isOver: @Sendable () -> Bool
        private let lock = NSLock()
        // Under the lock.
        private weak var task: URLSessionTask?

        init(isOver: @escaping @Sendable () -> Bool) {
            self.isOver = isOver
            super.init()
            maxConcurrentOperationCount = 1
        }

        /// The connection of this task is the one that is shut down.
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
