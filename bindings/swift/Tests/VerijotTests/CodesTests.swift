import Foundation
import Testing
import Verijot

/// The codes and their groups match the table of codes.
@Suite struct CodesTests {
    private let entries: [JSON] = {
        let file = URL(fileURLWithPath: #filePath)
            .appending(path: "../../../../../testvectors/codes.json").standardized
        return JSON([UInt8](try! Data(contentsOf: file)))["codes"]!.elements
    }()

    @Test func hasTheCodesOfTheTable() {
        #expect(VerificationError.Code.allCases.map(\.rawValue) == codes(of: "verification"))
        #expect(SetupError.Code.allCases.map(\.rawValue) == codes(of: "setup"))
    }

    @Test func hasTheParentClassesOfTheTableAsGroups() {
        for entry in entries where entry["kind"]!.string == "verification" {
            let code = VerificationError.Code(rawValue: entry["code"]!.string)
            let parents = entry["parents"]!.elements.map(\.string).filter { $0 != "Verification" }
            let groups = code.groups.map(\.rawValue)
            let own = groups.first == code.description.camelCased ? 1 : 0
            #expect(groups.dropFirst(own).map { $0 } == parents.map(\.uncapitalized), "\(code)")
        }
        #expect(VerificationError.Code(rawValue: "surprise").groups.isEmpty)
    }

    private func codes(of kind: String) -> [String] {
        entries.filter { $0["kind"]!.string == kind }.map { $0["code"]!.string }
    }
}

extension String {
    fileprivate var uncapitalized: String { prefix(1).lowercased() + dropFirst() }

    fileprivate var camelCased: String {
        split(separator: "_").map(\.capitalized).joined().uncapitalized
    }
}
