// jose (panva): `createLocalJWKSet` finds the key, `jwtVerify` does the rest.

import { compactVerify, createLocalJWKSet, decodeProtectedHeader, errors, importJWK, jwtVerify } from 'jose'
import { CannotSay, presented, refuseMembers, remembered, serve } from './protocol.mjs'

const keySet = remembered(text => {
  const jwks = JSON.parse(text)
  return { jwks, local: createLocalJWKSet(jwks) }
})

async function verify(request) {
  const { sub, ...others } = request.expected
  refuseMembers({ expected: Object.keys(others), types: request.typ && request.typ.length > 1 })
  const token = presented(request)
  const { jwks, local } = keySet(request.jwks)
  const symmetric = request.algorithms.some(name => name.startsWith('HS'))
  if (symmetric && typeof token === 'string' && jwks.keys.some(key => key?.kty === 'oct')) {
    const { alg, kid } = decodeProtectedHeader(token)
    if (typeof alg === 'string' && alg.startsWith('HS')) {
      // Sets are for public keys only; a secret is found by its kid and imported.
      const secrets = jwks.keys.filter(key => key?.kty === 'oct' && (kid === undefined || key.kid === kid))
      if (secrets.length !== 1) throw new CannotSay('a secret in a set')
      if (secrets[0].alg !== undefined && secrets[0].alg !== alg) throw new errors.JWKSNoMatchingKey()
      return check(request, token, await importJWK(secrets[0], alg))
    }
  }
  try {
    return await check(request, token, local)
  } catch (error) {
    if (error?.code !== 'ERR_JWKS_MULTIPLE_MATCHING_KEYS') throw error
    // The loop that the library's documentation shows for this error.
    for await (const key of error) {
      try {
        return await check(request, token, key)
      } catch (inner) {
        if (inner?.code !== 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED') throw inner
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

function check(request, token, key) {
  const { algorithms } = request
  if (request.mode === 'jws') {
    refuseMembers({ types: request.typ })
    return compactVerify(token, key, { algorithms })
  }
  return jwtVerify(token, key, {
    algorithms,
    issuer: request.issuers ?? undefined,
    audience: request.audiences ?? undefined,
    subject: request.expected.sub,
    clockTolerance: Number(request.leeway),
    currentDate: new Date(Number(request.now) * 1000),
    requiredClaims: request.required,
    typ: request.typ?.[0],
    maxTokenAge: request.max_age === null ? undefined : Number(request.max_age),
  })
}

await serve('jose', {
  verify,
  algorithms: [
    'HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512',
    'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519',
  ],
  isOwnError: error => error instanceof errors.JOSEError,
})
