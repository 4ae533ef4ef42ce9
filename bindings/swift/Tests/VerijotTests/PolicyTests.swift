import Testing
import Verijot

/// Policies as JSON documents.
@Suite struct PolicyTests {
    @Test func propertiesAndDocumentSayTheSame() throws {
        try same("") { _ in }
        try same(#","algorithms":["ES256"]"#) { $0.algorithms = [.es256] }
        try same(#","types":["at+jwt"]"#) { $0.types = .oneOf(["at+jwt"]) }
        try same(#","types":null"#) { $0.types = .any }
        try same(#","leeway":"0.25""#) { $0.leeway = .milliseconds(250) }
        try same(#","leeway":"600""#) { $0.leeway = .seconds(600) }
        try same(#","require_exp":false"#) { $0.allowMissingExpiry = true }
        try same(#","numeric_subject":true"#) { $0.allowNumericSubject = true }
        try same(#","future_issued_at":true"#) { $0.allowFutureIssuedAt = true }
        try same(#","required_claims":["caf\#u{e9}","cafe\#u{301}"]"#) {
            $0.requiredClaims = ["caf\u{e9}", "cafe\u{301}"]
        }
        try same(#","expected_claims":{"a\"":"b\\,","c":{"x":[1,0.5]},"d":null,"\#u{e9}":true}"#) {
            let object: JSONValue = ["x": [1, 0.5]]
            $0.expectedClaims = ["a\"": "b\\,", "c": object, "d": nil, "\u{e9}": true]
        }
        try same(#","max_age":"60""#) { $0.maxAge = .seconds(60) }
        try same(#","max_lifetime":"0.000000001""#) { $0.maxLifetime = .nanoseconds(1) }
        try same(#","max_lifetime_by":{"claim":"c","ceilings":{"a":"1","b":"2"},"default":null}"#) {
            $0.lifetimeClasses = LifetimeClasses(
                by: "c", ["a": .seconds(1), "b": .seconds(2)], otherwise: nil)
        }
        try same(#","max_lifetime_by":{"claim":"c","ceilings":{},"default":"3"}"#) {
            $0.lifetimeClasses = LifetimeClasses(by: "c", [:], otherwise: .seconds(3))
        }
        try same(#","required_scopes":["a","b"]"#) { $0.requiredScopes = ["a", "b"] }
        try same(#","required_roles":{"path":["a","b"],"roles":["c"]}"#) {
            $0.requiredRoles = [RequiredRoles(["c"], at: "a.b")]
        }
        try same(
            #","required_roles":[{"path":["a"],"roles":["c"]},{"path":["b"],"roles":["d"]}]"#
        ) {
            $0.requiredRoles = [RequiredRoles(["c"], at: "a"), RequiredRoles(["d"], at: "b")]
        }
        try same(#","limits":{"token_octets":100}"#) { $0.maxTokenOctets = 100 }
        let named = Policy(issuer: "a", audience: "b")
        #expect(try named.json == #"{"issuers":["a"],"audiences":["b"]}"#)
    }

    @Test func changesAPolicyFromADocument() throws {
        let document = """
            {"issuers": ["a"], "audiences": null, "leeway": "5", "require_exp": false,
             "symmetric_keys": true, "limits": {"jwks_keys": 3, "token_octets": 9}}
            """
        var policy = try Policy(json: document)
        #expect(policy.issuers == ["a"] && policy.audiences == nil)
        #expect(policy.leeway == .seconds(5) && policy.allowMissingExpiry)
        #expect(policy.maxTokenOctets == 9)
        policy.allowMissingExpiry = false
        policy.leeway = nil
        policy.audiences = ["b"]
        #expect(
            try policy.json
                == #"{"issuers":["a"],"audiences":["b"],"symmetric_keys":true,"#
                + #""limits":{"token_octets":9,"jwks_keys":3}}"#)
        let keys = try JwkSet(json: Fixtures.jwks(Fixtures.keyA))
        let verifier = try Verifier(try Policy(json: #"{"issuers":["a"],"audiences":null}"#))
        #expect(code { try verifier.verify(Fixtures.tokenA, keys: keys) } == .wrongIssuer)
    }

    @Test func aPropertyBesideAnotherFormOfItsMemberIsRefused() throws {
        let document = """
            {"issuers": [{"template": "https://a.example/{t}/v2", "claim": "t", "tenants": ["x"]}],
             "audiences": {"exactly": ["b"]}, "types": {"or_none": ["at+jwt"]}}
            """
        let policy = try Policy(json: document)
        #expect(policy.issuers == nil && policy.audiences == nil)
        let written = try policy.json
        #expect(written.contains("exactly") && written.contains("or_none"))
        let changes: [(String, (inout Policy) -> Void)] = [
            ("issuers: ", { $0.issuers = ["https://issuer.example"] }),
            ("audiences: ", { $0.audiences = ["c"] }),
            ("types: ", { $0.types = .oneOf(["jwt"]) }),
        ]
        for (member, change) in changes {
            var changed = policy
            change(&changed)
            refused(member) { _ = try changed.json }
        }
    }

    @Test func namesTheMemberAtFault() {
        refused("") { _ = try Policy(json: "{") }
        refused("audiences: ") { _ = try Policy(json: #"{"issuers":null}"#) }
        refused("x: ") {
            _ = try Policy(json: #"{"issuers":null,"audiences":null,"x":1}"#)
        }
        refused("required_scopes: ") { $0.requiredScopes = [] }
        refused("required_roles") { $0.requiredRoles = [RequiredRoles([], at: "a")] }
        refused("expected_claims.a: ") { $0.expectedClaims = ["a": "b", "a": "c"] }
        refused("negative") { $0.maxAge = .nanoseconds(-1) }
        refused("limits.token_octets") { $0.maxTokenOctets = -1 }
        for text in [#"1,"b":2"#, "1},\"leeway\":\"600\"", "{", "\"", "1]", "\"\\\"", "1:2"] {
            refused("is not JSON") { $0.expectedClaims = ["a": JSONValue(text: text)] }
        }
        for text in ["", "1 2", "{]}", "inf", "'a'", "1\n\n2"] {
            refused("") { $0.expectedClaims = ["a": JSONValue(text: text)] }
        }
    }

    private func same(_ members: String, _ change: (inout Policy) -> Void) throws {
        let document = #"{"issuers":null,"audiences":null"# + members + "}"
        var policy = Policy(issuer: nil, audience: nil)
        change(&policy)
        #expect(try Array(policy.json.utf8) == Array(document.utf8), "\(document)")
        #expect(try Array(Policy(json: document).json.utf8) == Array(document.utf8))
    }

    private func refused(_ text: String, _ change: (inout Policy) -> Void) {
        refused(text) {
            var policy = Policy(issuer: nil, audience: nil)
            change(&policy)
            _ = try policy.json
        }
    }

    private func refused(_ text: String, _ make: () throws -> Void) {
        do {
            try make()
            Issue.record("not refused: \(text)")
        } catch {
            let shown = "\(error)"
            #expect(shown.hasPrefix("invalid_policy: "))
            #expect(text.isEmpty || shown.contains(text), "\(shown)")
        }
    }
}
