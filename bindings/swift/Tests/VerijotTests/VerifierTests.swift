import Foundation
import Testing
import Verijot

@Suite struct VerifierTests {
    let keys = try! JwkSet(json: Fixtures.jwks(Fixtures.keyA))
    let verifier = try! Verifier(
        issuer: "https://issuer.example", audience: "https://api.example")

    @Test func returnsTheClaimsOfAToken() throws {
        let token = try verifier.verify(Fixtures.tokenA, keys: keys)
        #expect(token.issuer == "https://issuer.example")
        #expect(token.audience == ["https://api.example"])
        #expect(token.subject == "alice")
        #expect(token.id == nil)
        #expect(token.algorithm == .edDSA)
        #expect(token.keyID == "a")
        #expect(token.header.type == "JWT")
        #expect(token.header.contentType == nil)
        #expect(token.header.json.contains(#""kid":"a""#))
        #expect(token.expiresAt == Date(timeIntervalSince1970: 4_102_444_800))
        #expect(token.issuedAtExactly == Moment(seconds: 1_700_000_000))
        #expect(token.notBefore == nil)
        #expect(token.scopes == ["orders:read", "orders:write"])
        #expect(token.hasScope("orders:read") && !token.hasScope("orders"))
        #expect(String(decoding: token.payload, as: UTF8.self).hasPrefix(#"{"iss":"#))
    }

    @Test func takesEveryFormOfAToken() throws {
        let text = Fixtures.tokenA
        #expect(try verifier.verify(Data(text.utf8), keys: keys).keyID == "a")
        #expect(try verifier.verify(Array(text.utf8), keys: keys).keyID == "a")
        #expect(try verifier.verify("Bearer \(text)".dropFirst(7), keys: keys).keyID == "a")
        #expect(code { try verifier.verify("", keys: keys) } == .malformedToken)
        #expect(code { try verifier.verify(Data(), keys: keys) } == .malformedToken)
        #expect(code { try verifier.verify(Data([0xFF, 0x2E, 0x2E]), keys: keys) } != nil)
        #expect(code { try verifier.verify("\0.\0.\0", keys: keys) } == .malformedToken)
        #expect(code { try verifier.verify(text + "\0", keys: keys) } == .malformedToken)
    }

    @Test func refusesVeryLongInput() throws {
        let long = Data(count: 100_000_000)
        let error = refusal { try verifier.verify(long, keys: keys) }
        #expect(error?.code == .tokenTooLarge)
        #expect(error?.actual == "100000000 octets")
        let endless = String(repeating: "A", count: 50_000_000)
        #expect(code { try verifier.verify(endless, keys: keys) } == .tokenTooLarge)
        #expect(code { _ = try Bearer.token(in: "Bearer " + endless) } == nil)
        #expect(throws: SetupError.self) { try JwkSet(json: endless) }
        var policy = Policy(issuer: nil, audience: nil)
        policy.maxTokenOctets = .max
        let patient = try Verifier(policy)
        #expect(code { try patient.verify(endless, keys: keys) } == .malformedToken)
    }

    @Test func refusesMoreThanForeignFunctionsCanCount() throws {
        // Above 2 GiB, which a small machine does not have.
        guard ProcessInfo.processInfo.physicalMemory > 8 << 30 else { return }
        var policy = Policy(issuer: nil, audience: nil)
        policy.maxTokenOctets = .max
        let patient = try Verifier(policy)
        let huge = Data(count: 1 << 31 + 5)
        #expect(code { try patient.verify(huge, keys: keys) } == .tokenTooLarge)
    }

    @Test func decodesClaimsAsAType() throws {
        struct Claims: Decodable {
            let sub: String
            let exp: Date
        }
        let claims = try verifier.verify(Fixtures.tokenA, keys: keys, as: Claims.self)
        #expect(claims.sub == "alice")
        #expect(claims.exp == Date(timeIntervalSince1970: 4_102_444_800))
    }

