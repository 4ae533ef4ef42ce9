// Keys that each have a URL of their own, as those of AWS load balancers, fetched from a server on this machine.
import assert from "node:assert/strict";
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer } from "node:http";
import { test } from "node:test";
import { AlbVerifier, JwksClient } from "verijot";

import { TestClock } from "../client/issuing.mjs";
import { listen } from "../support/services.mjs";

const SIGNER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188";
const verifier = new AlbVerifier({ signers: SIGNER, clients: "client-id", issuers: "https://issuer.example" });

/** A key of a load balancer: its PEM, and what signs tokens with it. */
function loadBalancerKey(kid = randomUUID(), namedCurve = "P-256") {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve });
  // With padding, which no JWT has.
  const part = (value) =>
    Buffer.from(JSON.stringify(value)).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
  const token = (named = kid, exp = 1_800_000_600) => {
    const header = {
      typ: "JWT",
      kid: named,
      alg: "ES256",
      iss: "https://issuer.example",
      client: "client-id",
      signer: SIGNER,
    };
    const message = `${part({ ...header, exp })}.${part({ sub: "alice", exp, iss: "https://issuer.example" })}`;
    const signature = sign("sha256", Buffer.from(message), { key: privateKey, dsaEncoding: "ieee-p1363" });
    return `${message}.${signature.toString("base64").replaceAll("+", "-").replaceAll("/", "_")}`;
  };
  return { kid, pem: publicKey.export({ type: "spki", format: "pem" }), token };
}

/** Serves keys until the test ends: `answer` gets the kid of a request and its response. */
async function serving(context, answer, options = {}) {
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(request.url);
    const kid = request.url.slice("/keys/".length);
    answer(kid, response);
  });
  const { url } = await listen(server);
  context.after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const clock = new TestClock();
  const given = { issuer: null, audience: null, certificates: ["ES256"], clock, ...options };
  const client = JwksClient.fromUrl(`${url}/keys/{kid}`, given);
  context.after(() => client.close());
  return { client, requests, clock, url };
}

/** Serves the PEM of each of these keys, and 404 for every other. */
const pems = (keys) => (kid, response) => {
  const key = keys.find((each) => each.kid === kid);
  response.statusCode = key === undefined ? 404 : 200;
  response.end(key?.pem ?? "no such key");
};
const refused = (code, status) => (error) => {
  assert.deepEqual([error.code, error.httpStatus], [code, status]);
  return true;
};

test("each key is fetched once, for the first token that names it", async (context) => {
  const keys = [loadBalancerKey(), loadBalancerKey()];
  const { client, requests } = await serving(context, pems(keys));
  const tokens = await Promise.all(
    Array.from({ length: 20 }, (_, count) => verifier.verify(keys[count % 2].token(), client)),
  );
  assert.deepEqual([...new Set(tokens.map(({ keyId }) => keyId))].sort(), keys.map(({ kid }) => kid).sort());
  assert.equal(tokens[0].subject, "alice");
  assert.deepEqual(requests.sort(), keys.map(({ kid }) => `/keys/${kid}`).sort());
  assert.equal(verifier.verifySync(keys[0].token(), client).client, "client-id");
  const schema = { "~standard": { version: 1, vendor: "test", validate: ({ sub }) => ({ value: { who: sub } }) } };
  assert.deepEqual((await verifier.verify(keys[1].token(), client, { schema })).claims, { who: "alice" });
  assert.deepEqual(verifier.verifySync(keys[1].token(), client, { schema }).claims, { who: "alice" });
  assert.equal(requests.length, 2);
});

test("after a rotation both keys verify, each its own tokens", async (context) => {
  const [old, next] = [loadBalancerKey(), loadBalancerKey()];
  const keys = [old];
  const { client, requests } = await serving(context, pems(keys));
  await verifier.verify(old.token(), client);
  keys.push(next);
  assert.equal((await verifier.verify(next.token(), client)).keyId, next.kid);
  assert.equal((await verifier.verify(old.token(), client)).keyId, old.kid);
  // No key verifies a token that names the other.
  await assert.rejects(verifier.verify(old.token(next.kid), client), refused("invalid_signature", 401));
  assert.deepEqual([requests[0], requests[1]], [`/keys/${old.kid}`, `/keys/${next.kid}`]);
  assert.throws(() => verifier.verifySync(next.token(old.kid), client), refused("invalid_signature", 401));
});

test("a key whose text was replaced is fetched again once it is no longer fresh", async (context) => {
  const first = loadBalancerKey();
  const keys = [first];
  const { client, requests, clock } = await serving(context, pems(keys), { freshFor: 60, revalidateFor: 1 });
  await verifier.verify(first.token(), client);
  const replaced = loadBalancerKey(first.kid);
  keys[0] = replaced;
  clock.elapsed += 120;
  assert.equal((await verifier.verify(replaced.token(), client)).keyId, first.kid);
  assert.equal(requests.length, 2);
  await assert.rejects(verifier.verify(first.token(), client), refused("invalid_signature", 401));
});

test("a withdrawn key is refused without a request", async (context) => {
  const key = loadBalancerKey();
  const { client, requests } = await serving(context, pems([key]));
  await verifier.verify(key.token(), client);
  client.purge(key.kid);
  await assert.rejects(verifier.verify(key.token(), client), refused("unknown_key", 401));
  assert.equal(client.restore(key.kid), true);
  assert.equal((await verifier.verify(key.token(), client)).subject, "alice");
  assert.ok(requests.length <= 2);
});

