// What verifiers of one kind of token do beside their profile: remembered tokens, revocation, schemas, a client's keys.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AccessTokenVerifier,
  AlbVerifier,
  IdTokenVerifier,
  JwksClient,
  JwkSet,
  LogoutTokenVerifier,
  ReplayWindow,
  SecurityEventVerifier,
  withoutReplayCheck,
} from "verijot";
import { SigningKey, TestClock, TestIssuer } from "verijot/testing";

const AUDIENCE = "https://api.example";
const CLIENT = "client-id";
const clock = new TestClock();
const now = clock.now();
const issuer = new TestIssuer({ clock });
const keys = JwkSet.from(issuer.jwks);
const LOGOUT_EVENT = { "http://schemas.openid.net/event/backchannel-logout": {} };

let ids = 0;
const jti = () => `id-${(ids += 1)}`;

/** Each kind: its verifier, a token of it, and what a call says. */
const KINDS = {
  "id-token": {
    verifier: (options) => new IdTokenVerifier({ issuer: issuer.url, clientId: CLIENT, ...options }),
    token: (claims) => issuer.token({ sub: "alice", nonce: "n", jti: jti(), ...claims }, { audience: CLIENT }),
    call: () => ({ nonce: "n" }),
    failing: () => ({ nonce: "another" }),
    code: "wrong_claim",
  },
  "logout-token": {
    verifier: (options) => new LogoutTokenVerifier({ issuer: issuer.url, clientId: CLIENT, ...options }),
    token: (claims) =>
      issuer.token(
        { sub: "alice", sid: "s", jti: jti(), events: LOGOUT_EVENT, ...claims },
        { audience: CLIENT, header: { typ: "logout+jwt" } },
      ),
    call: (replay = withoutReplayCheck) => ({ replay }),
  },
  "security-event": {
    verifier: (options) => new SecurityEventVerifier({ issuer: issuer.url, audience: AUDIENCE, ...options }),
    token: (claims) =>
      issuer.token(
        {
          jti: jti(),
          events: { "https://schemas.openid.net/secevent/caep/event-type/session-revoked": {} },
          ...claims,
        },
        { audience: AUDIENCE, header: { typ: "secevent+jwt" } },
      ),
    call: (replay = withoutReplayCheck) => ({ replay }),
  },
  "access-token": {
    verifier: (options) => new AccessTokenVerifier({ issuer: issuer.url, audience: AUDIENCE, ...options }),
    token: (claims) =>
      issuer.token(
        { sub: "alice", client_id: "app", jti: jti(), auth_time: now - 60, ...claims },
        { audience: AUDIENCE, header: { typ: "at+jwt" } },
      ),
    call: () => ({}),
    failing: () => ({ maxAuthenticationAge: 30 }),
    code: "insufficient_authentication",
  },
};
const schemaOf = (validate) => ({ "~standard": { version: 1, vendor: "test", validate } });
/** Verifies in both ways, which must say the same. */
const both = async (verifier, token, call, from = keys) => {
  const sync = (() => {
    try {
      return verifier.verifySync(token, from, { now, ...call });
    } catch (error) {
      return error;
    }
  })();
  const asynchronous = await verifier.verify(token, from, { now, ...call }).catch((error) => error);
  assert.equal(asynchronous.code, sync.code);
  assert.equal(asynchronous.constructor, sync.constructor);
  return asynchronous;
};

