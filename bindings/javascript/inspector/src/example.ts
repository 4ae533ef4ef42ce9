/** An example: a token that is signed here, now, with a private key that everyone knows. */

/** What the example puts into the fields. */
export interface Example {
  readonly token: string;
  readonly keys: string;
  readonly issuer: string;
  readonly audience: string;
}

/** Signs a token that is valid for an hour, issued five minutes before `now` (seconds since 1970). */
export async function example(now: number): Promise<Example> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const issuedAt = Math.floor(now) - 300;
  const header = { alg: "ES256", typ: "at+jwt", kid: PUBLIC.kid };
  const claims = {
    iss: ISSUER,
    sub: "user-1027",
    aud: [AUDIENCE],
    iat: issuedAt,
    nbf: issuedAt,
    exp: issuedAt + 3600,
    jti: "example-token",
    scope: "orders:read orders:write",
    organization: { id: "org-7", slug: "north-wind", roles: ["editor"] },
  };
  const message = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
  const key = await crypto.subtle.importKey("jwk", { ...PUBLIC_POINT, d: PRIVATE }, algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign(algorithm, key, new TextEncoder().encode(message));
  return {
    token: `${message}.${base64url(String.fromCharCode(...new Uint8Array(signature)))}`,
    keys: JSON.stringify({ keys: [PUBLIC, ENCRYPTION] }, null, 2),
    issuer: ISSUER,
    audience: AUDIENCE,
  };
}

function base64url(octets: string): string {
  return btoa(octets).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

const ISSUER = "https://issuer.example";
const AUDIENCE = "https://api.example";

const PUBLIC_POINT = {
  kty: "EC",
  crv: "P-256",
  x: "CfCep3zs3hdYGMVgNjA-7uEr5qGxDeMzljq8YlyMXWI",
  y: "J4156PPfw3rXqa7ngY1vlSiFQHeacm6qlpwea1fN2G0",
};
const PUBLIC = { kid: "example-signing", use: "sig", alg: "ES256", ...PUBLIC_POINT };
/** Published on purpose: it signs nothing but this example. */
const PRIVATE = "2HC548NNEEE-Iw4Ax7HxuYFXfAalsZO9JbzY5ELpy2s";
/** A key that verifies nothing, to show how a skipped key looks. */
const ENCRYPTION = {
  kid: "example-encryption",
  use: "enc",
  kty: "EC",
  crv: "P-256",
  x: "ib3slt25IV0jcc2X0K9wHssyAZUIVusADCi6tsrdx3M",
  y: "fTNTIZCi_qJ1RL11YaCqpFCPxVAZ5ybo2de_4UuiuyA",
};
