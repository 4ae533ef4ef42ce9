// What the README promises of the module.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { functions, withTable, written } from "./functions.mjs";
import { entries, instantiate, octets } from "./module.mjs";

const example = (name) => readFileSync(new URL(`../../cli/examples/${name}`, import.meta.url), "utf8").trim();
const TOKEN = example("token.jwt");
const JWKS = example("jwks.json");
const POLICY = JSON.stringify({ issuers: ["https://issuer.example"], audiences: ["https://api.example"] });
const NOW = 1_800_000_000;
const [DONE, REFUSED, UNUSABLE, QUESTION, NOTHING] = [0, 1, 2, 3, 6];

test("imports nothing", () => {
  assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(octets)), []);
});

test("exports the functions of the README's table", () => {
  const exported = WebAssembly.Module.exports(new WebAssembly.Module(octets));
  const named = exported.filter(({ kind }) => kind === "function").map(({ name }) => name);
  const all = functions().filter(({ isInEveryModule }) => isInEveryModule);
  assert.deepEqual(named.sort(), all.map(({ name }) => name).sort());
  assert.equal(withTable(written()), written(), "run node bindings/wasm/tests/functions.mjs --write");
});

test("is not larger than limits.json allows", () => {
  const limits = JSON.parse(readFileSync(new URL("../limits.json", import.meta.url), "utf8"));
  const sizes = { raw: octets.length, gzip: gzipSync(octets, { level: 9 }).length };
  for (const name of ["raw", "gzip"]) {
    assert.ok(sizes[name] <= limits[name], `${sizes[name]} octets ${name}, at most ${limits[name]} are allowed`);
    // A change that makes it smaller lowers the limit, too.
    assert.ok(sizes[name] >= limits[name] * 0.95, `${sizes[name]} octets ${name}: lower the limit to that plus 2 %`);
  }
});

test("verifies as the README says", () => {
  const { call, number, text } = instantiate();
  assert.equal(call("verijot_keys", 0, JWKS, ""), DONE);
  const keys = number(0);
  assert.equal(call("verijot_keys_describe", keys), DONE);
  assert.equal(JSON.parse(text()).keys[0].jwk.kty, "OKP");
  assert.equal(call("verijot_verifier", POLICY), DONE);
  const verifier = number(0);
  assert.equal(call("verijot_verify", verifier, keys, TOKEN, 0, NOW, 0), QUESTION);
  const [question, algorithm, message, count, position] = [0, 1, 2, 3, 4].map(number);
  assert.deepEqual([algorithm, message, count, position], [9, TOKEN.lastIndexOf("."), 1, 0]);
  assert.equal(call("verijot_answer_question", question, 0, NOW, 0), DONE);
  const payload = text();
  assert.equal(payload, Buffer.from(TOKEN.split(".")[1], "base64url").toString());
  assert.equal(call("verijot_accepted", 5), DONE);
  assert.equal(text(), "alice");
  assert.equal(call("verijot_accepted", 0), DONE);
  assert.equal(text(), payload);
  assert.equal(call("verijot_answer_question", question, 0, NOW, 0), UNUSABLE);
  assert.equal(JSON.parse(text()).code, "unknown_object");
});

test("refuses what no key verifies, and the places of keys that were not to be tried", () => {
  const { call, number, text } = instantiate();
  call("verijot_keys", 0, JWKS, "");
  const keys = number(0);
  call("verijot_verifier", POLICY);
  const verifier = number(0);
  for (const place of [0xffff_ffff, 1, 4, 0x7fff_ffff]) {
    call("verijot_verify", verifier, keys, TOKEN, 0, NOW, 0);
    assert.equal(call("verijot_answer_question", number(0), place, NOW, 0), REFUSED);
    assert.equal(JSON.parse(text()).code, "invalid_signature");
  }
});

