// A page in headless Chromium.
import { createServer } from "node:http";
import { chromium, tool } from "./runtimes.mjs";

/**
 * Opens a page of http://127.0.0.1, which counts as secure, and gives it and a function that ends it.
 *
 * @param files contents by path, such as `/main.js`.
 */
export async function openPage(files) {
  const executablePath = chromium();
  if (executablePath === undefined) throw new Error("Chromium is missing; install Debian's package chromium");
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const content = path === "/" ? (files["/"] ?? PAGE) : files[path];
    const type = path.endsWith(".js") ? "text/javascript" : path.endsWith(".wasm") ? "application/wasm" : "text/html";
    response.writeHead(content === undefined ? 404 : 200, { "content-type": `${type}; charset=utf-8` });
    response.end(content);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await tool("playwright-core").chromium.launch({
    executablePath,
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync"],
    ],
  });
  const page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const stop = async () => {
    await browser.close();
    server.close();
  };
  return { page, errors, stop, version: browser.version() };
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>verijot</title><script type="module" src="/main.js"></script>`;
