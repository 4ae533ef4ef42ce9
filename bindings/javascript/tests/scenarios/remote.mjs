// Plays scenarios on a worker: the Node half of keys_worker.mjs and sessions_worker.mjs.
import { createServer } from "node:http";

/**
 * What plays one scenario on the worker at a URL, and a function that ends it.
 *
 * @param start starts the server of a scenario.
 * @param methods those of the server that the worker calls.
 */
export async function remotePlayer(worker, start, methods) {
  const servers = new Map();
  const control = createServer((request, response) => answer(servers, methods, request, response));
  await new Promise((resolve) => control.listen(0, "127.0.0.1", resolve));
  const place = `http://127.0.0.1:${control.address().port}`;
  let count = 0;
  const play = async ({ fixtures, scenario }) => {
    const number = String((count += 1));
    const server = await start(fixtures);
    servers.set(number, server);
    try {
      const body = JSON.stringify({ fixtures, scenario, origin: server.origin, control: `${place}/${number}` });
      const played = await fetch(worker, { method: "POST", body });
      const problem = await played.text();
      if (!played.ok) throw new Error(problem);
    } finally {
      servers.delete(number);
      await server.close();
    }
  };
  const stop = () => {
    control.close();
    control.closeAllConnections();
  };
  return { play, stop };
}

async function answer(servers, methods, request, response) {
  const [, number, method] = request.url.split("/");
  const server = servers.get(number);
  let written = "";
  request.setEncoding("utf8");
  for await (const chunk of request) written += chunk;
  try {
    if (server === undefined || !methods.includes(method)) throw new Error(`no ${request.url}`);
    response.end(JSON.stringify((await server[method](JSON.parse(written))) ?? null));
  } catch (error) {
    response.writeHead(500).end(String(error.stack));
  }
}
