#if canImport(FoundationNetworking)
    import Foundation
    import FoundationNetworking
    import Glibc

    /// The TCP connection that a task of `URLSession` reads from, on Linux.
    ///
    /// Foundation does not reveal it, so this asks libcurl, which Foundation uses. If a later
    /// Foundation keeps libcurl's handle elsewhere, this is nil; then the connection stays open
    /// until Foundation gets to the cancellation, which nobody waits for.
    struct Connection {
        private let ends: Ends

        init?(of task: URLSessionTask) {
            guard
                let lock = member("_protocolLock", of: task) as? NSLock,
                let loader = lock.withLock({
                    member("_protocolStorage", of: task).flatMap {
                        Mirror(reflecting: $0).children.first?.value
                    }
                }),
                let wrapper = member("easyHandle", of: loader),
                let raw = member("rawHandle", of: unwrapped(wrapper)),
                let handle = raw as? UnsafeMutableRawPointer,
                let localAddress = text(localAddressInfo, handle),
                let localPort = number(localPortInfo, handle),
                let address = text(addressInfo, handle),
                let port = number(portInfo, handle)
            else {
                return nil
            }
            ends = Ends(local: .init(localAddress, localPort), remote: .init(address, port))
        }

        /// Shuts the connection down, so that nothing more is read. libcurl still closes the
        /// socket, which resets the connection (RST) and so stops the sender.
        func shutDown() {
            let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            for socket in (names ?? []).compactMap(Int32.init) where Ends(of: socket) == ends {
                var atOnce = linger(l_onoff: 1, l_linger: 0)
                let length = socklen_t(MemoryLayout<linger>.size)
                setsockopt(socket, SOL_SOCKET, SO_LINGER, &atOnce, length)
                shutdown(socket, Int32(SHUT_RDWR))
            }
        }
    }

    /// Both ends of a connection, which identify it on this machine.
    private struct Ends: Equatable {
        let local: End
        let remote: End
    }

    private struct End: Equatable {
        let address: String
        let port: String

        init(_ address: String, _ port: Int) {
            self.address = address
            self.port = String(port)
        }
    }

    extension Ends {
        fileprivate init?(of socket: Int32) {
            guard
                let local = End({ getsockname(socket, $0, $1) }),
                let remote = End({ getpeername(socket, $0, $1) })
            else {
                return nil
            }
            self.init(local: local, remote: remote)
        }
    }

    extension End {
        fileprivate init?(
            _ read: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
        ) {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            var address = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
            let isRead = withUnsafeMutableBytes(of: &storage) { octets in
                let pointer = octets.assumingMemoryBound(to: sockaddr.self).baseAddress!
                return read(pointer, &length) == 0
                    && [AF_INET, AF_INET6].contains(Int32(pointer.pointee.sa_family))
                    && getnameinfo(
                        pointer, length, &address, socklen_t(address.count), &port,
                        socklen_t(port.count), NI_NUMERICHOST | NI_NUMERICSERV) == 0
            }
            guard isRead else { return nil }
            self.address = address.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
            self.port = port.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        }
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

    private func number(_ info: Int32, _ handle: UnsafeMutableRawPointer) -> Int? {
        typealias Read = @convention(c) (
            UnsafeMutableRawPointer, Int32, UnsafeMutablePointer<Int>
        ) -> Int32
        guard let address = dlsym(nil, "CFURLSession_easy_getinfo_long") else { return nil }
        var number = 0
        let code = unsafeBitCast(address, to: Read.self)(handle, info, &number)
        return code == 0 && number > 0 ? number : nil
    }

    private func text(_ info: Int32, _ handle: UnsafeMutableRawPointer) -> String? {
        typealias Read = @convention(c) (
            UnsafeMutableRawPointer, Int32, UnsafeMutablePointer<UnsafePointer<CChar>?>
        ) -> Int32
        guard let address = dlsym(nil, "CFURLSession_easy_getinfo_charp") else { return nil }
        var text: UnsafePointer<CChar>?
        let code = unsafeBitCast(address, to: Read.self)(handle, info, &text)
        guard code == 0, let text, text.pointee != 0 else { return nil }
        return String(cString: text)
    }

    /// libcurl's `CURLINFO_…` constants, which never change.
    private let addressInfo: Int32 = 0x100000 + 32
    private let portInfo: Int32 = 0x200000 + 40
    private let localAddressInfo: Int32 = 0x100000 + 41
    private let localPortInfo: Int32 = 0x200000 + 42
#endif
