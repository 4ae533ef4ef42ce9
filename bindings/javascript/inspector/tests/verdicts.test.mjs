// What the inspector says of tokens, keys, policies and times.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { on, paste, settled, title } from "./page.mjs";
import { certified, ec, fine, jwk, now, raw, rsa, set, token } from "./tokens.mjs";

test(
  "accepts a valid token and says what is not checked",
  on(async (page) => {
    await paste(page, token(fine), set);
    assert.equal(await title(page), "Accepted");
    assert.match(await page.textContent("#verdict"), /Not checked: issuer and audience/);
    await page.fill("#issuer", fine.iss);
    await page.fill("#audience", fine.aud);
    await settled(page);
    assert.doesNotMatch(await page.textContent("#verdict"), /Not checked/);
    assert.match(await page.textContent('[data-card="checks"]'), /18 passed of 19/);
    assert.match(await page.textContent('[data-card="claims"]'), /in 59 minutes|in 1 hour/);
    assert.match(await page.textContent('[data-card="keys"]'), /the token's kid/);
  }),
);

test(
  "says the cause that a refusal probably has",
  on(async (page) => {
    await paste(page, token(fine), set);
    await page.fill("#issuer", `${fine.iss}/`);
    await settled(page);
    assert.match(await title(page), /^Refused/);
    assert.match(await page.textContent("[data-hint]"), /slash/);
  }),
);

test(
  "the example is accepted, says that it is one, and shows a skipped key",
  on(async (page) => {
    await page.click("#example");
    await settled(page);
    assert.equal(await title(page), "Accepted");
    assert.match(await page.textContent("#verdict"), /This is an example/);
    assert.match(await page.textContent('[data-card="keys"]'), /skipped.*use is not sig/);
    await page.click("#clear");
    await settled(page);
    assert.equal(await title(page), "No token yet");
    assert.equal(await page.inputValue("#token"), "");
    assert.equal(await page.evaluate(() => document.activeElement.id), "token");
  }),
);

test(
  "refuses an expired token in words, and accepts it at an earlier time",
  on(async (page) => {
    await paste(page, token({ ...fine, iat: now - 10_000, exp: now - 7200 }), set);
    assert.equal(await title(page), "Refused: expired");
    assert.equal(await page.textContent("#verdict-text"), "The token expired 2 hours ago.");
    assert.equal(await page.locator(".check.failed").count(), 1);
    assert.match(await page.textContent('[data-card="claims"]'), /signature valid, token refused/);
    assert.match(await page.locator('[data-card="timeline"] svg').getAttribute("aria-label"), /expired 2 hours ago/);
    await page.check('input[value="at"]', { force: true });
    await page.fill("#at", String(now - 8000));
    await settled(page);
    assert.equal(await title(page), "Accepted");
  }),
);

test(
  "reads times as people write them",
  on(async (page) => {
    await paste(page, token(fine), set);
    await page.check('input[value="at"]', { force: true });
    for (const [typed, read] of [
      ["2026-11-27 18:30", "Fri, 27 November 2026 at 17:30:00 UTC"],
      ["2026-11-27T18:30Z", "Fri, 27 November 2026 at 18:30:00 UTC"],
      ["2026-11-27T18:30:05+05:30", "Fri, 27 November 2026 at 13:00:05 UTC"],
      ["1795804200", "Fri, 27 November 2026 at 18:30:00 UTC"],
      ["2026-07-01", "Tue, 30 June 2026 at 22:00:00 UTC"],
    ]) {
      await page.fill("#at", typed);
      await settled(page);
      assert.equal(await page.textContent("#time-note"), `Read as ${read}.`, typed);
    }
    for (const typed of ["", "tomorrow", "2026-02-30", "0050-01-01", "2026-11-27 25:00", "1795804200000", "<b>"]) {
      await page.fill("#at", typed);
      await settled(page);
      assert.match(await page.textContent("#time-note"), /^Write a date such as/, typed);
      assert.equal(await title(page), "Not verified");
      assert.equal(await page.getAttribute("#at", "aria-invalid"), "true");
    }
  }),
);

test(
  "refuses a token of another key, and one whose key is skipped",
  on(async (page) => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
    await paste(page, token(fine), JSON.stringify({ keys: [{ ...other, kid: "one" }] }));
    assert.equal(await title(page), "Refused: invalid signature");
    assert.match(await page.textContent("#verdict"), /no character of the token was changed.*invalid_signature/);
    await paste(page, token(fine), JSON.stringify({ keys: [{ ...jwk, use: "enc" }, 5] }));
    assert.equal(await title(page), "Refused: unknown key");
    assert.match(await page.textContent('[data-card="keys"]'), /0 usable, 2 skipped/);
    assert.match(await page.textContent('[data-card="keys"]'), /not_for_signatures/);
  }),
);

