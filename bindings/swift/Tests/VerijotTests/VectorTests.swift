import Foundation
import Testing
import Verijot

/// Runs every test vector through the package's public API.
@Suite struct VectorTests {
    @Test(arguments: VectorFile.all) func runsEveryCase(_ file: VectorFile) async {
        var counts = Counts()
        for json in file.cases {
            let vector = VectorCase(json: json)
            if vector.isSkipped {
                counts.skipped += 1
                continue
            }
            counts.ran += 1
            if let difference = await vector.mismatch() {
                counts.failed += 1
                Issue.record("\(vector.id): \(difference)")
            }
        }
        await Tally.shared.add(counts, of: file)
        #expect(counts.failed == 0)
    }

    @Test func failsACaseWithAnUnknownMember() async {
        let valid = VectorFile.all.flatMap(\.cases).first { $0["expect"]!["valid"] != nil }!
        #expect(await VectorCase(json: valid).mismatch() == nil)
        for place in [[], ["expect"], ["expect", "valid"]] {
            let difference = await VectorCase(json: valid.adding("surprise", at: place[...]))
                .mismatch()
            #expect(difference?.contains("surprise") == true, "\(place)")
        }
        let policy = VectorCase(json: valid.adding("surprise", at: ["policy"]))
        #expect(await policy.mismatch() == "expected valid, got invalid_policy")
    }

    @Test func readsFilesOfVersion1WithoutAddingTwins() async {
        let cases = VectorFile.version1.flatMap(\.cases)
        #expect(cases.count == 3)
        for json in cases { #expect(await VectorCase(json: json).mismatch() == nil) }
    }

    @Test func failsACaseWithAnotherVerdict() async {
        for json in VectorFile.all[0].cases.prefix(20) {
            let isValid = json["expect"]!["valid"] != nil
            let other: JSON =
                isValid
                ? .object([(name: "error", value: .string("expired"))])
                : .object([(name: "valid", value: .object([]))])
            let difference = await VectorCase(json: json.replacing("expect", with: other))
                .mismatch()
            #expect(difference?.hasPrefix("expected") == true)
        }
    }
}

/// Prints the total counts after the last file.
private actor Tally {
    static let shared = Tally()
    private var total = Counts()
    private var files = 0

    func add(_ counts: Counts, of file: VectorFile) {
        total.ran += counts.ran
        total.failed += counts.failed
        total.skipped += counts.skipped
        files += 1
        print("vectors: \(file.name): \(counts)")
        if files == VectorFile.all.count { print("vectors: all \(files) files: \(total)") }
    }
}

extension JSON {
    fileprivate func adding(_ name: String, at place: ArraySlice<String>) -> JSON {
        guard let first = place.first else {
            return .object(members + [(name: name, value: .number("1"))])
        }
        return replacing(first, with: self[first]!.adding(name, at: place.dropFirst()))
    }
}
