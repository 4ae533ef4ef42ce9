import Foundation

@testable import Verijot

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The application in a scenario: calls the token endpoint, and stores tokens in memory.
final class ScenarioKeeper: TokenKeeper, Sendable {
    /// Whether tokens can be stored.
    enum Storage: String {
        case writable
        case readOnly = "read_only"
        case broken
    }

    private let endpoint: String
    let storage = Shared(Storage.writable)
    /// The tokens that were stored last.
    let stored = Shared(JSON.null)

    init(endpoint: String) { self.endpoint = endpoint }

    func refresh(_ refreshToken: String) async throws -> IssuedTokens {
        var request = URLRequest(url: URL(string: endpoint)!)
        request.httpMethod = "POST"
        request.httpBody = Data("grant_type=refresh_token&refresh_token=\(refreshToken)".utf8)
        let answer = try await send(request)
        let tokens = answer.status == 200 ? Self.tokens(in: answer.body) : nil
        guard let tokens else {
            throw RefreshFailedError(status: answer.status, body: answer.body)
        }
        return tokens
    }

    func store(_ tokens: IssuedTokens) async throws {
        guard storage.value != .broken else { throw CocoaError(.fileWriteUnknown) }
        var members = [(name: "access", value: JSON.string(tokens.accessToken))]
        if let refresh = tokens.refreshToken { members.append((name: "refresh", .string(refresh))) }
        stored.value = .object(members)
    }

    var canStore: Bool { storage.value != .readOnly }

    private static func tokens(in body: Data) -> IssuedTokens? {
        let document = try? JSONSerialization.jsonObject(with: body) as? [String: Any]
        guard let access = document?["access_token"] as? String else { return nil }
        let life = document?["expires_in"] as? Int
        return try? IssuedTokens(
            accessToken: access, refreshToken: document?["refresh_token"] as? String,
            expiresIn: life.map { .seconds($0) })
    }
}

/// Makes one request on loopback, without following redirects.
func send(_ request: URLRequest) async throws -> FetchResponse {
    #if canImport(FoundationNetworking)
        let session = FetchSession.shared
    #else
        let session = FetchSession(.forFetches)
        defer { session.end() }
    #endif
    return try await session.fetch(request, maxOctets: 1 << 16, timeout: .seconds(60))
}
