// Settings with ports that nobody listens on.
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

export async function freeSettings() {
  const [own, issuers] = [await freePort(), await freePort()];
  const text = readFileSync(new URL("../settings.json", import.meta.url), "utf8");
  return JSON.parse(text.replaceAll(":8787", `:${own}`).replaceAll(":4100", `:${issuers}`));
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}
