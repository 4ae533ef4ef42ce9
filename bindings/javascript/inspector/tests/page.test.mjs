// How the page behaves: hostile and huge text, its policy, the keyboard, the clock.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { browser, built, on, paste, settled, title } from "./page.mjs";
import { fine, jwk, raw, set, token } from "./tokens.mjs";

test(
  "shows hostile text as text",
  on(async (page) => {
    const markup = '<img src=x onerror="globalThis.hit=1"></script></style><script>globalThis.hit=1</script>';
    const claims = {
      ...fine,
      iss: markup,
      aud: [markup],
      [markup]: { [markup]: [markup] },
      __proto__x: 1,
      "\u202Eevil\u0000": "\uD800a\u200Bb",
    };
    const text =
      JSON.stringify(claims).replace("__proto__x", "__proto__").slice(0, -1) +
      ',"sub":"twice","big":12345678901234567890.10}';
    const keys = JSON.stringify({
      keys: [
        { ...jwk, kid: markup },
        { kty: markup, kid: markup },
      ],
    });
    for (const value of [
      raw(text, { alg: "ES256", kid: markup, [markup]: markup }),
      `${markup}.${markup}.${markup}`,
      markup,
      "\uD800.\uDC00.\0",
    ]) {
      await paste(page, value, keys);
      for (const id of ["issuer", "audience", "leeway"]) await page.fill(`#${id}`, markup, { force: true });
      await settled(page);
      await page.fill("#leeway", "", { force: true });
      await settled(page);
      assert.match(await title(page), /^Refused/);
    }
    await paste(page, raw(text, { alg: "ES256", kid: markup }), markup);
    await paste(page, raw(text, { alg: "ES256", kid: markup }), keys);
    const shown = await page.textContent('[data-card="claims"]');
    assert.ok(shown.includes(markup) && shown.includes("__proto__"));
    assert.match(shown, /U\+202Eevil/);
    assert.match(shown, /U\+0000/);
    assert.match(shown, /U\+D800aU\+200Bb/);
    assert.match(shown, /12345678901234567890\.10/);
    assert.match(shown, /This name appears twice/);
    assert.equal(await page.evaluate(() => globalThis.hit), undefined);
    assert.equal(await page.locator("img, #result script, #result style").count(), 0);
  }),
);

test(
  "shows every character that cannot be seen by its number",
  on(async (page) => {
    const hidden = [
      "\u034F",
      "\u061C",
      "\u17B5",
      "\u180B",
      "\u202F",
      "\u205F",
      "\u2800",
      "\uFE0F",
      "\u{E0100}",
      "\u{E0041}",
    ];
    await paste(page, token({ ...fine, sub: `a${hidden.join("b")} c` }), set);
    const shown = await page.textContent('[data-card="claims"]');
    const numbers = hidden.map((each) => `U+${each.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
    assert.ok(shown.includes(`a${numbers.join("b")} c`), shown);
  }),
);

test(
  "shows dates that no calendar has, and milliseconds",
  on(async (page) => {
    for (const [exp, words] of [
      ["1e300", /No calendar has this date/],
      ["1795804200000", /looks like milliseconds/],
      ["-1e12", /ago.*29720 BC/],
      ["-62167219201", /31 December 2 BC/],
      ["-62035804800", /\b4\b(?!.*BC)/],
      ['"soon"', /soon/],
    ]) {
      await paste(page, raw(`{"exp":${exp},"iat":0}`), set);
      assert.match(await page.textContent('[data-card="claims"]'), words, exp);
    }
  }),
);

test(
  "stays usable with huge input",
  on(async (page) => {
    const large = token({ ...fine, big: "x".repeat(500_000) });
    await paste(page, large, set);
    assert.equal(await title(page), "Refused: too large");
    assert.match(await page.textContent('[data-card="claims"]'), /more characters/);
    const many = raw(
      `{${Array.from({ length: 20_000 }, (_, index) => `"c${index}":[${"[".repeat(9)}${"]".repeat(9)}]`).join(",")}}`,
    );
    await paste(page, many, set);
    assert.match(await page.textContent('[data-card="claims"]'), /and 19,800 more members/);
    await paste(page, raw(`{"deep":${"[".repeat(50_000)}${"]".repeat(50_000)}}`), set);
    assert.match(await title(page), /^Refused/);
    for (const id of ["token", "keys"]) {
      const begun = Date.now();
      await page.evaluate((id) => {
        const field = document.getElementById(id);
        const data = new DataTransfer();
        data.setData("text/plain", "x".repeat(10_000_000));
        field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
      }, id);
      await settled(page);
      assert.match(await page.textContent(`#${id}-note`), /10\.0 million characters, and was not taken/);
      assert.equal(await page.inputValue(`#${id}`), "");
      assert.ok(Date.now() - begun < 5000);
    }
    await page.evaluate(() => {
      const field = document.getElementById("issuer");
      field.value = "x".repeat(10_000_000);
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    });
    await settled(page);
    assert.match(await page.textContent("#policy-note"), /was not taken/);
  }),
);

