/// What a client knows about one login, and what its ID token must therefore say. It begins with the
/// nonce, about which nothing is assumed: ``withNonce(_:)``, ``withoutNonce``, ``anyNonce`` or
/// ``refreshOf(_:)``. What makes no sense, such as an empty nonce, is `invalid_policy` when a token is
/// verified.
///
/// ```swift
/// var login = Login.withNonce(nonce)
/// login.maxAge = .seconds(600)
/// ```
public struct Login: Sendable, CustomStringConvertible, CustomReflectable {
    private let start: Start
    /// The user must have logged in at most this long ago; the client sent `max_age`.
    public var maxAge: Duration?
    /// The token must say when the user logged in, in `auth_time`.
    public var requiresAuthenticationTime = false
    /// `acr` must be one of these; nil for any, and an empty array is invalid.
    public var acr: [String]?
    /// This access token came with the ID token, which `at_hash` confirms. Name the ``channel``.
    public var accessToken: String?
    /// This code came with the ID token, or was exchanged for it, which `c_hash` confirms. Name the
    /// ``channel``.
    public var code: String?
    /// Where the ID token came from.
    public var channel: Channel?
    /// This state came back with the ID token, which `s_hash` confirms if it is there.
    public var state: String?
    /// Like ``state``, and `s_hash` must be there.
    public var requiredState: String?
    /// The hybrid flow gave this ID token first, and the token endpoint now gives a second.
    public var secondOf: IDToken?

    private init(_ start: Start) {
        self.start = start
    }

    /// The client sent this nonce, and the token must have it.
    public static func withNonce(_ nonce: String) -> Self {
        Self(.member("nonce", JSONValue(nonce).text))
    }

    /// The client sent no nonce, and the token must not have one.
    public static let withoutNonce = Self(.member("without_nonce", "true"))

    /// Waives the check of the nonce: a token of another login is accepted.
    public static let anyNonce = Self(.member("any_nonce", "true"))

    /// A refresh returned the token: nothing about the user has changed.
    public static func refreshOf(_ previous: IDToken) -> Self {
        Self(.member("refresh_of", previous.token.payloadText))
    }

    /// Makes a login from its document, the same JSON in every language. It is read when a token is
    /// verified. It is complete: a property that is set beside it is `invalid_policy` then.
    public init(json: String) {
        self.init(.document(json))
    }

    /// Where an ID token came from.
    public enum Channel: String, Sendable {
        /// The authorization endpoint, through the browser. The hashes of what came with it are
        /// required.
        case front
        /// The token endpoint. The hashes are optional, and checked if they are there.
        case back
    }

    private enum Start {
        case member(String, String)
        case document(String)
    }

    var document: String {
        get throws(SetupError) {
            let members = try properties.given
            switch start {
            case .member(let name, let json): return jsonObject([(name, json)] + members)
            case .document(let document):
                guard members.isEmpty else { throw isComplete("login") }
                return document
            }
        }
    }

    private var properties: [(String, String?)] {
        get throws(SetupError) {
            [
                ("max_age", try maxAge.seconds),
                ("auth_time_required", requiresAuthenticationTime ? "true" : nil),
                ("acr", jsonTexts(acr)),
                ("access_token", accessToken.map { JSONValue($0).text }),
                ("code", code.map { JSONValue($0).text }),
                ("channel", channel.map { JSONValue($0.rawValue).text }),
                ("state", state.map { JSONValue($0).text }),
                ("required_state", requiredState.map { JSONValue($0).text }),
                ("second_of", secondOf?.token.payloadText),
            ]
        }
    }

    /// Nothing: a nonce, a code and a token are secrets.
    public var description: String { "Login" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Of a document and properties beside it, the properties would be left out.
func isComplete(_ what: String) -> SetupError {
    SetupError(
        code: .invalidPolicy, message: "a \(what) that was read from its document is complete")
}

extension Duration? {
    var seconds: String? {
        get throws(SetupError) {
            guard let self else { return nil }
            return try jsonSeconds(self)
        }
    }
}

extension [(String, String?)] {
    /// The members that have a value.
    var given: [(name: String, json: String)] {
        compactMap { name, json in json.map { (name: name, json: $0) } }
    }
}
