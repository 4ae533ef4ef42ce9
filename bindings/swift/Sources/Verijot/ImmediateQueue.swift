#if canImport(FoundationNetworking)
    import Foundation

    /// A delegate queue on Linux that runs each operation at once, on the session's own queue, which
    /// is serial.
    ///
    /// Foundation has no back pressure there: it reads on while the delegate is busy, and keeps the
    /// data in memory. So data is used, or dropped, before more is read.
    final class ImmediateQueue: OperationQueue, @unchecked Sendable {
        override func addOperation(_ block: @escaping @Sendable () -> Void) {
            block()
        }
    }
#endif
