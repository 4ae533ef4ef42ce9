import Foundation
import Testing
import Verijot

@Suite struct ServiceSettingsTests {
    let named = [
        "VERIJOT_ISSUER": "https://issuer.example", "VERIJOT_AUDIENCE": "https://api.example",
    ]

    @Test func nameTheIssuerWhoseKeysAreFetched() async throws {
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        var environment = named
        environment["VERIJOT_JWKS_URL"] = server.url()
        environment["PATH"] = "/bin"
        let client = try ServiceSettings(environment: environment).client()
        #expect(try await client.verify(Fixtures.tokenA).subject == "alice")
    }

    @Test func nameAProvider() throws {
        let provider = ["APP_PROVIDER": "cognito:eu-west-1_AbCdEf123"]
        let whole = provider.merging(["APP_AUDIENCE": "web mobile"]) { $1 }
        let settings = try ServiceSettings(prefix: "APP_", environment: whole)
        #expect(settings.keys == nil)
        #expect(try "\(settings.client())".contains("eu-west-1_AbCdEf123"))
        let error = refusal("APP_", provider)
        #expect(error?.code == .invalidSettings)
        #expect(error?.message.hasPrefix("APP_AUDIENCE: ") == true)
    }

    @Test func haveKeysInAFile() throws {
        let folder = URL(fileURLWithPath: NSTemporaryDirectory())
        let file = folder.appending(path: "\(UUID().uuidString).json")
        try Data((Fixtures.jwks(Fixtures.keyA) + "\r\n").utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        var environment = named
        environment["VERIJOT_JWKS_FILE"] = file.path
        let settings = try ServiceSettings(environment: environment)
        let keys = try #require(settings.keys)
        let verifier = try Verifier(settings.policy)
        #expect(try verifier.verify(Fixtures.tokenA, keys: keys).subject == "alice")
        #expect(throws: SetupError.self) { try settings.client() }
        environment["VERIJOT_JWKS"] = "{}"
        var missing = named
        missing["VERIJOT_JWKS_FILE"] = "/nowhere/secret"
        var folders = [environment, missing]
        for path in ["", "/", "/dev/zero", "/dev/full"] {
            folders.append(named.merging(["VERIJOT_JWKS_FILE": path]) { $1 })
        }
        for wrong in folders {
            let error = refusal("VERIJOT_", wrong)
            #expect(error?.code == .invalidSettings)
            #expect(error?.message.contains("VERIJOT_JWKS_FILE") == true)
            #expect(error?.message.contains("/") == false)
        }
    }

    @Test func ignoreOtherNamesAndRefuseOptionsThatTheyDecide() async throws {
        let server = LoopbackServer { _ in .init(body: Fixtures.jwks(Fixtures.keyA)) }
        var environment = named
        environment["VERIJOT_JWKS_URL"] = server.url()
        environment["VERIJOT_LOG_FILE"] = "/nowhere"
        let settings = try ServiceSettings(environment: environment)
        #expect(try await settings.client().verify(Fixtures.tokenA).subject == "alice")
        let decided: [(inout JwksClient.Options) -> Void] = [
            { $0.allowedHosts = ["issuer.example"] }, { $0.allowPlainHTTP = true },
            { $0.settings.purposes = ["sig"] }, { $0.settings.certificates = [.es256] },
        ]
        for change in decided {
            var options = JwksClient.Options()
            change(&options)
            do {
                _ = try settings.client(options: options)
                Issue.record("not refused")
            } catch {
                #expect(error.code == .invalidSettings)
            }
        }
    }

    private func refusal(_ prefix: String, _ environment: [String: String]) -> SetupError? {
        do {
            _ = try ServiceSettings(prefix: prefix, environment: environment)
            return nil
        } catch {
            return error
        }
    }
}
