// Measures verification from Swift, and compares it with the core's time for the same tokens. Prints
// one table in Markdown.
//
// Usage: Benchmarks TOKENS CORE, the first written by `core-time make`, the second by `core-time time`.
import Foundation
import Verijot

let arguments = CommandLine.arguments
let tokens = try lines(arguments[1]).map { (algorithm: $0[0], raw: $0[1], jwks: $0[2]) }
var core: [String: Double] = [:]
for line in try lines(arguments[2]) {
    core[line[1]] = min(core[line[1]] ?? .infinity, Double(line[3])!)
}

let now = Moment(seconds: 1_700_000_000)
let issuer = "https://issuer.example/tenant/4f1c"
let audience = "https://api.example"
let verifier = try Verifier(issuer: issuer, audience: audience)
let caching = try Verifier(issuer: issuer, audience: audience, tokenCache: 100)
let address = "https://issuer.example/keys.json"

var table = Table(columns: tokens.map(\.algorithm))
table.rows["core, in Rust"] = core
for (algorithm, raw, jwks) in tokens {
    let keys = try JwkSet(json: jwks, symmetricKeys: true)
    let payload = try verifier.verify(raw, keys: keys, now: now).payload
    let client = try JwksClient(url: address, verifier: verifier)
    let snapshot = KeySnapshot(jwks: jwks, fetchedAt: Moment.now.seconds)
    // Fetched keys are never secrets.
    let isSeeded = (try? await client.seed(snapshot)) != nil

    var heat = Heat()
    heat.add("verijot") { _ = try verifier.verify(raw, keys: keys, now: now) }
    heat.add("verijot, and the claims as a type") {
        _ = try verifier.verify(raw, keys: keys, as: Claims.self, now: now)
    }
    heat.add("verijot, a cached token") {
        _ = try caching.verify(raw, keys: keys, now: now)
    }
    heat.add("Foundation's JSONDecoder alone, on the claims") {
        _ = try JSONDecoder().decode(Claims.self, from: payload)
    }
    for (name, time) in try heat.run(for: .seconds(2)) {
        table.rows[name, default: [:]][algorithm] = time
    }
    if isSeeded {
        // As a service calls it: from a task without an actor.
        let best = try await Task.detached {
            var best = Double.infinity
            let end = ContinuousClock.now + .seconds(1)
            while ContinuousClock.now < end {
                let times = repetitions(best.isFinite ? best : nil)
                let start = ContinuousClock.now
                for _ in 0..<times { _ = try await client.verify(raw, now: now) }
                best = min(best, nanoseconds(since: start) / Double(times))
            }
            return best
        }.value
        table.rows["verijot, by a JwksClient with cached keys", default: [:]][algorithm] = best
    }
}
table.print()

/// All of the 18 claims.
struct Claims: Decodable {
    let iss: String
    let sub: String
    let aud: [String]
    let exp: Date
    let nbf: Date
    let iat: Date
    let jti: String
    let azp: String
    let scope: String
    let name: String
    let email: String
    let email_verified: Bool
    let tenant: String
    let locale: String
    let roles: [String]
    let session: String
    let level: Int
    let amr: [String]
}

/// Runs operations in turns, in short batches, so that most batches are not interrupted. The fastest
/// batch of each counts.
struct Heat {
    private var entries: [(name: String, body: () throws -> Void)] = []

    mutating func add(_ name: String, _ body: @escaping () throws -> Void) {
        entries.append((name, body))
    }

    func run(for span: Duration) throws -> [String: Double] {
        var best: [String: Double] = [:]
        let end = ContinuousClock.now + span
        while ContinuousClock.now < end {
            for (name, body) in entries {
                let times = repetitions(best[name])
                let start = ContinuousClock.now
                for _ in 0..<times { try body() }
                let time = nanoseconds(since: start) / Double(times)
                best[name] = min(best[name] ?? .infinity, time)
            }
        }
        return best
    }
}

/// The number of repetitions that take half a millisecond.
func repetitions(_ nanoseconds: Double?) -> Int {
    nanoseconds.map { max(1, Int(500_000 / $0)) } ?? 1
}

struct Table {
    let columns: [String]
    var rows: [String: [String: Double]] = [:]

    func print() {
        Swift.print("| microseconds | \(columns.joined(separator: " | ")) |")
        Swift.print("|---|\(String(repeating: "---:|", count: columns.count))")
        let slowest = rows.sorted { $0.value["ES256", default: 0] > $1.value["ES256", default: 0] }
        for (name, times) in slowest {
            let cells = columns.map { times[$0].map { String(format: "%.2f", $0 / 1000) } ?? "-" }
            Swift.print("| \(name) | \(cells.joined(separator: " | ")) |")
        }
        let over = columns.map { column in
            let over = rows["verijot"]![column]! - rows["core, in Rust"]![column]!
            return String(format: "%.2f", over / 1000)
        }
        Swift.print("| verijot over the core | \(over.joined(separator: " | ")) |")
    }
}

func nanoseconds(since start: ContinuousClock.Instant) -> Double {
    let (seconds, attoseconds) = start.duration(to: .now).components
    return Double(seconds) * 1e9 + Double(attoseconds) / 1e9
}

func lines(_ file: String) throws -> [[String]] {
    try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        .map { $0.split(separator: "\t").map(String.init) }
}