    @Test func refusesClaimsThatDoNotMatchTheType() throws {
        struct Missing: Decodable { let email: String }
        struct Mismatched: Decodable { let count: Int }
        struct Deep: Decodable {
            struct Realm: Decodable { let groups: [String] }
            let realm: Realm
        }
        let token = try verifier.verify(Fixtures.oddToken, keys: keys)
        let missing = refusal { _ = try token.claims(as: Missing.self) }
        #expect(missing?.code == .missingClaim && missing?.claim == "email")
        let mismatch = refusal { _ = try token.claims(as: Mismatched.self) }
        #expect(mismatch?.code == .invalidClaim && mismatch?.claim == "count")
        #expect(mismatch?.httpStatus == 401 && mismatch?.wwwAuthenticate != nil)
        #expect(mismatch.map { "\($0)" }?.contains("many") == false)
        let deep = refusal { _ = try token.claims(as: Deep.self) }
        #expect(deep?.code == .invalidClaim && deep?.claim == "realm")
        let whole = refusal { _ = try token.claims(as: [String].self) }
        #expect(whole?.code == .invalidClaim)
    }

    @Test func comparesNamesByOctets() throws {
        let token = try verifier.verify(Fixtures.oddToken, keys: keys)
        #expect(token.subject == "a\0b")
        #expect(token.hasScope("cafe\u{301}") && !token.hasScope("caf\u{e9}"))
        #expect(token.hasScope("\u{212A}") && !token.hasScope("K"))
        let path: ClaimPath = "realm.roles"
        #expect(token.hasRole("caf\u{e9}", at: path) && !token.hasRole("cafe\u{301}", at: path))
        #expect(!token.hasRole("K", at: path))
        #expect(token.roles(at: ["realm.roles"]).isEmpty)
        #expect(code { try token.requireScopes("read", "cafe\u{301}") } == nil)
        #expect(code { try token.requireScopes("read", "caf\u{e9}") } == .insufficientScope)
        #expect(code { try token.requireRoles("K", at: path) } == .insufficientScope)
        #expect(code { try token.requireAnyScope("caf\u{e9}", "cafe\u{301}") } == nil)
        #expect(code { try token.requireAnyRole("K", "k", at: path) } == .insufficientScope)
        #expect(throws: SetupError.self) { try token.requireScopes() }
        #expect(throws: SetupError.self) { try token.requireRoles(" ", at: path) }
        let demanding = try Verifier(
            issuer: nil, audience: nil, requiredScopes: ["caf\u{e9}"])
        #expect(
            code { try demanding.verify(Fixtures.oddToken, keys: keys) } == .insufficientScope)
    }

    @Test func comparesKidsByOctets() throws {
        let composed = try JwkSet(json: Fixtures.jwks(Fixtures.composedKey))
        let decomposed = try JwkSet(json: Fixtures.jwks(Fixtures.decomposedKey))
        let both = try JwkSet(json: Fixtures.jwks(Fixtures.composedKey, Fixtures.decomposedKey))
        #expect(both.keys.count == 2)
        let kid = try verifier.verify(Fixtures.composedToken, keys: both).keyID
        #expect(kid.map { Array($0.unicodeScalars).count } == 4)
        #expect(try verifier.verify(Fixtures.decomposedToken, keys: both).keyID?.utf8.count == 6)
        #expect(
            code { try verifier.verify(Fixtures.composedToken, keys: decomposed) } == .unknownKey)
        #expect(
            code { try verifier.verify(Fixtures.decomposedToken, keys: composed) } == .unknownKey)
    }

    @Test func comparesExpectedClaims() throws {
        func verify(_ claims: ExpectedClaims) -> VerificationError.Code? {
            code {
                let verifier = try Verifier(issuer: nil, audience: nil, expectedClaims: claims)
                return try verifier.verify(Fixtures.oddToken, keys: keys)
            }
        }
        #expect(verify(["sub": "a\0b", "iat": 1_700_000_000]) == nil)
        #expect(verify(["realm": ["roles": ["caf\u{e9}", "\u{212A}"]]]) == nil)
        #expect(verify(["realm": ["roles": ["cafe\u{301}", "\u{212A}"]]]) == .wrongClaim)
        #expect(verify(["sub": "a"]) == .wrongClaim)
        #expect(verify(["count": false]) == .wrongClaim)
        #expect(verify(["sub": JSONValue("a\0b")]) == nil)
        #expect(throws: SetupError.self) {
            let claims: ExpectedClaims = ["sub": JSONValue(text: "{")]
            return try Verifier(issuer: nil, audience: nil, expectedClaims: claims)
        }
        #expect("\(JSONValue("secret"))" == "JSONValue")
    }

    @Test func neverRoundsDatesTowardsValidity() throws {
        let token = try verifier.verify(Fixtures.fractionToken, keys: keys)
        #expect(token.notBeforeExactly == Moment(seconds: 1_700_000_000, nanoseconds: 250_000_000))
        let moments = [
            Moment(seconds: 1_700_000_000, nanoseconds: 1), Moment(seconds: 0),
            Moment(seconds: -1, nanoseconds: 999_999_999), .init(seconds: .max),
            .init(seconds: .min),
            Moment(seconds: 4_102_444_800, nanoseconds: 123_456_789),
            Moment(seconds: 9_007_199_254_740_993),
        ]
        for moment in moments {
            #expect(Moment(moment.dateNotAfter) <= moment, "\(moment)")
            guard moment.seconds < .max else { continue }
            #expect(Moment(moment.dateNotBefore) >= moment, "\(moment)")
            let gap = moment.dateNotBefore.timeIntervalSince(moment.dateNotAfter)
            #expect(gap <= moment.dateNotAfter.timeIntervalSinceReferenceDate.ulp * 2)
        }
        #expect(Moment(Date(timeIntervalSinceReferenceDate: .nan)) > Moment(seconds: .max - 1))
        #expect(Moment(Date.distantFuture) > .now && Moment(Date.distantPast) < .now)
        let later = Moment(Date(timeIntervalSince1970: 1.5))
        #expect(later == Moment(seconds: 1, nanoseconds: 500_000_000))
        let earlier = Moment(Date(timeIntervalSince1970: -0.25))
        #expect(earlier == Moment(seconds: -1, nanoseconds: 750_000_000))
        let end = Moment(Date(timeIntervalSince1970: 4_102_444_830))
        #expect(code { try verifier.verify(Fixtures.tokenA, keys: keys, now: end) } == .expired)
        let nan = Moment(Date(timeIntervalSince1970: .nan))
        #expect(code { try verifier.verify(Fixtures.tokenA, keys: keys, now: nan) } == .expired)
    }

    @Test func readsKeysFromPEMAndSecrets() throws {
        let pem = try JwkSet(pem: Fixtures.pemA, algorithms: [.edDSA])
        #expect(try verifier.verify(Fixtures.tokenA, keys: pem).subject == "alice")
        let named = try JwkSet(pem: Fixtures.pemA, algorithms: [.edDSA], keyID: "b")
        #expect(code { try verifier.verify(Fixtures.tokenA, keys: named) } == .unknownKey)
        let secret = try JwkSet(secret: Data(Fixtures.secret.utf8), algorithms: [.hs256])
        #expect(try verifier.verify(Fixtures.secretToken, keys: secret).algorithm == .hs256)
        let every = try JwkSet(secret: Array(Fixtures.secret.utf8), algorithms: nil)
        #expect(every.keys[0].algorithms == [.hs256])
        #expect(every.keys[0].type == "oct")
        let short = Data(count: 8)
        #expect(setupCode { _ = try JwkSet(secret: short, algorithms: [.hs256]) } == .weakKey)
        #expect(setupCode { _ = try JwkSet(pem: "no key", algorithms: [.es256]) } == .malformedKey)
        #expect(setupCode { _ = try JwkSet(json: "[]") } == .malformedJwks)
        let skipped = try JwkSet(json: #"{"keys":[{"kty":"oct","kid":"s","k":"AA"}]}"#).skipped
        #expect(skipped[0].reason == .symmetricKey)
        #expect(skipped[0].id == "s" && skipped[0].index == 0)
    }

    @Test func refusesAnInvalidPolicy() {
        let nobody = Policy(issuers: [], audiences: nil)
        #expect(setupCode { _ = try Verifier(nobody) } == .invalidPolicy)
        #expect(
            setupCode { _ = try Verifier(issuer: nil, audience: nil, leeway: .seconds(-1)) }
                == .invalidPolicy)
        let none = Algorithm(rawValue: "none")
        #expect(
            setupCode { _ = try Verifier(issuer: nil, audience: nil, algorithms: [none]) }
                == .invalidPolicy)
    }

    @Test func checksRevocationLastAndFailsClosed() throws {
        struct Unknown: Error {}
        let revoked = try Verifier(issuer: nil, audience: nil) { $0.subject == "alice" }
        #expect(code { try revoked.verify(Fixtures.tokenA, keys: keys) } == .revoked)
        #expect(try revoked.verify(Fixtures.oddToken, keys: keys).subject == "a\0b")
        let unsure = try Verifier(issuer: nil, audience: nil) { _ in throw Unknown() }
        #expect(code { try unsure.verify(Fixtures.tokenA, keys: keys) } == .revocationUnavailable)
        let explanation = revoked.explain(Fixtures.tokenA, keys: keys)
        #expect(explanation.steps.last?.outcome == .failed)
        let lines = explanation.description.components(separatedBy: "\n")
        #expect(lines.suffix(2).allSatisfy { $0.contains("revoked") })
        // The check does not run for a token that fails earlier.
        let calls = Shared(0)
        let counting = try Verifier(issuer: "https://other.example", audience: nil) { _ in
            calls.value += 1
            return false
        }
        #expect(code { try counting.verify(Fixtures.tokenA, keys: keys) } == .wrongIssuer)
        #expect(calls.value == 0)
    }

    @Test func neverPrintsSecrets() throws {
        let token = try verifier.verify(Fixtures.tokenA, keys: keys)
        let explanation = verifier.explain(Fixtures.tokenA, keys: keys)
        var text = "\(token) \(token.header) \(keys) \(explanation)"
        dump(token, to: &text)
        dump(explanation, to: &text)
        let jws = try verifier.verifyJWS(Fixtures.tokenA, keys: keys)
        dump(jws, to: &text)
        let secret = try JwkSet(secret: Data(Fixtures.secret.utf8), algorithms: nil)
        dump(secret, to: &text)
        for value in ["alice", "issuer.example", Fixtures.secret, Fixtures.tokenA, "orders"] {
            #expect(!text.contains(value), "\(value)")
        }
    }

    @Test func anErrorSaysWhatIsWrong() throws {
        let other = try Verifier(issuer: "https://other.example", audience: nil)
        let error = try #require(refusal { try other.verify(Fixtures.tokenA, keys: keys) })
        #expect(error.code == .wrongIssuer && error.code.rawValue == "wrong_issuer")
        #expect(error.claim == "iss")
        #expect(error.expected?.contains("https://other.example") == true)
        #expect(error.actual?.contains("https://issuer.example") == true)
        #expect(error.httpStatus == 401 && error.retryAfter == nil)
        #expect(error.wwwAuthenticate?.contains("invalid_token") == true)
        #expect(error.localizedDescription == "wrong_issuer: \(error.message)")
        let missing = refusal { _ = try Bearer.token(in: nil) }
        #expect(missing?.code == .missingToken && missing?.wwwAuthenticate == "Bearer")
        #expect(try Bearer.token(in: "bearer abc") == "abc")
    }

    @Test func stillChecksACachedToken() throws {
        let caching = try Verifier(
            issuer: "https://issuer.example", audience: "https://api.example", tokenCache: 10)
        for _ in 0..<3 { _ = try caching.verify(Fixtures.tokenA, keys: keys) }
        let late = Moment(seconds: 4_102_444_831)
        #expect(code { try caching.verify(Fixtures.tokenA, keys: keys, now: late) } == .expired)
        let others = try JwkSet(json: Fixtures.jwks(Fixtures.keyB))
        #expect(code { try caching.verify(Fixtures.tokenA, keys: others) } == .unknownKey)
    }

    @Test func threadsShareAVerifier() {
        let failures = Shared(0)
        DispatchQueue.concurrentPerform(iterations: 16) { thread in
            for round in 0..<500 {
                let isGood = (thread + round) % 2 == 0
                let raw = isGood ? Fixtures.tokenA : Fixtures.tokenA + "A"
                let isAccepted = (try? verifier.verify(raw, keys: keys))?.subject == "alice"
                if isAccepted != isGood { failures.value += 1 }
            }
        }
        #expect(failures.value == 0)
    }

    @Test func tasksShareAVerifier() async {
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    (0..<500).allSatisfy { _ in
                        (try? verifier.verify(Fixtures.tokenA, keys: keys))?.subject == "alice"
                    }
                }
            }
            for await isGood in group { #expect(isGood) }
        }
    }
}

func refusal<T>(_ body: () throws -> T) -> VerificationError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error as? VerificationError
    }
}

func code<T>(_ body: () throws -> T) -> VerificationError.Code? {
    refusal(body)?.code
}

func setupCode(_ body: () throws -> Void) -> SetupError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? SetupError)?.code
    }
}
