// Tokens and keys for the tests.
import { createHmac, generateKeyPairSync, sign } from "node:crypto";

export const now = Math.floor(Date.now() / 1000);
export const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
export const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const jwk = { ...ec.publicKey.export({ format: "jwk" }), kid: "one", alg: "ES256" };
export const set = JSON.stringify({ keys: [jwk] });
export const fine = {
  iss: "https://issuer.example",
  aud: "https://api.example",
  sub: "alice",
  iat: now - 60,
  exp: now + 3600,
};

/** A token that is signed for the header's `alg`; ES256 with the key `one` without one. */
export function token(claims, header = {}, key = undefined) {
  return raw(
    JSON.stringify(claims),
    { alg: "ES256", kid: header.alg === undefined ? "one" : undefined, ...header },
    key,
  );
}

/** Signs claims as they are written. */
export function raw(claims, header = { alg: "ES256", kid: "one" }, key = undefined) {
  const message = [JSON.stringify(header), claims].map((part) => Buffer.from(part).toString("base64url")).join(".");
  return `${message}.${signed(header.alg, message, key).toString("base64url")}`;
}

function signed(alg, message, key) {
  const data = Buffer.from(message);
  const hash = `sha${alg.slice(2)}`;
  if (alg.startsWith("HS")) return createHmac(hash, key).update(data).digest();
  if (alg.startsWith("ES")) return sign(hash, data, { key: key ?? ec.privateKey, dsaEncoding: "ieee-p1363" });
  if (alg.startsWith("RS")) return sign(hash, data, rsa.privateKey);
  if (alg.startsWith("PS"))
    return sign(hash, data, { key: rsa.privateKey, padding: 6, saltLength: Number(alg.slice(2)) / 8 });
  return Buffer.alloc(0);
}

/** A certificate that signs itself, in PEM, and its private key. */
export function certified() {
  const { publicKey, privateKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const der = (tag, ...parts) => {
    const content = Buffer.concat(parts);
    const { length } = content;
    const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
    return Buffer.concat([Buffer.from([tag, ...head]), content]);
  };
  const algorithm = der(0x30, der(0x06, Buffer.from("2a8648ce3d040302", "hex")));
  const dates = der(0x30, der(0x17, Buffer.from("200101000000Z")), der(0x17, Buffer.from("490101000000Z")));
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const body = der(
    0x30,
    version,
    der(0x02, Buffer.from([1])),
    algorithm,
    der(0x30),
    dates,
    der(0x30),
    publicKey.export({ type: "spki", format: "der" }),
  );
  const whole = der(0x30, body, algorithm, der(0x03, Buffer.from([0]), sign("sha256", body, key)));
  const lines = whole
    .toString("base64")
    .match(/.{1,64}/g)
    .join("\n");
  return { certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`, key };
}
