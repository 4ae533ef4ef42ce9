#if canImport(FoundationNetworking)
    import Foundation

    /// Takes the octets of a body out of its chunks (RFC 9112 §7.1), piece by piece as they arrive.
    ///
    /// libcurl checks them, and finds their end, but passes them on before that. It does not take the
    /// body out itself, because Foundation on Linux ends the process at a trailer.
    struct ChunkedBody {
        private enum Place {
            case size
            case sizeExtension
            case data
            case end
            case trailer
        }

        private var place = Place.size
        private var left = 0

        /// Returns the octets of the body in this piece.
        mutating func octets(of piece: Data) -> Data {
            var body = Data()
            var rest = piece[...]
            while let octet = rest.first {
                switch place {
                case .data:
                    let part = rest.prefix(left)
                    body.append(part)
                    left -= part.count
                    rest = rest.dropFirst(part.count)
                    if left == 0 { place = .end }
                    continue
                case .size:
                    if let digit = Character(Unicode.Scalar(octet)).hexDigitValue {
                        // More than any body; libcurl fails at a size that does not fit.
                        left = min(left, 1 << 48) * 16 + digit
                    } else {
                        place = octet == newline ? afterSize : .sizeExtension
                    }
                case .sizeExtension:
                    if octet == newline { place = afterSize }
                case .end:
                    if octet == newline { place = .size }
                case .trailer:
                    return body
                }
                rest = rest.dropFirst()
            }
            return body
        }

        private var afterSize: Place { left > 0 ? .data : .trailer }
    }

    private let newline = UInt8(ascii: "\n")
#endif
