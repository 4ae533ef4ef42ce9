import Foundation
import Testing

/// The scenarios of keys and of guards in the folder that `VERIJOT_SCENARIOS` names, or else in the
/// repository's own, against a real HTTP server on loopback. Sessions are not this package's.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ScenarioTests {
    @Test func everyScenarioEndsAsItSays() async throws {
        let all = try Self.scenarios()
        let scenarios = all.filter { $0.kind != "sessions" }
        var failures: [String] = []
        // One after the other: on Linux requests at once wait for Foundation's few threads.
        for (kind, fixtures, scenario) in scenarios {
            let problem =
                kind == "keys"
                ? await KeysScenario(fixtures: fixtures).play(scenario)
                : await GuardScenario(fixtures: fixtures).play(scenario)
            if let problem {
                failures.append("\(scenario["id"]?.text ?? "?"): \(problem)")
            }
        }
        for failure in failures { print("scenarios: \(failure)") }
        let (ran, failed) = (scenarios.count, failures.count)
        print(
            "scenarios of keys and guards: ran \(ran), passed \(ran - failed), failed \(failed); "
                + "\(all.count - ran) of sessions were not run")
        #expect(ran > 0)
        #expect(failures == [])
    }

    private static func scenarios() throws -> [(kind: String, fixtures: JSON, scenario: JSON)] {
        let environment = ProcessInfo.processInfo.environment
        let own = URL(fileURLWithPath: #filePath).appending(path: "../../../../../testvectors")
        let vectors = environment["VERIJOT_TESTVECTORS"].map { URL(fileURLWithPath: $0) } ?? own
        let folder =
            environment["VERIJOT_SCENARIOS"].map { URL(fileURLWithPath: $0) }
            ?? vectors.appending(path: "scenarios")
        let files = try FileManager.default.contentsOfDirectory(
            at: folder.standardized, includingPropertiesForKeys: nil)
        let data = files.filter {
            $0.pathExtension == "json" && $0.lastPathComponent != "schema.json"
        }
        return try data.sorted { $0.path < $1.path }.flatMap { file in
            try Members.of(JSON(Array(Data(contentsOf: file)))) { members in
                guard members.text("schema") == "verijot-scenarios-v1",
                    let kind = members.text("kind"), let scenarios = members.take("scenarios")
                else { throw Mismatch("\(file) is no file of scenarios") }
                guard ["keys", "guards", "sessions"].contains(kind) else {
                    throw Mismatch("unknown kind \(kind)")
                }
                let fixtures = members.take("fixtures") ?? .object([])
                return scenarios.elements.map { (kind, fixtures, $0) }
            }
        }
    }
}
