/** A WebSocket that echoes, for as long as the token of its upgrade is valid. */
import type { User } from "./user.js";

export function openSocket(user: User, organization: string): Response {
  const { 0: browser, 1: server } = new WebSocketPair();
  server.accept();
  server.addEventListener("message", ({ data }) => {
    // The upgrade cannot refresh, since it can store no cookies: the page loads itself again, then reconnects.
    if (user.expiresAt.getTime() <= Date.now()) server.close(EXPIRED, "token expired");
    else server.send(`${organization}: ${user.name}: ${String(data)}`);
  });
  return new Response(null, { status: 101, webSocket: browser });
}

const EXPIRED = 4401;
