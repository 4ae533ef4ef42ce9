import Foundation

/// A token that is not verified yet, in any form.
public protocol EncodedToken: Sendable {
    /// Calls the closure with the token's octets, which are valid until it returns.
    func withTokenOctets<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result
}

extension String: EncodedToken {
    /// Calls the closure with the text in UTF-8.
    public func withTokenOctets<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        var text = self
        return try text.withUTF8 { try body(UnsafeRawBufferPointer($0)) }
    }
}

extension Substring: EncodedToken {
    /// Calls the closure with the text in UTF-8.
    public func withTokenOctets<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        var text = self
        return try text.withUTF8 { try body(UnsafeRawBufferPointer($0)) }
    }
}

extension Data: EncodedToken {
    /// Calls the closure with these octets.
    public func withTokenOctets<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try withUnsafeBytes(body)
    }
}

extension [UInt8]: EncodedToken {
    /// Calls the closure with these octets.
    public func withTokenOctets<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try withUnsafeBytes(body)
    }
}

extension EncodedToken {
    /// Calls the closure with the octets, cut off at the maximum of foreign functions.
    func withCappedOctets<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withTokenOctets { octets in
            body(UnsafeRawBufferPointer(rebasing: octets.prefix(maxFFIOctets)))
        }
    }

    /// A copy of the octets.
    var copied: Data { withCappedOctets { Data($0) } }
}

extension Data {
    /// The octets, cut off at the maximum of foreign functions.
    var capped: Data { prefix(maxFFIOctets) }
}

extension String {
    /// The text, or nothing if it is longer than the maximum of foreign functions.
    var capped: String { utf8.count > maxFFIOctets ? "" : self }
}

extension Policy {
    /// One octet less than the maximum of foreign functions, so that cut-off input exceeds it.
    static func limit(_ octets: Int) -> UInt64 {
        UInt64(clamping: Swift.min(octets, maxFFIOctets - 1))
    }
}

/// Foreign functions count in 32 bits, so longer input is cut off. Every limit is below this.
private let maxFFIOctets = 1 << 30
