import Foundation
import Verijot

let keys = try JwkSet(json: Data(contentsOf: URL(fileURLWithPath: "jwks.json")))
let raw = try String(contentsOfFile: "id-token.jwt", encoding: .utf8)
    .trimmingCharacters(in: .whitespacesAndNewlines)
let nonce = "nonce-of-this-login"  // from the user's session

let idTokens = try IDTokenVerifier(issuer: "https://issuer.example", clientID: "client-id")
let token = try idTokens.verify(raw, keys: keys, login: .withNonce(nonce))
print(token.subject)
