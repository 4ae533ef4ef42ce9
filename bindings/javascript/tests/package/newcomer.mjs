// The README's first example, in the forms that platforms and bundlers take.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../hosts/runtimes.mjs";

/** The example as it stands in the README. */
export const example = /```js\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8"))[1];

/** What it prints, by its comments. */
export const printed = [...example.matchAll(/console\.log\(.*?\/\/ (.*)$/gm)].map(([, text]) => text).join("\n");

const imports = example.match(/^import .*;$/gm).join("\n");
const body = example.replace(/^import .*;$/gm, "");
const run = `async function run() {
const lines = [];
const console = { log: (...values) => lines.push(values.join(" ")) };
${body}
return lines.join("\\n");
}
`;

/** For `require`. */
export const required = `${imports.replace(/^import (.*) from (.*);$/gm, "const $1 = require($2);")}
${run}
run().then((text) => console.log(text));
`;

/** For a worker: the answer to a request. */
export const worker = `${imports}
${run}
export default { fetch: async () => new Response(await run()) };
`;

/** For a page: what its body has in `data-printed`. */
export const page = `${imports}
${run}
const show = (value) => { document.body.dataset.printed = String(value); };
run().then(show, show);
`;