for (const [kind, { verifier: make, token: mint, call, failing, code }] of Object.entries(KINDS)) {
  test(`${kind}: revocation is asked about last, and decides`, async () => {
    const token = await mint();
    const asked = [];
    const answers = { false: [false, undefined], true: [true, "revoked"], odd: [1, "revocation_unavailable"] };
    for (const [answer, expected] of Object.values(answers)) {
      const verifier = make({ revoked: (verified) => asked.push(verified.id) > 0 && answer });
      assert.equal((await both(verifier, token, call())).code, expected);
      assert.equal(asked.length, 2);
      asked.length = 0;
      assert.equal((await both(verifier, `${token.slice(0, -4)}AAAA`, call())).code, "invalid_signature");
      if (failing !== undefined) assert.equal((await both(verifier, token, failing())).code, code);
      assert.equal(asked.length, 0);
    }
    const down = make({ revoked: () => Promise.reject(new Error("down")) });
    const error = await down.verify(token, keys, { now, ...call() }).catch((refusal) => refusal);
    assert.deepEqual([error.code, error.httpStatus, error.cause.message], ["revocation_unavailable", 503, "down"]);
    const silent = make({ revoked: () => new Promise(() => undefined), revokedTimeout: 0.02 });
    await assert.rejects(silent.verify(token, keys, { now, ...call() }), { code: "revocation_unavailable" });
  });

  test(`${kind}: a remembered token passes every check of the profile again`, async () => {
    const token = await mint();
    const verifier = make({ tokenCache: 2 });
    const first = await verifier.verify(token, keys, { now, ...call() });
    const again = await verifier.verify(token, keys, { now, ...call() });
    assert.equal(again.token, first.token);
    assert.deepEqual(again.checked, first.checked);
    assert.equal(verifier.verifySync(token, keys, { now, ...call() }).token, first.token);
    if (failing !== undefined) assert.equal((await both(verifier, token, failing())).code, code);
    assert.equal((await both(verifier, token, { ...call(), now: now + 100_000 })).code, "expired");
    // Others push it out, and other keys begin again.
    for (let count = 0; count < 2; count += 1) await verifier.verify(await mint(), keys, { now, ...call() });
    assert.notEqual((await verifier.verify(token, keys, { now, ...call() })).token, first.token);
    const other = JwkSet.from(new TestIssuer({ keys: [await SigningKey.ed25519("other")] }).jwks);
    assert.equal((await both(verifier, token, call(), other)).code, "unknown_key");
  });

  test(`${kind}: a schema types the claims of the token`, async () => {
    const token = await mint();
    const verifier = make();
    const schema = schemaOf(({ iss }) => ({ value: { from: iss } }));
    const verified = await both(verifier, token, { ...call(), schema });
    assert.deepEqual(verified.token.claims, { from: issuer.url });
    assert.equal(verified.issuer, issuer.url);
    const strict = schemaOf(() => ({ issues: [{ message: "no", path: ["tenant"] }] }));
    assert.equal((await both(verifier, token, { ...call(), schema: strict })).code, "missing_claim");
    const slow = schemaOf(async ({ iss }) => ({ value: iss }));
    assert.equal((await verifier.verify(token, keys, { now, ...call(), schema: slow })).token.claims, issuer.url);
    assert.throws(() => verifier.verifySync(token, keys, { now, ...call(), schema: slow }), TypeError);
  });

  test(`${kind}: explains with the keys of a client, which it fetches`, async () => {
    const served = new TestIssuer({ clock });
    const client = JwksClient.fromUrl(served.jwksUrl, {
      issuer: "https://other.example",
      audience: "other",
      fetch: served.fetch,
      clock,
    });
    const verifier = make();
    const token = await mint();
    const explained = await verifier.explain(token, client, call());
    assert.equal(explained.error, undefined);
    assert.equal(served.fetches, 1);
    const fixed = await verifier.explain(token, keys, { now, ...call() });
    assert.deepEqual(
      fixed.steps.map(({ check, outcome }) => [check, outcome]),
      explained.steps.map(({ check, outcome }) => [check, outcome]),
    );
    if (failing !== undefined) {
      assert.equal((await verifier.explain(token, client, failing())).error.code, code);
    }
    const other = await SigningKey.ed25519("other");
    const unknown = await new TestIssuer({ clock, keys: [other] }).token({}, { audience: AUDIENCE });
    assert.notEqual((await verifier.explain(unknown, client, call())).error, undefined);
    assert.equal((await verifier.explain("no token", client, call())).error.code, "malformed_token");
    const down = JwksClient.fromUrl(served.jwksUrl, {
      issuer: null,
      audience: null,
      fetch: () => Promise.reject(new Error("down")),
    });
    await assert.rejects(verifier.explain(token, down, call()), { code: "keys_unavailable" });
  });

  test(`${kind}: options that make no sense are refused when it is made`, () => {
    for (const [option, wrong] of [
      ["revoked", true],
      ["revokedTimeout", 0],
      ["revokedTimeout", "2"],
      ["tokenCache", 0],
      ["tokenCache", 1.5],
    ]) {
      assert.throws(() => make({ [option]: wrong }), { code: "invalid_policy", member: option });
    }
  });
}

