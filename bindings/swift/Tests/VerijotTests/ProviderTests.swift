import Foundation
import Testing
import Verijot

@Suite struct ProviderTests {
    @Test func everyPresetMakesAVerifierAndAClientOrIsRefused() throws {
        let cases = try Self.presets()
        #expect(cases.count > 39)
        for json in cases {
            let provider = json["provider"]!.string
            if let error = json["error"] {
                let refused = Self.refusal(provider, json["options"]!.text)
                #expect(refused?.code.rawValue == error["code"]!.string)
                let member = error["member"]?.string ?? ""
                #expect(refused?.message.hasPrefix(member) == true, "\(provider)")
                continue
            }
            let preset = try Provider.preset(provider, json["options"]!.text)
            #expect(
                JSON([UInt8](preset.json.utf8)).sorted.text == json["preset"]!.sorted.text)
            if case .ofCaller = preset.keySource {
                #expect(throws: SetupError.self) {
                    try preset.client(verifier: Self.verifier(of: preset))
                }
            } else {
                _ = try preset.client(verifier: Self.verifier(of: preset))
                _ = try preset.client()
            }
        }
    }

    @Test func whatAProviderDemandsMustBeNamed() throws {
        #expect(throws: SetupError.self) { try Provider.preset("cognito:eu-west-1_AbCdEf123") }
        #expect(throws: SetupError.self) { try Provider.preset("apple", "[]") }
    }

    @Test func everyPresetIsListedWithWhatItDemands() {
        #expect(Provider.all.count >= 39)
        for info in Provider.all {
            #expect(info.example.hasPrefix(info.name))
            #expect(!info.token.isEmpty)
            guard let demanded = info.demands.first else { continue }
            let message = Self.refusal(info.example, "{}")?.message ?? ""
            #expect(demanded.contains { message.contains($0) }, "\(info): \(message)")
            #expect(Set(info.demands.joined()).isSubset(of: info.options))
        }
    }

    private static func refusal(_ provider: String, _ options: String) -> SetupError? {
        do throws(SetupError) {
            _ = try Provider.preset(provider, options)
            return nil
        } catch {
            return error
        }
    }

    /// A verifier for the tokens, or for a profile's one for the client.
    private static func verifier(of preset: Preset) throws -> Verifier {
        if let policy = preset.policy { return try Verifier(policy) }
        if let profile = preset.profile {
            switch JSON([UInt8](profile.utf8))["profile"]?.string {
            case "id-token": _ = try IDTokenVerifier(json: profile)
            case "access-token": _ = try AccessTokenVerifier(json: profile)
            default: Issue.record("an unknown profile")
            }
        }
        return try Verifier(issuer: "https://issuer.example", audience: "https://api.example")
    }

    private static func presets() throws -> [JSON] {
        let environment = ProcessInfo.processInfo.environment
        let own = URL(fileURLWithPath: #filePath).appending(path: "../../../../../testvectors")
        let folder = environment["VERIJOT_TESTVECTORS"].map { URL(fileURLWithPath: $0) } ?? own
        let file = folder.appending(path: "presets/presets.json").standardized
        return JSON([UInt8](try Data(contentsOf: file)))["presets"]!.elements
    }
}
