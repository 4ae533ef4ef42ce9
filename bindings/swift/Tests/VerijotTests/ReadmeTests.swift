import Foundation
import Testing

/// The README's first example is compiled and run.
@Suite struct ReadmeTests {
    @Test func theFirstExampleIsTheQuickStart() throws {
        let package = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardized
        func read(_ path: String) throws -> String {
            try String(contentsOf: package.appending(path: path), encoding: .utf8)
        }
        let readme = try read("README.md")
        let example = readme.components(separatedBy: "```swift\n")[2]
            .components(separatedBy: "```")[0]
        #expect(try example == read("Sources/QuickStart/main.swift"))
    }
}