test("at a time that is not a number nothing is accepted", () => {
  const { call, number, text } = instantiate();
  const isNoTime = (status) => assert.deepEqual([status, JSON.parse(text()).code], [UNUSABLE, "invalid_argument"]);
  call("verijot_keys", 0, JWKS, "");
  const keys = number(0);
  call("verijot_verifier", POLICY);
  const verifier = number(0);
  isNoTime(call("verijot_verify", verifier, keys, TOKEN, 0, NaN, 0));
  call("verijot_verify", verifier, keys, TOKEN, 0, NOW, 0);
  isNoTime(call("verijot_answer_question", number(0), 0, NaN, 0));
  call("verijot_verify", verifier, keys, TOKEN, 0, NOW, 0);
  assert.equal(call("verijot_answer_question", number(0), 0, NOW, 0), DONE);
  const payload = text();
  assert.equal(call("verijot_keep"), DONE);
  isNoTime(call("verijot_check_again", verifier, number(0), NaN, 0));
  assert.equal(call("verijot_guard", entries("realm", "api")), DONE);
  isNoTime(call("verijot_guard_check", number(0), payload, NaN, 0));
  call("verijot_replay_window", 10);
  const window = number(0);
  isNoTime(call("verijot_replay_admit", window, "key", NOW, 0, NaN, 0));
  isNoTime(call("verijot_replay_admit", window, "key", NaN, 0, NOW, 0));
  assert.equal(call("verijot_replay_admit", window, "key", NOW + 60, 0, NOW, 0), DONE);
  assert.equal(call("verijot_replay_admit", window, "key", NOW + 60, 0, NOW, 0), REFUSED);
});

test("makes a profile's checks for every call, and admits a token once", () => {
  const { call, number, text } = instantiate();
  const file = JSON.parse(readFileSync(new URL("../../../testvectors/logout-token.json", import.meta.url), "utf8"));
  const one = file.cases.find(({ id }) => id === "logout-token-type-logout");
  assert.equal(call("verijot_keys", 0, JSON.stringify(file.key_sets[one.jwks]), ""), DONE);
  const keys = number(0);
  assert.equal(call("verijot_profile", JSON.stringify(one.profile)), DONE);
  assert.equal(text(), "logout-token");
  const [profile, verifier] = [number(0), number(1)];
  assert.equal(call("verijot_profile_expect", profile, `{"nonce":"n"}`), UNUSABLE);
  assert.equal(call("verijot_profile_expect", profile, "{}"), DONE);
  assert.equal(call("verijot_profile_check", profile, 0, "{}", 1_700_000_000, 0), NOTHING);
  assert.equal(call("verijot_verify", verifier, keys, one.token, 0, 1_700_000_000, 0), QUESTION);
  assert.equal(call("verijot_answer_question", number(0), 0, 1_700_000_000, 0), DONE);
  assert.equal(call("verijot_profile_check", profile, 0, "{}", 1_700_000_000, 0), DONE);
  const { claims, replay_key: key } = JSON.parse(text());
  assert.deepEqual(claims, one.expect.valid.checked);
  const until = [number(0), number(1)];
  assert.ok(until[0] > 1_700_000_000);
  call("verijot_replay_window", 1);
  const window = number(0);
  assert.equal(call("verijot_replay_admit", window, key, ...until, 1_700_000_000, 0), DONE);
  assert.equal(call("verijot_replay_admit", window, key, ...until, 1_700_000_000, 0), REFUSED);
  assert.equal(JSON.parse(text()).code, "replayed");
  assert.equal(call("verijot_replay_admit", window, "another", ...until, 1_700_000_000, 0), REFUSED);
  assert.equal(JSON.parse(text()).code, "replay_unavailable");
  // A token that was kept is checked as well, at its time.
  call("verijot_keep");
  const kept = number(0);
  assert.equal(call("verijot_profile_check", profile, kept, "{}", 1_700_000_000, 0), DONE);
  call("verijot_replay_window_drop", window);
  call("verijot_profile_drop", profile);
  assert.equal(call("verijot_profile_check", profile, kept, "{}", 1_700_000_000, 0), UNUSABLE);
});

