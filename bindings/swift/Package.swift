// swift-tools-version: 6.0
import Foundation
import PackageDescription

// On Apple's platforms the library is an XCFramework; elsewhere the linker has to find it.
let framework = "VerijotFFI.xcframework"
let hasFramework = FileManager.default.fileExists(
    atPath: "\(Context.packageDirectory)/\(framework)")

let package = Package(
    name: "verijot",
    platforms: [.macOS(.v13), .iOS(.v16), .tvOS(.v16), .watchOS(.v9), .visionOS(.v1)],
    products: [.library(name: "Verijot", targets: ["Verijot"])],
    targets: [
        hasFramework
            ? .binaryTarget(name: "VerijotFFI", path: framework)
            : .systemLibrary(name: "VerijotFFI"),
        // Generated, never committed.
        .target(name: "VerijotBindings", dependencies: ["VerijotFFI"]),
        .target(name: "Verijot", dependencies: ["VerijotBindings"]),
        .executableTarget(name: "QuickStart", dependencies: ["Verijot"]),
        .executableTarget(name: "IDTokenQuickStart", dependencies: ["Verijot"]),
        .testTarget(name: "VerijotTests", dependencies: ["Verijot", "VerijotBindings"]),
    ],
    swiftLanguageModes: [.v6]
)
