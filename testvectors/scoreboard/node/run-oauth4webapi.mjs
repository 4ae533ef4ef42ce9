// oauth4webapi, which openid-client is made of: responses with ID tokens, and access tokens (RFC 9068).

import * as oauth from 'oauth4webapi'
import { CannotSay, refuseMembers, serve } from './protocol.mjs'

const ALGORITHMS = [
  'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519',
]

async function verify(request) {
  refuseMembers({ symmetric: request.symmetric })
  // The library reads the time here.
  Date.now = () => Number(request.now) * 1000
  if (request.kind === 'access-token') return accessToken(request)
  if (request.kind === 'id-token') return idToken(request)
  throw new CannotSay(request.kind)
}

function accessToken(request) {
  refuseMembers({ expectations: Object.keys(request.expectations) })
  const headers = { authorization: `Bearer ${request.token}` }
  return oauth.validateJwtAccessToken(server(request), new Request('https://api.example/', { headers }), request.audience, {
    ...fetching(request),
    signingAlgorithms: request.algorithms ?? ALGORITHMS,
    [oauth.clockTolerance]: Number(request.leeway),
  })
}

async function idToken(request) {
  const said = request.expectations
  refuseMembers({ acr: said.acr })
  const as = server(request)
  const client = {
    client_id: request.audience,
    require_auth_time: said.auth_time_required,
    [oauth.clockTolerance]: Number(request.leeway),
  }
  const expectedNonce = nonce(request)
  const maxAge = said.max_age === undefined ? undefined : Number(said.max_age)
  if (said.channel === 'front') {
    if (said.code === undefined) throw new CannotSay('an access token from the authorization endpoint')
    if (typeof expectedNonce !== 'string') throw new CannotSay('the authorization endpoint without a nonce')
    const parameters = new URLSearchParams({ id_token: request.token, code: said.code })
    return oauth.validateCodeIdTokenResponse(as, client, parameters, expectedNonce, oauth.expectNoState, maxAge, fetching(request))
  }
  if (said.code !== undefined) throw new CannotSay('a code at the token endpoint')
  const response = Response.json({
    access_token: said.access_token ?? 'another',
    token_type: 'bearer',
    id_token: request.token,
  })
  await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce, maxAge, requireIdToken: true })
  return oauth.validateApplicationLevelSignature(as, response, fetching(request))
}

// The library has no waiver of the nonce, so a caller who waives it passes the nonce of the token.
function nonce({ expectations, token }) {
  if (expectations.nonce !== undefined) return expectations.nonce
  if (expectations.without_nonce) return oauth.expectNoNonce
  let claims
  try {
    claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url'))
  } catch {
    return oauth.expectNoNonce
  }
  if (claims?.nonce === '') throw new CannotSay('an empty nonce')
  return typeof claims?.nonce === 'string' ? claims.nonce : oauth.expectNoNonce
}

function server({ issuer, algorithms }) {
  return {
    issuer,
    jwks_uri: 'https://issuer.example/jwks',
    id_token_signing_alg_values_supported: algorithms ?? ALGORITHMS,
  }
}

function fetching({ jwks }) {
  return { [oauth.customFetch]: async () => new Response(jwks, { headers: { 'content-type': 'application/json' } }) }
}

await serve('oauth4webapi', {
  verify,
  algorithms: ALGORITHMS,
  isOwnError: error => typeof error?.code === 'string' && error.code.startsWith('OAUTH_') || error instanceof oauth.UnsupportedOperationError,
})