test("gives the tenant of an accepted token's issuer, and the refusal of an unknown one", () => {
  const { call, number, text } = instantiate();
  const template = { template: "https://login.example/{tenant}/v2.0", claim: "tid", tenants: null };
  const policy = { issuers: ["https://login.example/named/v2.0", template], audiences: null };
  assert.equal(call("verijot_verifier", JSON.stringify(policy)), DONE);
  const verifier = number(0);
  assert.equal(call("verijot_tenant", verifier, "https://login.example/t1/v2.0"), DONE);
  assert.equal(text(), "t1");
  for (const issuer of ["https://login.example/named/v2.0", "https://login.example/t1", "", "\ud800"]) {
    assert.equal(call("verijot_tenant", verifier, issuer), NOTHING);
  }
  assert.equal(call("verijot_unknown_tenant", verifier, "https://login.example/t1/v2.0"), REFUSED);
  const { code, claim, status } = JSON.parse(text());
  assert.deepEqual([code, claim, status], ["wrong_issuer", "iss", 401]);
  assert.equal(number(1), 0);
  call("verijot_verifier_drop", verifier);
  assert.equal(call("verijot_tenant", verifier, ""), UNUSABLE);
  assert.equal(call("verijot_unknown_tenant", verifier, ""), UNUSABLE);
});

test("a preset is documents of the other functions, or refused with the option at fault", () => {
  const { call, text } = instantiate();
  assert.equal(call("verijot_preset", "cognito:eu-west-1_AbCdEf123", `{"client_ids":["web"]}`), DONE);
  const { policy, key_source: source } = JSON.parse(text());
  assert.ok(source.jwks_url.startsWith("https://cognito-idp.eu-west-1.amazonaws.com/"));
  assert.equal(call("verijot_verifier", JSON.stringify(policy)), DONE);
  assert.equal(call("verijot_preset", "apple", `{"client_id":"web"}`), DONE);
  assert.equal(call("verijot_profile", JSON.stringify(JSON.parse(text()).profile)), DONE);
  for (const [provider, options, member] of [
    ["cognito:eu-west-1_AbCdEf123", "{}", "client_ids"],
    ["cognito:../x", `{"client_ids":["web"]}`, "provider"],
    ["nobody", "{}", "provider"],
    ["", "", "provider"],
  ]) {
    assert.equal(call("verijot_preset", provider, options), UNUSABLE);
    const problem = JSON.parse(text());
    assert.deepEqual([problem.code, problem.member], ["invalid_policy", member]);
    assert.ok(problem.message.startsWith(`${member}: `));
  }
});

test("what a client of a preset is made of, or why there is none", () => {
  const { call, text } = instantiate();
  const client = ([provider, options, ...given]) =>
    call("verijot_preset_client", provider, JSON.stringify(options), entries(...given));
  const cognito = ["cognito:eu-west-1_AbCdEf123", { client_ids: ["web"] }];
  const organization = "0f2c6a34-5b1e-4a77-9d3c-2b8f1c0d4e5a";
  for (const [of, kind, url, ...more] of [
    [[...cognito, "fresh_for", "freshFor"], "url", "https://cognito-idp.eu-west-1.amazonaws.com/"],
    [[`circleci:${organization}`, {}], "issuer", `https://oidc.circleci.com/org/${organization}`],
    [["firebase-session:acme-app", {}], "url", "https://www.googleapis.com/", "certificates", "RS256"],
    [["kratos:a.example", { jwks_url: "https://a.example/keys" }], "url", "https://a.example/keys"],
  ]) {
    assert.equal(client(of), DONE, text());
    const { policy, issuer_options: options } = JSON.parse(text());
    assert.deepEqual([options[0], ...options.slice(2)], [kind, ...more]);
    assert.ok(options[1].startsWith(url), options[1]);
    assert.equal(call("verijot_verifier", JSON.stringify(policy)), DONE);
  }
  for (const [of, code, member] of [
    [[...cognito, "freshFor", "purposes"], "invalid_policy", "purposes"],
    [[...cognito, "certificates"], "invalid_policy", "certificates"],
    [[...cognito, "policy"], "invalid_policy", "policy"],
    [["nobody", {}], "invalid_policy", "provider"],
    [["apple", { client_id: "web" }], "invalid_policy", "provider"],
    [["kratos:a.example", {}], "invalid_key_source", undefined],
  ]) {
    assert.equal(client(of), UNUSABLE);
    const problem = JSON.parse(text());
    assert.deepEqual([problem.code, problem.member], [code, member]);
  }
  assert.equal(call("verijot_preset_client", "apple", "{}", "half a list"), UNUSABLE);
  assert.equal(JSON.parse(text()).code, "malformed_list");
});

