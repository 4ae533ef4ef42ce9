// The calls that every request makes, without the overhead of the generated code: Rust borrows the
// token, and the result is read in place. For an accepted token the overhead is a tenth of what it
// would be otherwise. Unusual results go through the generated code.

import VerijotFFI

extension Verifier {
    /// Does the same as the generated `verify`.
    public func verify(token: UnsafeRawBufferPointer, keys: JwkSet, now: Moment) -> TokenVerdict {
        let verdict = call { status in
            uniffi_verijot_uniffi_fn_method_verifier_verify_borrowed(
                uniffiCloneHandle(), ForeignBytes(borrowing: token), keys.uniffiCloneHandle(),
                now.seconds, now.nanoseconds, status)
        } reading: { reader in
            reader.verdict()
        } orElse: { buffer in
            try FfiConverterTypeTokenVerdict_lift(buffer)
        }
        return verdict ?? .unknown
    }
}

extension JwksCache {
    /// Does the same as the generated `verify`.
    public func verify(
        verifier: Verifier, token: UnsafeRawBufferPointer, requestedAt: UInt64, clocks: Clocks,
        now: Moment
    ) -> CacheStep {
        let step = call { status in
            uniffi_verijot_uniffi_fn_method_jwkscache_verify_borrowed(
                uniffiCloneHandle(), verifier.uniffiCloneHandle(), ForeignBytes(borrowing: token),
                requestedAt, clocks.monotonic, clocks.wall.seconds, clocks.wall.nanoseconds,
                now.seconds,
                now.nanoseconds, status)
        } reading: { reader in
            reader.step()
        } orElse: { buffer in
            try FfiConverterTypeCacheStep_lift(buffer)
        }
        return step ?? CacheStep(verdict: .unknown, fetch: nil, wait: nil)
    }
}

/// Calls a foreign function and reads its result. Returns nil if Rust panicked, which it does not.
private func call<Result>(
    _ function: (UnsafeMutablePointer<RustCallStatus>) -> RustBuffer,
    reading read: (inout ResultReader) -> Result?,
    orElse lift: (RustBuffer) throws -> Result
) -> Result? {
    var status = RustCallStatus()
    let buffer = function(&status)
    guard status.code == 0 else {
        free(status.errorBuf)
        return nil
    }
    var reader = ResultReader(buffer)
    if let result = read(&reader), reader.isAtEnd {
        free(buffer)
        return result
    }
    return try? lift(buffer)
}

private func free(_ buffer: RustBuffer) {
    var status = RustCallStatus()
    ffi_verijot_uniffi_rustbuffer_free(buffer, &status)
}

/// Reads common results in uniffi's serialization: numbers are big-endian, strings and lists follow
/// their length in 32 bits, an optional value follows a 1, and enum cases are numbered from 1.
private struct ResultReader {
    private var rest: UnsafeRawBufferPointer
    private var isWhole = true

    init(_ buffer: RustBuffer) {
        rest = UnsafeRawBufferPointer(start: buffer.data, count: Int(buffer.len))
    }

    var isAtEnd: Bool { isWhole && rest.isEmpty }

    mutating func step() -> CacheStep? {
        guard integer(Int8.self) == 1, let verdict = verdict(),
            integer(Int8.self) == 0, integer(Int8.self) == 0
        else { return nil }
        return CacheStep(verdict: verdict, fetch: nil, wait: nil)
    }

    mutating func verdict() -> TokenVerdict? {
        guard integer(Int32.self) == 1 else { return nil }
        return .accepted(token: token())
    }

    private mutating func token() -> Token {
        Token(
            signature: signature(), issuer: optional { $0.text() }, subject: optional { $0.text() },
            audience: texts(), expiresAt: optional { $0.moment() },
            notBefore: optional { $0.moment() }, issuedAt: optional { $0.moment() },
            id: optional { $0.text() }, scopes: texts(), payload: text())
    }

    private mutating func signature() -> VerifiedSignature {
        VerifiedSignature(
            algorithm: text(), keyId: optional { $0.text() }, tokenType: optional { $0.text() },
            contentType: optional { $0.text() }, header: text())
    }

    private mutating func moment() -> Moment {
        Moment(seconds: integer(Int64.self), nanoseconds: integer(UInt32.self))
    }

    private mutating func texts() -> [String] {
        let count = integer(Int32.self)
        guard count >= 0, count <= rest.count else {
            isWhole = false
            return []
        }
        return (0..<count).map { _ in text() }
    }

    private mutating func text() -> String {
        String(decoding: octets(Int(integer(Int32.self))), as: UTF8.self)
    }

    private mutating func optional<Value>(_ read: (inout Self) -> Value) -> Value? {
        integer(Int8.self) == 0 ? nil : read(&self)
    }

    private mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) -> Integer {
        let octets = octets(MemoryLayout<Integer>.size)
        guard !octets.isEmpty else { return 0 }
        return Integer(bigEndian: octets.loadUnaligned(as: type))
    }

    private mutating func octets(_ count: Int) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= rest.count else {
            isWhole = false
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count)) }
        return UnsafeRawBufferPointer(rebasing: rest.prefix(count))
    }
}

extension TokenVerdict {
    /// Refuses a token that made Rust panic.
    fileprivate static var unknown: Self {
        .refused(refusal: refusal(cause: .keysUnavailable(retryAfter: nil)))
    }
}

extension ForeignBytes {
    /// Borrows octets until the call returns.
    fileprivate init(borrowing octets: UnsafeRawBufferPointer) {
        self.init(
            len: Int32(octets.count),
            data: octets.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
}
