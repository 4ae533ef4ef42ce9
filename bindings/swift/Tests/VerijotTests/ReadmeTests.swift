import Foundation
import Testing

/// The README's examples for access tokens and for ID tokens are compiled and run.
@Suite struct ReadmeTests {
    @Test(arguments: [(2, "QuickStart"), (3, "IDTokenQuickStart")])
    func anExampleIsAProgram(_ position: Int, _ program: String) throws {
        let package = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardized
        func read(_ path: String) throws -> String {
            try String(contentsOf: package.appending(path: path), encoding: .utf8)
        }
        let readme = try read("README.md")
        let example = readme.components(separatedBy: "```swift\n")[position]
            .components(separatedBy: "```")[0]
        #expect(try example == read("Sources/\(program)/main.swift"))
    }
}
