import Foundation

/// A token that has not been verified, in whatever form it arrived.
public protocol EncodedToken: Sendable {
    /// Lends its octets for as long as the closure runs.
    func withTokenOctets<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result
}

extension String: EncodedToken {
    /// Lends the text in UTF-8.
    public func withTokenOctets<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        var text = self
        return try text.withUTF8 { try body(UnsafeRawBufferPointer($0)) }
    }
}

extension Substring: EncodedToken {
    /// Lends the text in UTF-8.
    public func withTokenOctets<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        var text = self
        return try text.withUTF8 { try body(UnsafeRawBufferPointer($0)) }
    }
}

extension Data: EncodedToken {
    /// Lends itself.
    public func withTokenOctets<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try withUnsafeBytes(body)
    }
}

extension [UInt8]: EncodedToken {
    /// Lends itself.
    public func withTokenOctets<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try withUnsafeBytes(body)
    }
}

extension EncodedToken {
    func lent<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withTokenOctets { octets in
            body(UnsafeRawBufferPointer(rebasing: octets.prefix(mostOctets)))
        }
    }

    /// A copy, where speed does not matter.
    var copied: Data { lent { Data($0) } }
}

extension Data {
    /// What can be handed over.
    var handedOver: Data { prefix(mostOctets) }
}

extension String {
    /// What can be handed over of a text that makes no sense when it is that long.
    var handedOver: String { utf8.count > mostOctets ? "" : self }
}

extension Policy {
    /// One octet less than is handed over, so that whatever was cut off is over the limit.
    static func limit(_ octets: Int) -> UInt64 {
        UInt64(clamping: Swift.min(octets, mostOctets - 1))
    }
}

/// Foreign functions count in 32 bits, so longer inputs are cut off; every limit is below this.
private let mostOctets = 1 << 30