test("a kid without a key is unknown, and is requested once", async (context) => {
  for (const status of [404, 410]) {
    const key = loadBalancerKey();
    const { client, requests } = await serving(context, (_, response) => response.writeHead(status).end());
    await assert.rejects(verifier.verify(key.token(), client), refused("unknown_key", 401));
    await assert.rejects(verifier.verify(key.token(), client), refused("unknown_key", 401));
    assert.equal(requests.length, 1);
  }
});

test("invented kids cannot make the client send any number of requests", async (context) => {
  const key = loadBalancerKey();
  const { client, requests } = await serving(context, pems([key]));
  await verifier.verify(key.token(), client);
  const answers = await Promise.all(
    Array.from({ length: 60 }, () => verifier.verify(key.token(randomUUID()), client).catch(({ code }) => code)),
  );
  assert.ok(
    answers.every((code) => code === "unknown_key" || code === "keys_unavailable"),
    String(answers),
  );
  assert.ok(requests.length <= 11, String(requests.length));
  assert.equal((await verifier.verify(key.token(), client)).subject, "alice");
});

test("nothing but a UUID is put into the URL", async (context) => {
  const key = loadBalancerKey();
  const { client, requests } = await serving(context, (_, response) => response.end(key.pem));
  const { kid } = key;
  const wrong = ["../secret", "..", "%2e%2e%2fsecret", `../${kid}`, `${kid}/../x`, `${kid}?x=1`, `${kid}#`, ` ${kid}`];
  const more = [
    "",
    "//evil.example/",
    "http://evil.example/",
    "\\..\\x",
    `${kid}\n`,
    `${kid}\u0000`,
    "{kid}",
    `${kid.slice(0, -1)}é`,
  ];
  for (const each of [...wrong, ...more, kid.replaceAll("-", "/"), kid.replaceAll("-", ".")]) {
    // Some are no kid at all.
    const refusals = (error) => ["unknown_key", "malformed_header"].includes(error.code) && error.httpStatus === 401;
    await assert.rejects(verifier.verify(key.token(each), client), refusals, JSON.stringify(each));
    assert.throws(() => verifier.verifySync(key.token(each), client), refusals, JSON.stringify(each));
  }
  assert.deepEqual(requests, []);
  assert.equal((await verifier.verify(key.token(), client)).keyId, kid);
});

test("a body that is too large, endless or no key brings none", async (context) => {
  const key = loadBalancerKey();
  const ended = [];
  const endless = (_, response) => {
    response.on("close", () => ended.push("close"));
    response.writeHead(200);
    const write = () => {
      while (!response.destroyed && response.write("x".repeat(65_536)));
      if (!response.destroyed) response.once("drain", write);
    };
    write();
  };
  const bodies = {
    "too large": (_, response) => response.end(`${key.pem}\n${" ".repeat(300_000)}`),
    endless,
    "no key": (_, response) => response.end("<html>"),
    empty: (_, response) => response.end(),
    "a key of another curve": (_, response) => response.end(loadBalancerKey(key.kid, "P-384").pem),
    "a JWK Set": (_, response) => response.end('{"keys":[]}'),
    "a redirect": (_, response) => response.writeHead(302, { location: "/keys/other" }).end(),
    "an error": (_, response) => response.writeHead(500).end(key.pem),
    "cut off": (_, response) => {
      response.writeHead(200, { "content-length": 1000 });
      response.write(key.pem);
      setTimeout(() => response.destroy(), 20);
    },
  };
  for (const [name, answer] of Object.entries(bodies)) {
    const { client, requests } = await serving(context, answer);
    const error = await verifier.verify(key.token(), client).catch((refusal) => refusal);
    assert.deepEqual([error.code, error.httpStatus], ["keys_unavailable", 503], name);
    assert.ok(error.retryAfter >= 1, name);
    assert.equal(requests.length, 1, name);
  }
  // The rest of an endless body is not read.
  for (let count = 0; count < 100 && ended.length === 0; count += 1) await new Promise((done) => setTimeout(done, 20));
  assert.deepEqual(ended, ["close"]);
});

test("a server that never answers is waited for as long as the timeout says", async (context) => {
  const key = loadBalancerKey();
  const { client, requests } = await serving(context, () => undefined, { fetchTimeout: 0.3, clock: undefined });
  const begun = performance.now();
  const now = 1_800_000_000;
  const waiting = Array.from({ length: 5 }, () => verifier.verify(key.token(), client, { now }));
  await Promise.all(waiting.map((answer) => assert.rejects(answer, refused("keys_unavailable", 503))));
  assert.ok(performance.now() - begun < 5000);
  assert.equal(requests.length, 1);
  assert.throws(() => verifier.verifySync(key.token(), client, { now }), refused("keys_unavailable", 503));
});

test("one key that cannot be fetched says nothing of the others", async (context) => {
  const [good, bad] = [loadBalancerKey(), loadBalancerKey()];
  const { client } = await serving(context, (kid, response) => {
    if (kid === good.kid) response.end(good.pem);
    else response.destroy();
  });
  await assert.rejects(verifier.verify(bad.token(), client), refused("keys_unavailable", 503));
  assert.equal((await verifier.verify(good.token(), client)).subject, "alice");
});

test("the pattern of the URL is checked when the client is made", () => {
  const options = { issuer: null, audience: null, certificates: ["ES256"] };
  for (const url of [
    "https://{kid}.example/",
    "https://keys.example/{kid}/{kid}",
    "http://keys.example/{kid}",
    "https://{kid}",
  ]) {
    assert.throws(() => JwksClient.fromUrl(url, options), { code: "invalid_key_source" }, url);
  }
  const { certificates: _, ...without } = options;
  assert.throws(() => JwksClient.fromUrl("https://keys.example/{kid}", without), { code: "invalid_key_source" });
});
