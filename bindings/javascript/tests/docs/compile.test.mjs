// Compiles the README's examples as they are written: TypeScript strictly, JavaScript without types for parameters.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
// Inside the package, so that its own name is found.
const folder = mkdtempSync(path(".compiled-"));
after(() => rmSync(folder, { recursive: true }));

const readme = readFileSync(path("../../README.md"), "utf8");
const examples = [...readme.matchAll(/```(js|ts)\n(.*?)```/gs)].map(([, language, code]) => ({ language, code }));
const KINDS = { js: { allowJs: true, checkJs: true, noImplicitAny: false }, ts: { exactOptionalPropertyTypes: true } };

for (const [language, options] of Object.entries(KINDS)) {
  test(`the README's examples in ${language} compile`, () => {
    const chosen = examples.filter((each) => each.language === language);
    assert.ok(chosen.length > 0);
    const files = chosen.map(({ code }, index) => {
      const file = `${folder}/${index}.m${language}`;
      // A module of its own, also without imports.
      writeFileSync(file, `${code}\nexport {};\n`);
      return file;
    });
    const compilerOptions = {
      ...{ target: "ES2022", lib: ["ES2023", "DOM", "DOM.Iterable"], module: "NodeNext", strict: true, noEmit: true },
      ...{ types: ["node"], skipLibCheck: true },
      ...options,
    };
    const project = `${folder}/tsconfig.${language}.json`;
    writeFileSync(project, JSON.stringify({ compilerOptions, files }));
    const compiler = path("../../node_modules/.bin/tsc");
    const { stdout, stderr, status } = spawnSync(compiler, ["-p", project], { encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
  });
}
