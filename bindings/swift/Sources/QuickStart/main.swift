import Foundation
import Verijot

let keys = try JwkSet(json: Data(contentsOf: URL(fileURLWithPath: "jwks.json")))
let verifier = try Verifier(issuer: "https://issuer.example", audience: "https://api.example")
let raw = try String(contentsOfFile: "token.jwt", encoding: .utf8)
    .trimmingCharacters(in: .whitespacesAndNewlines)

let token = try verifier.verify(raw, keys: keys)
print(token.subject ?? "no subject", token.expiresAt ?? .distantFuture)
