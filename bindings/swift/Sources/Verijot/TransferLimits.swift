#if canImport(FoundationNetworking)
    import Foundation
    import FoundationNetworking
    import Glibc

    /// What libcurl, which Foundation uses on Linux, does itself while it reads: limits, and no decoding.
    ///
    /// Foundation does not cancel while there is data to read, so a fast sender could keep all
    /// sessions of the process busy; and it would keep connections open. It does not reveal
    /// libcurl's handle. If a later Foundation keeps it elsewhere, only the limits of the delegate
    /// and of the callers remain.
    struct TransferLimits {
        let maxOctets: Int
        let timeout: Duration

        /// Starts a task with these limits.
        ///
        /// - Parameters:
        ///   - transfers: The queue on which libcurl transfers data, from ``queue(of:)``.
        ///   - leavesChunks: Called before anything is received if the body will come with its chunks.
        func resume(
            _ task: URLSessionTask, transfers: DispatchQueue?,
            leavesChunks: @escaping @Sendable () -> Void
        ) {
            // Read before the start, while nothing changes the task.
            let queue = member("workQueue", of: task) as? DispatchQueue
            guard let queue, let transfers else { return task.resume() }
            // Nothing is received before the limits are set: they cannot be set while libcurl reads.
            transfers.suspend()
            task.resume()
            // Nothing else may use the handle meanwhile, and the start waits in the same queue.
            queue.async {
                if limit(task) { leavesChunks() }
                transfers.resume()
            }
        }

        /// The queue on which libcurl transfers the data of a session's tasks.
        static func queue(of session: URLSession) -> DispatchQueue? {
            member("multiHandle", of: session).flatMap { member("queue", of: $0) } as? DispatchQueue
        }

        /// Returns whether the body comes with its chunks.
        private func limit(_ task: URLSessionTask) -> Bool {
            guard
                let lock = member("_protocolLock", of: task) as? NSLock,
                let loader = lock.withLock({
                    member("_protocolStorage", of: task).flatMap {
                        Mirror(reflecting: $0).children.first?.value
                    }
                }),
                let wrapper = member("easyHandle", of: loader),
                let raw = member("rawHandle", of: unwrapped(wrapper)),
                let handle = raw as? UnsafeMutableRawPointer
            else {
                return false
            }
            return withExtendedLifetime(wrapper) {
                setOption("CFURLSession_easy_setopt_long", handle, timeoutOption, milliseconds)
                setOption("CFURLSession_easy_setopt_long", handle, forbidReuseOption, 1)
                if maxOctets < Int.max {
                    // The octet too many shows the delegate that the body is too long. A page with
                    // another status than 200 may be longer: libcurl would refuse it before the
                    // delegate learns the status.
                    let limit = max(maxOctets + 1, longestPage)
                    setOption("CFURLSession_easy_setopt_int64", handle, sizeOption, limit)
                }
                // Nothing that is received may grow.
                setOption("CFURLSession_easy_setopt_long", handle, contentDecodingOption, 0)
                // Foundation ends the process at a trailer, which libcurl passes on if it takes a body out
                // of its chunks.
                return setOption(
                    "CFURLSession_easy_setopt_long", handle, transferDecodingOption, 0)
            }
        }

        /// At least one: zero means no limit.
        private var milliseconds: Int {
            let (seconds, attoseconds) = timeout.components
            let whole = min(seconds, 1_000_000) * 1000
            return max(1, Int(whole + attoseconds / 1_000_000_000_000_000))
        }
    }

    /// Returns whether libcurl has taken the option.
    @discardableResult
    private func setOption(
        _ function: String, _ handle: UnsafeMutableRawPointer, _ option: Int32, _ value: Int
    ) -> Bool {
        typealias Set = @convention(c) (UnsafeMutableRawPointer, Int32, Int) -> Int32
        guard let address = dlsym(nil, function) else { return false }
        return unsafeBitCast(address, to: Set.self)(handle, option, value) == 0
    }

    private func member(_ name: String, of value: Any) -> Any? {
        var mirror: Mirror? = Mirror(reflecting: value)
        while let each = mirror {
            if let found = each.children.first(where: { $0.label == name }) { return found.value }
            mirror = each.superclassMirror
        }
        return nil
    }

    private func unwrapped(_ value: Any) -> Any {
        let mirror = Mirror(reflecting: value)
        guard mirror.displayStyle == .optional else { return value }
        return mirror.children.first?.value ?? value
    }

    /// In octets.
    private let longestPage = 1 << 20

    /// libcurl's `CURLOPT_…` constants, which never change.
    private let timeoutOption: Int32 = 155
    private let forbidReuseOption: Int32 = 75
    private let sizeOption: Int32 = 30_000 + 117
    private let contentDecodingOption: Int32 = 158
    private let transferDecodingOption: Int32 = 157
#endif
