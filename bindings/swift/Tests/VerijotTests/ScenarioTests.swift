import Foundation
import Testing

/// Plays the scenarios in `testvectors/scenarios`, or in the folder that `VERIJOT_SCENARIOS` names,
/// against a real HTTP server on loopback.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ScenarioTests {
    @Test func playsEveryScenario() async throws {
        let scenarios = try Self.scenarios()
        var failures: [String] = []
        // One after the other: on Linux, Foundation has few threads for requests.
        for (kind, fixtures, scenario) in scenarios {
            let problem =
                switch kind {
                case "keys": await KeysScenario(fixtures: fixtures).play(scenario)
                case "guards": await GuardScenario(fixtures: fixtures).play(scenario)
                case "sessions": await SessionsScenario().play(scenario)
                default: "unknown kind \(kind)"
                }
            if let problem {
                failures.append("\(scenario["id"]?.text ?? "?"): \(problem)")
            }
        }
        for failure in failures { print("scenarios: \(failure)") }
        let (ran, failed) = (scenarios.count, failures.count)
        let kinds = Dictionary(grouping: scenarios, by: \.kind).mapValues(\.count)
        print(
            "scenarios: ran \(ran), passed \(ran - failed), failed \(failed); of each kind: "
                + kinds.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                .joined(separator: ", "))
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
                else { throw Mismatch("\(file) is not a file of scenarios") }
                // Sessions have no keys.
                let none = kind == "sessions" ? JSON.object([]) : nil
                guard let fixtures = members.take("fixtures") ?? none else {
                    throw Mismatch("no fixtures in \(file)")
                }
                // What this package cannot do yet.
                let possible = scenarios.elements.filter { scenario in
                    (scenario["requires"]?.elements ?? []).allSatisfy { $0.string == "key-sources" }
                }
                return possible.map { (kind, fixtures, $0) }
            }
        }
    }
}
