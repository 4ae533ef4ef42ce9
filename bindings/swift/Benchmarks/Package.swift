// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v13)],
    dependencies: [.package(name: "verijot", path: "..")],
    targets: [
        .executableTarget(
            name: "Benchmarks", dependencies: [.product(name: "Verijot", package: "verijot")])
    ],
    swiftLanguageModes: [.v6]
)
