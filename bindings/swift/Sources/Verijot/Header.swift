import Foundation
internal import VerijotBindings

/// A verified signature: the JOSE header and the key.
public struct Header: Sendable, CustomStringConvertible, CustomReflectable {
    private let signature: VerifiedSignature

    init(_ signature: VerifiedSignature) {
        self.signature = signature
    }

    /// The algorithm that the signature was verified with.
    public var algorithm: Algorithm { Algorithm(rawValue: signature.algorithm) }
    /// The `kid` of the header or, if that has none, of the key.
    public var keyID: String? { signature.keyId }
    /// `typ`
    public var type: String? { signature.tokenType }
    /// `cty`
    public var contentType: String? { signature.contentType }
    /// The whole header as JSON text.
    public var json: String { signature.header }

    /// Only the algorithm.
    public var description: String { "Header(\(algorithm))" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
