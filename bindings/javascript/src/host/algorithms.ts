/** The algorithms that a host verifies, in the order of the numbers that the core gives them. */

/** One algorithm. */
export interface Algorithm {
  readonly name: string;
  readonly kind: "PKCS1" | "PSS" | "ECDSA" | "EdDSA";
  /** The hash, as WebCrypto names it. */
  readonly hash: string;
  /** The hash, as node:crypto names it. */
  readonly digest: string;
  /** Octets of the hash, and with PSS of the salt. */
  readonly hashOctets: number;
  readonly curve?: string;
}

const rsa = (kind: "PKCS1" | "PSS", prefix: string): Algorithm[] =>
  [256, 384, 512].map((bits) => ({
    name: `${prefix}${bits}`,
    kind,
    hash: `SHA-${bits}`,
    digest: `sha${bits}`,
    hashOctets: bits / 8,
  }));

const ecdsa = (bits: number, curve: string): Algorithm => ({
  name: `ES${bits}`,
  kind: "ECDSA",
  hash: `SHA-${bits}`,
  digest: `sha${bits}`,
  hashOctets: bits / 8,
  curve,
});

/** Every algorithm. */
export const ALGORITHMS: readonly Algorithm[] = [
  ...rsa("PKCS1", "RS"),
  ...rsa("PSS", "PS"),
  ecdsa(256, "P-256"),
  ecdsa(384, "P-384"),
  ecdsa(512, "P-521"),
  { name: "EdDSA", kind: "EdDSA", hash: "", digest: "", hashOctets: 0, curve: "Ed25519" },
];