test("the options stand beside the document of a profile, and no others", async () => {
  const settings = JSON.stringify({ profile: "id-token", issuer: issuer.url, client_id: CLIENT });
  const verifier = new IdTokenVerifier({ settings, revoked: () => true, tokenCache: 1 });
  const token = await KINDS["id-token"].token();
  await assert.rejects(verifier.verify(token, keys, { now, nonce: "n" }), { code: "revoked" });
  assert.throws(() => new IdTokenVerifier({ settings, leeway: 10 }), { code: "invalid_policy", member: "leeway" });
});

test("a token that is refused by revocation or a schema may be presented again", async () => {
  for (const kind of ["logout-token", "security-event"]) {
    const { verifier: make, token: mint, call } = KINDS[kind];
    let answer = () => Promise.reject(new Error("down"));
    const verifier = make({ revoked: () => answer(), tokenCache: 5 });
    const [token, replay] = [await mint(), new ReplayWindow(5)];
    await assert.rejects(verifier.verify(token, keys, { now, ...call(replay) }), { code: "revocation_unavailable" });
    answer = () => false;
    const schema = schemaOf(() => ({ issues: [{ message: "no" }] }));
    await assert.rejects(verifier.verify(token, keys, { now, ...call(replay), schema }), { code: "invalid_claim" });
    assert.equal((await verifier.verify(token, keys, { now, ...call(replay) })).kind, kind);
    // A remembered token is no exception.
    await assert.rejects(verifier.verify(token, keys, { now, ...call(replay) }), { code: "replayed" });
  }
});

test("a window remembers by the clock of the client", async () => {
  const { verifier: make, token: mint } = KINDS["logout-token"];
  const client = JwksClient.fromKeys(keys, { issuer: null, audience: null, clock });
  // By the system's clock the token would have expired long ago, and the window would forget it at once.
  const replay = new ReplayWindow(1);
  const [token, other] = [await mint(), await mint()];
  await make().verify(token, client, { replay });
  await assert.rejects(make().verify(other, client, { replay }), { code: "replay_unavailable" });
  await assert.rejects(make().verify(token, client, { replay }), { code: "replayed" });
});

test("access tokens with their keys are a client of their own", async () => {
  const { verifier: make, token: mint } = KINDS["access-token"];
  const asked = [];
  const verifier = make({ revoked: ({ id }) => asked.push(id) > 1 });
  const client = verifier.withKeys(JwksClient.fromKeys(keys, { issuer: null, audience: null, clock }), {
    maxAuthenticationAge: 90,
  });
  const token = await mint({ jti: "one" });
  const verified = await client.verify(token, { schema: schemaOf(({ sub }) => ({ value: sub })) });
  assert.deepEqual([verified.kind, verified.clientId, verified.token.claims], ["access-token", "app", "alice"]);
  asked.length = 0;
  assert.equal(client.verifySync(token).clientId, "app");
  const { error, steps } = await client.explain(await mint({ auth_time: now - 91 }));
  assert.equal(error.code, "insufficient_authentication");
  assert.equal(steps.find(({ check }) => check === "authentication_time").outcome, "failed");
  const times = [];
  await assert.rejects(
    client.admit(token, (_, time) => times.push(time)),
    { code: "revoked" },
  );
  const fault = new Error("a demand");
  const refuse = () => {
    throw fault;
  };
  await assert.rejects(client.admit(token, refuse), fault);
  assert.deepEqual([times, asked], [[now], ["one", "one"]]);
  await assert.rejects(client.admit(await mint({ auth_time: now - 91 })), { code: "insufficient_authentication" });
  for (const wrong of [undefined, null, {}, JSON.stringify(issuer.jwks)]) {
    assert.throws(() => verifier.withKeys(wrong), TypeError);
  }
  assert.throws(() => verifier.withKeys(keys, { acr: [] }), { code: "invalid_policy", member: "acr" });
  assert.throws(() => verifier.withKeys(keys, { now }), { code: "invalid_policy", member: "now" });
});

test("the tokens of load balancers cannot be remembered or revoked", () => {
  const settings = {
    signers: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188",
    clients: null,
    issuers: null,
  };
  assert.ok(new AlbVerifier(settings));
  for (const option of ["revoked", "revokedTimeout", "tokenCache"]) {
    assert.throws(() => new AlbVerifier({ ...settings, [option]: 1 }), { code: "invalid_policy", member: option });
    // As the core refuses it in a document.
    const document = JSON.stringify({ signers: [settings.signers], clients: null, issuers: null, [option]: 1 });
    assert.throws(() => new AlbVerifier(document), { code: "invalid_policy", member: option });
  }
});
