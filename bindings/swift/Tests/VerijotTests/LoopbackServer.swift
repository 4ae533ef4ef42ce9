import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A real HTTP server on loopback, with a thread for each connection.
final class LoopbackServer: @unchecked Sendable {
    struct Request: Sendable {
        let path: String
        let headers: [String: String]
        /// Every header line as it arrived, with names in lower case.
        var lines: [(name: String, value: String)] = []
        var body = ""
        /// The socket, to check whether the client is still connected.
        var connection: Int32 = -1

        /// Whether the client has hung up.
        var isAbandoned: Bool {
            var octet: UInt8 = 0
            return recv(connection, &octet, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) == 0
        }
    }

    struct Answer: Sendable, CustomTestStringConvertible {
        var status = 200
        var headers: [String: String] = [:]
        var body = ""
        /// Octets in place of the body.
        var octets: [UInt8]?
        /// A false Content-Length.
        var length: Int?
        /// How often to send the body.
        var times = 1
        /// Whether to send no Content-Length.
        var isClosedAtEnd = false
        /// Text in place of a whole response.
        var raw: String?

        var testDescription: String { "status \(status)" }
    }

    let port: UInt16
    private let listener: Listener
    private let respond: @Sendable (Request) -> Answer
    private let lock = NSLock()
    private var received: [Request] = []
    private var connections = 0

    init(_ respond: @escaping @Sendable (Request) -> Answer) {
        listener = Listener()
        port = listener.port
        self.respond = respond
        Thread.detachNewThread { [listener, weak self] in
            while let connection = listener.accept() {
                guard let self else {
                    close(connection)
                    continue
                }
                self.lock.withLock { self.connections += 1 }
                Thread.detachNewThread { self.serve(connection) }
            }
        }
    }

    deinit { listener.stop() }

    /// Stops listening.
    func stop() {
        listener.stop()
        listener.waitUntilClosed()
    }

    var requests: [Request] { lock.withLock { received } }

    /// Waits until all responses are sent or their clients have hung up, without blocking a thread.
    func quiet() async {
        while lock.withLock({ connections > 0 }) { try? await Task.sleep(for: .milliseconds(1)) }
    }

    func url(_ path: String = "/keys") -> String { "http://127.0.0.1:\(port)\(path)" }

    private func serve(_ connection: Int32) {
        defer {
            close(connection)
            lock.withLock { connections -= 1 }
        }
        guard let request = read(connection) else { return }
        lock.withLock { received.append(request) }
        let answer = respond(request)
        if let raw = answer.raw {
            _ = send(Array(raw.utf8), to: connection)
            return
        }
        let body = answer.octets ?? Array(answer.body.utf8)
        var head = "HTTP/1.1 \(answer.status) Status\r\nConnection: close\r\n"
        for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
        if !answer.isClosedAtEnd {
            head += "Content-Length: \(answer.length ?? body.count * answer.times)\r\n"
        }
        head += "\r\n"
        guard send(Array(head.utf8), to: connection) else { return }
        for _ in 0..<answer.times {
            guard send(body, to: connection) else { return }
        }
    }

