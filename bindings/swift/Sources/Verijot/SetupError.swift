import Foundation
internal import VerijotBindings

/// A policy, a demand, a key, a key set or a key location cannot be used. Safe to log.
public struct SetupError: LocalizedError, Sendable, CustomStringConvertible {
    /// The stable code, the same in every language.
    public let code: Code
    /// What is wrong and what to do, human-readable.
    public let message: String

    /// A stable code.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The code.
        public let rawValue: String

        /// Makes a code from its text.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The code.
        public var description: String { rawValue }
    }

    /// The code and the message.
    public var description: String { "\(code): \(message)" }

    /// The code and the message.
    public var errorDescription: String? { description }
}

extension SetupError {
    /// Converts the error of a foreign function, which is always a `Problem`.
    init(_ error: any Error) {
        switch error as? Problem {
        case .Policy(let code, let text), .Jwks(let code, let text), .Key(let code, let text),
            .Demand(let code, let text), .Location(let code, let text):
            self.init(code: Code(rawValue: code), message: text)
        case nil:
            self.init(code: Code(rawValue: "unknown"), message: "an unknown error")
        }
    }

    /// Calls a foreign function.
    static func calling<T>(_ function: () throws -> T) throws(SetupError) -> T {
        do {
            return try function()
        } catch {
            throw SetupError(error)
        }
    }
}