test(
  "takes a JWK, PEM, a certificate, and secrets",
  on(async (page) => {
    await paste(page, token(fine), JSON.stringify(jwk));
    assert.equal(await title(page), "Accepted");
    assert.equal(await page.textContent("#keys-note"), "Read as one JWK.");
    await paste(page, token(fine), ec.publicKey.export({ type: "spki", format: "pem" }));
    assert.equal(await title(page), "Accepted");
    assert.equal(await page.textContent("#keys-note"), "Read as a public key in PEM.");
    for (const alg of ["RS256", "PS384"]) {
      await paste(page, token(fine, { alg }), rsa.publicKey.export({ type: "spki", format: "pem" }));
      assert.equal(await title(page), "Accepted", alg);
    }
    const { certificate, key } = certified();
    await paste(page, token(fine, { alg: "ES256" }, key), certificate);
    assert.equal(await title(page), "Accepted", await page.textContent("#keys-note"));
    assert.match(await page.textContent("#keys-note"), /a certificate, whose validity and chain are not checked/);
    const secret = "a secret of 32 characters or more";
    await paste(page, token(fine, { alg: "HS256" }, secret), secret);
    assert.equal(await title(page), "Accepted");
    assert.equal(await page.textContent("#keys-note"), "Read as a secret as text.");
    await page.fill("#keys", Buffer.from(secret).toString("base64"));
    await page.selectOption("#form", "base64");
    await settled(page);
    assert.equal(await title(page), "Accepted");
    const oct = JSON.stringify({
      keys: [{ kty: "oct", kid: "one", alg: "HS256", k: Buffer.from(secret).toString("base64url") }],
    });
    await page.selectOption("#form", "detect");
    await page.fill("#keys", oct);
    await settled(page);
    assert.equal(await title(page), "Refused: algorithm not allowed");
    assert.match(await page.textContent("#verdict"), /choose “Use HMAC secrets”/);
    await page.click("summary");
    await page.check("#symmetric");
    await settled(page);
    assert.equal(await title(page), "Accepted");
  }),
);

test(
  "applies the preset of a provider, and continues it as a document",
  on(async (page) => {
    await paste(page, token({ ...fine, sid: "1" }), set);
    await page.check('input[value="provider"]', { force: true });
    for (const [provider, options, sentence] of [
      ["", "", /Write a provider/],
      ["nobody", "", /^provider: unknown/],
      ["cognito:eu-west-1_AbCdEf123", "", /^client_ids: missing/],
      ["cognito:eu-west-1_AbCdEf123", "{", /Not valid JSON/],
      ["apple", '{"client_id": "web"}', /ID tokens/],
    ]) {
      await page.fill("#provider", provider);
      await page.fill("#provider-options", options);
      await settled(page);
      assert.match(await page.textContent("#policy-note"), sentence);
      assert.equal(await title(page), "Not verified");
    }
    await page.fill("#provider", `kratos:${new URL(fine.iss).host}`);
    await page.fill("#provider-options", "");
    await settled(page);
    assert.equal(await title(page), "Accepted");
    await page.fill("#token", token(fine));
    await settled(page);
    assert.match(await title(page), /^Refused/);
    await page.check('input[value="document"]', { force: true });
    await settled(page);
    assert.match(await page.inputValue("#policy-document"), /"sid"/);
  }),
);

test(
  "applies a policy document, and continues the fields as one",
  on(async (page) => {
    await paste(page, token({ ...fine, scope: "orders:read" }), set);
    await page.fill("#issuer", fine.iss);
    await page.check('input[value="document"]', { force: true });
    await settled(page);
    assert.deepEqual(JSON.parse(await page.inputValue("#policy-document")), { issuers: [fine.iss], audiences: null });
    assert.equal(await title(page), "Accepted");
    const policy = { issuers: [fine.iss], audiences: [fine.aud], required_scopes: ["orders:write"], leeway: "10" };
    await page.fill("#policy-document", JSON.stringify(policy));
    await settled(page);
    assert.equal(await title(page), "Refused: insufficient scope");
    await page.fill("#policy-document", JSON.stringify({ ...policy, required_scopes: ["orders:read"] }));
    await settled(page);
    assert.equal(await title(page), "Accepted");
    assert.match(await page.textContent('[data-card="timeline"]'), /leeway 10 seconds/);
    for (const [document, sentence] of [
      ["", /Paste a policy document/],
      ["{", /Not valid JSON/],
      ['{"issuers":null}', /audiences/],
      ['{"issuers":null,"audiences":null,"leeway":10}', /quotation marks/],
      ['{"issuers":null,"audiences":null,"limits":{"jwks_octets":-1}}', /^limits\.jwks_octets: /],
      ['{"issuers":null,"audiences":null,"<img src=x onerror=alert(1)>":1}', /<img/],
    ]) {
      await page.fill("#policy-document", document);
      await settled(page);
      assert.match(await page.textContent("#policy-note"), sentence);
      assert.equal(await title(page), "Not verified");
    }
  }),
);