    private func read(_ connection: Int32) -> Request? {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !text.contains("\r\n\r\n") {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        let parts = text.components(separatedBy: "\r\n\r\n")
        let lines = parts[0].components(separatedBy: "\r\n")
        let path = lines[0].split(separator: " ")[1]
        let headers = lines.dropFirst().compactMap { line -> (String, String)? in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            return (parts[0].lowercased(), parts[1].trimmingCharacters(in: .whitespaces))
        }
        let names = Dictionary(headers) { $1 }
        let length = names["content-length"].flatMap(Int.init) ?? 0
        var body = parts.dropFirst().joined(separator: "\r\n\r\n")
        while body.utf8.count < length {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            body += String(decoding: buffer[..<count], as: UTF8.self)
        }
        return Request(
            path: String(path), headers: names,
            lines: headers.map { (name: $0.0, value: $0.1) }, body: body, connection: connection)
    }

    /// Sends a raw request and returns the raw response.
    func exchange(_ text: String) -> String {
        let connection = newSocket()
        defer { close(connection) }
        var address = loopback(port: port)
        let isConnected = withSocketAddress(&address) { pointer in
            connect(connection, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
        guard isConnected, send(Array(text.utf8), to: connection) else { return "" }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return String(decoding: received, as: UTF8.self) }
            received += buffer[..<count]
        }
    }

    private func send(_ octets: [UInt8], to connection: Int32) -> Bool {
        #if canImport(Glibc)
            let quietly = Int32(MSG_NOSIGNAL)
        #else
            let quietly: Int32 = 0
            signal(SIGPIPE, SIG_IGN)
        #endif
        var rest = octets[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                #if canImport(Glibc)
                    Glibc.send(connection, $0.baseAddress, $0.count, quietly)
                #else
                    Darwin.send(connection, $0.baseAddress, $0.count, quietly)
                #endif
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

/// A listening socket. Only the thread that accepts from it closes it: otherwise its number could
/// already belong to another socket.
private final class Listener: Sendable {
    let port: UInt16
    private let socket: Int32
    private let isStopped = Shared(false)
    private let isClosed = DispatchSemaphore(value: 0)

    init() {
        let socket = newSocket()
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withSocketAddress(&address) { pointer in
            bind(socket, pointer, length) == 0 && listen(socket, 128) == 0
                && getsockname(socket, pointer, &length) == 0
        }
        precondition(isListening, "no socket to listen on")
        self.socket = socket
        port = UInt16(bigEndian: address.sin_port)
    }

    /// Returns the next connection; after a stop it closes the socket and returns nil.
    func accept() -> Int32? {
        while true {
            let connection = Foundation.accept(socket, nil, nil)
            if isStopped.value {
                if connection >= 0 { close(connection) }
                close(socket)
                isClosed.signal()
                return nil
            }
            if connection >= 0 { return connection }
        }
    }

    func stop() {
        guard !isStopped.exchange(true) else { return }
        // Wakes the accepting thread, if it still runs.
        let visitor = newSocket()
        var address = loopback(port: port)
        _ = withSocketAddress(&address) { pointer in
            connect(visitor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
        close(visitor)
    }

    func waitUntilClosed() {
        isClosed.wait()
        isClosed.signal()
    }
}

private func newSocket() -> Int32 {
    #if canImport(Glibc)
        socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
        socket(AF_INET, SOCK_STREAM, 0)
    #endif
}

private func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}

private func withSocketAddress<Outcome>(
    _ address: inout sockaddr_in, _ use: (UnsafeMutablePointer<sockaddr>) -> Outcome
) -> Outcome {
    withUnsafeMutableBytes(of: &address) { octets in
        use(octets.assumingMemoryBound(to: sockaddr.self).baseAddress!)
    }
}

/// A value that threads share.
final class Shared<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var current: Value

    init(_ value: Value) { current = value }

    var value: Value {
        get { lock.withLock { current } }
        set { lock.withLock { current = newValue } }
    }

    /// Sets the value and returns the old one.
    func exchange(_ value: Value) -> Value {
        lock.withLock {
            defer { current = value }
            return current
        }
    }
}

/// A number that threads count up and down.
final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    var value: Int { lock.withLock { count } }

    func add(_ number: Int) { lock.withLock { count += number } }
}

/// Blocks threads until it is opened, and reports their arrival.
final class Gate: Sendable {
    private let isOpen = DispatchSemaphore(value: 0)
    private let arrivals = AsyncStream.makeStream(of: Void.self)

    /// Blocks a thread; not for tasks.
    func pass() {
        arrivals.continuation.yield()
        isOpen.wait()
        isOpen.signal()
    }

    func open() { isOpen.signal() }

    /// Waits until a thread arrives.
    func arrival() async {
        for await _ in arrivals.stream { return }
    }
}