test("its policy refuses every connection and every other script", async () => {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const page = await browser.newPage();
  try {
    await page.goto(built.href);
    const refused = await page.evaluate(async (url) => {
      const refused = [];
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) =>
        refused.push(effectiveDirective),
      );
      const put = (name, members) => document.body.append(Object.assign(document.createElement(name), members));
      await fetch(url).catch(() => undefined);
      navigator.sendBeacon(url, "x");
      try {
        new WebSocket(url.replace("http", "ws"));
      } catch {
        // Refused at once or later.
      }
      put("img", { src: url });
      put("iframe", { src: url });
      put("script", { src: url });
      put("script", { textContent: "globalThis.hit = 1" });
      put("style", { textContent: "body { color: red }" });
      put("link", { rel: "stylesheet", href: url });
      const form = Object.assign(document.createElement("form"), { action: url, target: "_blank" });
      document.body.append(form);
      form.submit();
      // Later, because the debugger may evaluate what the page may not.
      setTimeout(() => (0, eval)("globalThis.hit = 2"));
      await new Promise((resolve) => setTimeout(resolve, 500));
      return refused;
    }, `http://127.0.0.1:${server.address().port}/`);
    for (const directive of [
      "connect-src",
      "img-src",
      "frame-src",
      "script-src-elem",
      "style-src-elem",
      "form-action",
      "script-src",
    ]) {
      assert.ok(refused.includes(directive), `${directive} in ${refused}`);
    }
    assert.equal(await page.evaluate(() => globalThis.hit), undefined);
    assert.equal(asked, 0);
  } finally {
    await page.close();
    server.close();
  }
});

test(
  "forgets everything when it is loaded again",
  on(async (page) => {
    await paste(page, token(fine), set);
    await page.fill("#issuer", fine.iss);
    await page.check('input[value="document"]', { force: true });
    await page.reload();
    await settled(page);
    for (const id of ["token", "keys", "issuer", "policy-document"])
      assert.equal(await page.inputValue(`#${id}`), "", id);
    assert.equal(await title(page), "No token yet");
  }),
);

test(
  "works with the keyboard only",
  on(async (page) => {
    const focus = () =>
      page.evaluate(
        () => document.activeElement.id || document.activeElement.value || document.activeElement.textContent,
      );
    const order = [];
    for (let step = 0; step < 12; step += 1) {
      await page.keyboard.press("Tab");
      order.push(await focus());
    }
    assert.deepEqual(order, [
      "Skip to the verdict",
      "example",
      "clear",
      "token",
      "keys",
      "form",
      "fields",
      "issuer",
      "audience",
      "Algorithms, leeway, secrets in sets",
      "now",
      order[11],
    ]);
    await page.focus("#token");
    await page.keyboard.insertText(token(fine));
    await page.keyboard.press("Tab");
    await page.keyboard.insertText(set);
    await settled(page);
    assert.equal(await title(page), "Accepted");
    for (let step = 0; step < 5; step += 1) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await settled(page);
    assert.equal(await title(page), "Refused: algorithm not allowed");
    await page.focus('input[value="now"]');
    await page.keyboard.press("ArrowRight");
    await settled(page);
    await page.keyboard.press("Tab");
    assert.equal(await focus(), "at");
    await page.focus(".skip");
    await page.keyboard.press("Enter");
    assert.equal(await focus(), "result");
    assert.ok(!page.url().includes("#"));
  }),
);

test(
  "announces a verdict once, and again only if it changes",
  on(async (page) => {
    await page.evaluate(() => {
      globalThis.said = [];
      new MutationObserver(() => said.push(document.querySelector("[role=status]").textContent.trim())).observe(
        document.querySelector("[role=status]"),
        { childList: true, subtree: true },
      );
    });
    await paste(page, token(fine), set);
    await page.waitForTimeout(2300);
    assert.equal((await page.evaluate(() => said)).filter((words) => words.startsWith("Accepted")).length, 1);
  }),
);

test(
  "the verdict follows the clock",
  on(async (page) => {
    await page.clock.install({ time: new Date() });
    await page.reload();
    await paste(page, token(fine), set, () => page.clock.runFor(300));
    assert.equal(await title(page), "Accepted");
    await page.clock.fastForward(4000 * 1000);
    await page.clock.runFor(2000);
    await page.waitForFunction(() => document.getElementById("verdict-title").textContent === "Refused: expired");
  }),
);

test(
  "says what a page without crypto.subtle cannot do",
  on(async (page) => {
    await page.addInitScript(() => Object.defineProperty(Crypto.prototype, "subtle", { value: undefined }));
    await page.reload();
    assert.match(await page.textContent("#platform"), /no crypto\.subtle/);
    assert.ok(await page.isVisible("#platform"));
    assert.ok(await page.isDisabled("#example"));
    await paste(page, token(fine), set);
    assert.equal(await title(page), "Not verified");
    assert.match(await page.textContent("#verdict-text"), /cannot verify ES256 here/);
    const secret = "a secret of 32 characters or more";
    await paste(page, token(fine, { alg: "HS256" }, secret), secret);
    assert.equal(await title(page), "Accepted");
  }),
);
