// Files of test vectors, in version 2 or version 1 of the format (testvectors/README.md).

/** The cases of a file, each with its key set, and each valid one followed by its flipped twin. */
export function cases(file) {
  if (file.schema === "verijot-testvectors-v1") return file.cases;
  if (file.schema !== "verijot-testvectors-v2") throw new Error(`not a file of test vectors: ${file.schema}`);
  const all = [];
  for (const written of file.cases) {
    const one = typeof written.jwks === "string" ? { ...written, jwks: file.key_sets[written.jwks] } : written;
    if (one.jwks === undefined && one.jwks_text === undefined) throw new Error(`${one.id} has no keys`);
    all.push(one);
    if (one.expect.valid !== undefined) all.push(twin(one));
  }
  return all;
}

/** Whether a file of a folder holds test vectors, by its name. */
export function isVectors(name) {
  return name.endsWith(".json") && !name.endsWith("schema.json") && name !== "codes.json";
}

/** No cases yet. */
export function none() {
  return { passed: 0, failed: 0, skipped: 0, failures: [] };
}

/** The counts of two runs together. */
export function add(one, other) {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
    failures: [...one.failures, ...other.failures],
  };
}

function twin(one) {
  const kind = ["token", "authorization", "token_repeat"].find((name) => name in one);
  const token = kind === "token_repeat" ? { ...one[kind], suffix: flipped(one[kind].suffix) } : flipped(one[kind]);
  return { ...one, id: `${one.id}-flipped`, [kind]: token, expect: { error: "invalid_signature" } };
}

/** Flips the lowest bit of the first character after the last dot. */
function flipped(token) {
  const place = token.lastIndexOf(".") + 1;
  const other = BASE64URL[BASE64URL.indexOf(token[place]) ^ 1];
  return token.slice(0, place) + other + token.slice(place + 1);
}

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
