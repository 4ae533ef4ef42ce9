// fast-jwt: it has no key sets, so the key is found by kid and passed as PEM or secret.

import { createPublicKey } from 'node:crypto'
import { createDecoder, createVerifier, TokenError } from 'fast-jwt'
import { presented, refuseMembers, remembered, serve } from './protocol.mjs'

const STRING_CLAIMS = { sub: 'allowedSub', jti: 'allowedJti', nonce: 'allowedNonce' }

const decode = createDecoder({ complete: true })
const keySet = remembered(text => JSON.parse(text).keys)
const pem = remembered(text => createPublicKey({ key: JSON.parse(text), format: 'jwk' }).export({ type: 'spki', format: 'pem' }))

function verify(request) {
  const asked = Object.entries(request.expected)
  refuseMembers({
    mode: request.mode === 'jws',
    types: request.typ && request.typ.length > 1,
    expected: asked.filter(([name, value]) => !(name in STRING_CLAIMS) || typeof value !== 'string'),
  })
  const token = presented(request)
  const { header } = decode(token)
  const options = {
    allowedIss: request.issuers ?? undefined,
    allowedAud: request.audiences ?? undefined,
    requiredClaims: request.required,
    checkTyp: request.typ?.[0],
    clockTimestamp: Number(request.now) * 1000,
    clockTolerance: Number(request.leeway) * 1000,
    maxAge: request.max_age === null ? undefined : Number(request.max_age) * 1000,
  }
  for (const [name, value] of asked) options[STRING_CLAIMS[name]] = value
  if (request.max_age !== null) options.requiredClaims = [...options.requiredClaims, 'iat']
  let failure
  for (const jwk of candidates(keySet(request.jwks), header)) {
    const secret = jwk.kty === 'oct'
    // One verifier for a kind of key: the documentation warns against mixing them.
    const algorithms = request.algorithms.filter(name => name.startsWith('HS') === secret)
    // With an empty list the key would select the algorithm.
    if (request.algorithms.length && !algorithms.length) continue
    try {
      const key = secret ? Buffer.from(jwk.k, 'base64url') : pem(JSON.stringify(jwk))
      return createVerifier({ ...options, algorithms, key })(token)
    } catch (error) {
      failure = error
    }
  }
  throw failure ?? new TokenError(TokenError.codes.keyFetchingError, 'no key')
}

// As get-jwks does, which the documentation names: the kid, and the alg if the key has one.
function candidates(keys, { alg, kid }) {
  return keys.filter(key => (kid === undefined || key.kid === kid) && (key.alg === undefined || key.alg === alg))
}

await serve('fast-jwt', {
  verify,
  algorithms: [
    'HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512',
    'ES256', 'ES384', 'ES512', 'EdDSA',
  ],
  isOwnError: error => error instanceof TokenError,
})
