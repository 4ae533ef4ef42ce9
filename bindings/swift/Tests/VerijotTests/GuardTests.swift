import Foundation
import Testing
import Verijot

/// Guards: header values in, a token or the whole response out.
@Suite(.serialized, .timeLimit(.minutes(2))) struct GuardTests {
    private let raw = Fixtures.tokenA

    @Test func refusesAnInvalidDemandWhenItIsMade() throws {
        let demand = try Demand.allScopes("a").and(.anyRole("b", "c", at: "realm.roles"))
        #expect(try Demand(json: demand.json).json == demand.json)
        let mistakes: [() throws -> Void] = [
            { _ = try Demand.allScopes() },
            { _ = try Demand.anyScope("a", "") },
            { _ = try Demand.allScopes("a b") },
            { _ = try Demand.allRoles("a", at: "") },
            { _ = try Demand.anyRole(at: "roles") },
            { _ = try Demand(json: "{}") },
            { _ = try Demand(json: #"{"all_scope":["a"]}"#) },
            { _ = try Guard(.allScopes("a"), isOptional: true) },
            { _ = try Guard(place: .header("Authorization")) },
            { _ = try Guard(place: .cookie("a b")) },
            { _ = try Demand.acrValues() },
            { _ = try Demand.acrValues("a b") },
            { _ = try Demand.maxAuthenticationAge(.zero) },
            { _ = try Demand.maxAuthenticationAge(.milliseconds(1500)) },
            { _ = try Guard(resourceMetadata: "urn:example:mcp") },
            { _ = try Guard.resourceMetadataURL(for: "http://api.example/mcp") },
        ]
        for mistake in mistakes {
            #expect(setupCode(mistake) == .invalidDemand)
        }
    }

    @Test func demandsASignInAndNamesTheMetadataOfTheResource() async throws {
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        let client = try client(server)
        let metadata = try Guard.resourceMetadataURL(for: "https://api.example/mcp")
        #expect(metadata == "https://api.example/.well-known/oauth-protected-resource/mcp")
        let demand = try Demand.acrValues("phr", "mfa").and(
            .maxAuthenticationAge(.seconds(600)))
        let guarding = try Guard(demand, resourceMetadata: metadata)
        let outcome = await guarding.decide(["Bearer \(raw)"], client: client)
        guard case .refused(let answer, let error) = outcome else {
            Issue.record("admitted")
            return
        }
        #expect(error.code == .insufficientAuthentication && answer.status == 401)
        let challenge =
            "Bearer resource_metadata=\"\(metadata)\", error=\"insufficient_user_authentication\", "
            + "error_description=\"insufficient_authentication\", acr_values=\"phr mfa\", "
            + "max_age=\"600\""
        #expect(answer.headers["WWW-Authenticate"] == challenge)
    }

    @Test func takesExactlyOneTokenFromItsPlace() async throws {
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        let client = try client(server)
        let authorization = try Guard()
        let header = try Guard(place: .header("X-Token"))
        let cookie = try Guard(place: .cookie("session"))
        #expect(header.headerName == "x-token" && cookie.headerName == "cookie")
        let good = [
            (authorization, "Bearer \(raw)"), (header, raw), (cookie, "a=b; session=\"\(raw)\""),
        ]
        for (place, value) in good {
            #expect(try await place.admit([value], client: client)?.subject == "alice")
            #expect(await code(place, [], client) == .missingToken)
        }
        #expect(await code(authorization, [""], client) == .missingToken)
        let malformed = [
            (authorization, ["Bearer \(raw)", "Bearer \(raw)"]), (authorization, ["Bearer"]),
            (header, ["Bearer \(raw)"]), (header, [raw, raw]),
            (cookie, ["session=\(raw); session=\(raw)"]), (cookie, ["session="]),
        ]
        for (place, values) in malformed {
            #expect(await code(place, values, client) == .malformedAuthorization)
        }
    }

    @Test func returnsNilOnlyIfOptionalAndWithoutAnyToken() async throws {
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        let client = try client(server)
        let visitors = try Guard(isOptional: true)
        #expect(try await visitors.admit([], client: client) == nil)
        #expect(try await visitors.admit(["Bearer \(raw)"], client: client)?.subject == "alice")
        #expect(await code(visitors, ["Basic YQ=="], client) == .missingToken)
    }

    @Test func makesAWholeResponse() async throws {
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        let client = try client(server)
        let readers = try Guard(.allScopes("orders:read", "z"), realm: "orders")
        let decided = await readers.decide(["Bearer \(raw)"], client: client)
        guard case .refused(let answer, let error) = decided else { throw SetupProblem() }
        #expect(error.code == .insufficientScope)
        #expect(answer.status == 403 && answer.webSocketCloseCode == 1008)
        #expect(answer.body == #"{"detail":"insufficient_scope"}"#)
        let challenge =
            #"Bearer realm="orders", error="insufficient_scope", "#
            + #"error_description="insufficient_scope", scope="orders:read z""#
        #expect(
            answer.headers == [
                "Content-Type": "application/json", "Cache-Control": "no-store",
                "WWW-Authenticate": challenge,
            ])
        let baked = try Guard(place: .cookie("c"))
        #expect(baked.answer(to: error).headers["WWW-Authenticate"] == nil)
        let either = try Guard(.anyScope("orders:write", "z"))
        let admitted = await either.decide(["Bearer \(raw)"], client: client)
        guard case .admitted(let token?) = admitted else { throw SetupProblem() }
        #expect(token.subject == "alice")
    }

    private func code(
        _ place: Guard, _ values: [String], _ client: JwksClient
    ) async -> VerificationError.Code? {
        switch await place.decide(values, client: client) {
        case .admitted: nil
        case .refused(_, let error): error.code
        }
    }
}

private struct SetupProblem: Error {}