test(
  "applies algorithms and leeway",
  on(async (page) => {
    await paste(page, token({ ...fine, exp: Math.floor(Date.now() / 1000) - 5 }), set);
    assert.equal(await title(page), "Accepted");
    await page.click("summary");
    await page.fill("#leeway", "0");
    await settled(page);
    assert.equal(await title(page), "Refused: expired");
    await page.fill("#leeway", "");
    await page.check('#algorithms input[value="RS256"]', { force: true });
    await settled(page);
    assert.equal(await title(page), "Refused: algorithm not allowed");
    for (const leeway of ["x", "-1", "900"]) {
      await page.fill("#leeway", leeway);
      await settled(page);
      assert.notEqual(await page.textContent("#policy-note"), "", leeway);
    }
  }),
);

test(
  "draws the leeway that a policy without one has",
  on(async (page) => {
    // The boundary of the core's verdict is where the drawing's words say that it is.
    await paste(page, token(fine), set);
    const [, leeway] = /leeway (\d+) seconds/.exec(await page.textContent('[data-card="timeline"]'));
    await page.check('input[value="at"]', { force: true });
    for (const [at, expected] of [
      [fine.exp + Number(leeway) - 1, "Accepted"],
      [fine.exp + Number(leeway) + 1, "Refused: expired"],
    ]) {
      await page.fill("#at", String(at));
      await settled(page);
      assert.equal(await title(page), expected);
    }
  }),
);

test(
  "says what the leeway makes of a token that expires before it begins",
  on(async (page) => {
    for (const [earlier, expected, words] of [
      [0, "Accepted", /^Valid by the leeway only: it expires as it begins/],
      [50, "Accepted", /^Valid by the leeway only: it expires before it begins/],
      [70, /^Refused/, /^Never valid: it expires before it begins/],
    ]) {
      const nbf = 1_800_000_000;
      await page.check('input[value="at"]', { force: true });
      await page.fill("#at", String(nbf - earlier / 2));
      await paste(page, token({ ...fine, iat: undefined, nbf, exp: nbf - earlier }), set);
      assert.match(await title(page), new RegExp(expected));
      assert.match(await page.textContent('[data-card="timeline"] figcaption'), words);
    }
  }),
);

test(
  "says what to do about wrong input",
  on(async (page) => {
    for (const [keys, sentence] of [
      ["https://issuer.example/jwks.json", /fetches nothing/],
      ['{"issuer":"x","jwks_uri":"https://x.example"}', /discovery document/],
      [token(fine), /This is a token/],
      ["short", /secret is shorter.*32 octets/],
      ["{", /Not valid JSON.*copied whole/],
      ["[]", /Not a JSON object/],
      ["-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", /./],
      [rsa.privateKey.export({ type: "pkcs8", format: "pem" }), /Paste the public key/],
      [
        ec.publicKey.export({ type: "spki", format: "pem" }).split("\n")[1].padEnd(80, "A"),
        /without its first and last line/,
      ],
    ]) {
      await paste(page, token(fine), keys);
      assert.match(await page.textContent("#keys-note"), sentence);
      assert.equal(await title(page), "Not verified");
    }
    for (const [text, expected] of [
      ["a.b", "Refused: not a token"],
      ["a.b.c.d.e", "Refused: encrypted"],
      [`${token(fine).slice(0, 50)}\n${token(fine).slice(50)}`, "Refused: not a token"],
      [token(fine, { alg: "none" }), "Refused: algorithm not allowed"],
      [`  Authorization: Bearer ${token(fine)}\n`, "Accepted"],
    ]) {
      await paste(page, text, set);
      assert.equal(await title(page), expected);
    }
    assert.match(await page.textContent("#token-note"), /“Bearer” before the token is left out/);
  }),
);