test("a key that the host cannot load becomes a skipped key", () => {
  const { call, number, text } = instantiate();
  call("verijot_keys", 0, JWKS, "");
  const keys = number(0);
  assert.equal(call("verijot_keys_skip", keys, 0), DONE);
  call("verijot_keys_describe", keys);
  const { keys: usable, skipped } = JSON.parse(text());
  assert.deepEqual([usable.length, skipped[0].index, skipped[0].reason], [0, 0, "unsupported_algorithm"]);
});

test("survives every kind of number and octet", () => {
  const { call, exports } = instantiate();
  const numbers = [0, 1, -1, NaN, Infinity, -Infinity, 1e300, 0xffff_ffff, 0.5];
  for (const { name, parameters, isInEveryModule } of functions()) {
    if (!isInEveryModule || ["verijot_alloc", "verijot_free"].includes(name)) continue;
    for (let round = 0; round < numbers.length * 3; round += 1) {
      const values = [];
      for (let index = 0; index < parameters.length; index += 1) {
        if (parameters[index][1].startsWith("*")) {
          values.push([Uint8Array.of(0xff, 0xfe, 0, 0x80), "", entries("demand", "{", "issuer", "\ud800")][round % 3]);
          index += 1;
        } else {
          values.push(numbers[(round + index * 5) % numbers.length]);
        }
      }
      call(name, ...values);
    }
  }
  assert.ok(exports.memory.buffer.byteLength < 4 << 20);
});

test("its memory stays as it was, however much it verifies", { timeout: 300_000 }, () => {
  const { call, exports, number } = instantiate();
  const secret = "k".repeat(64);
  const hmac = entries("kid", "secret");
  call("verijot_verifier", POLICY);
  const verifier = number(0);
  call("verijot_keys", 0, JWKS, "");
  const keys = number(0);
  const [header, payload] = TOKEN.split(".");
  const refused = [`${header}.${payload}`, `${header}.${payload}.x`, "x".repeat(20_000), ""];
  const round = (index) => {
    const answered = (place, now, mode) => {
      assert.equal(call("verijot_verify", verifier, keys, TOKEN, mode, now, 0), QUESTION);
      return call("verijot_answer_question", number(0), place, now, 0);
    };
    assert.equal(answered(0, NOW, 0), DONE);
    switch (index % 8) {
      case 0:
        assert.equal(answered(1, NOW, 0), REFUSED);
        break;
      case 1:
        assert.equal(answered(0, 5_000_000_000, 0), REFUSED);
        break;
      case 2:
        assert.equal(answered(index % 2, NOW, 2), DONE);
        break;
      case 3:
        assert.equal(call("verijot_verify", verifier, keys, refused[(index >> 3) % refused.length], 0, NOW, 0), REFUSED);
        break;
      case 4:
        call("verijot_keys", 0, JWKS, "");
        call("verijot_keys_drop", number(0));
        call("verijot_keys", 3, secret, hmac);
        call("verijot_keys_drop", number(0));
        break;
      case 5:
        answered(0, NOW, 0);
        call("verijot_keep");
        call("verijot_forget", number(0));
        break;
      case 6:
        call("verijot_verify", verifier, keys, TOKEN, 0, NOW, 0);
        call("verijot_question_drop", number(0));
        call("verijot_verifier", POLICY);
        call("verijot_verifier_drop", number(0));
        break;
      default:
        call("verijot_guard", entries("demand", `{"all_scopes":["orders:read"]}`));
        call("verijot_guard_drop", number(0));
        call("verijot_issuer", entries("issuer", "https://issuer.example"));
        call("verijot_issuer_drop", number(0));
    }
  };
  for (let index = 0; index < 1000; index += 1) round(index);
  const before = exports.memory.buffer.byteLength;
  for (let index = 0; index < 1_000_000; index += 1) round(index);
  assert.equal(exports.memory.buffer.byteLength, before);
});
