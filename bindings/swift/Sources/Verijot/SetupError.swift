import Foundation
internal import VerijotBindings

/// What has been set up wrongly, as opposed to a token that is refused: a policy, a key, a set of
/// keys, or a place to fetch them from. Safe to log.
public struct SetupError: LocalizedError, Sendable, CustomStringConvertible {
    /// What is wrong, the same in every language.
    public let code: Code
    /// What is wrong, for people.
    public let detail: String

    /// A stable code.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The code.
        public let rawValue: String

        /// A code by its name.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The code.
        public var description: String { rawValue }
    }

    /// The code and the detail.
    public var description: String { "\(code): \(detail)" }

    /// The code and the detail.
    public var errorDescription: String? { description }
}

extension SetupError {
    /// What a foreign function throws, which is nothing but a `Problem`.
    init(_ error: any Error) {
        switch error as? Problem {
        case .Policy(let code, let detail), .Jwks(let code, let detail), .Key(let code, let detail),
            .Demand(let code, let detail), .Location(let code, let detail):
            self.init(code: Code(rawValue: code), detail: detail)
        case nil:
            self.init(code: Code(rawValue: "unknown"), detail: "an unknown error")
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
