// An edge worker with cookie sessions. The token endpoint is in the same isolate: it rotates refresh tokens
// and takes each only once.
import { cookieKeeper, refreshWith, TokenSession } from "verijot/session";

let [refreshes, reuses, next] = [0, 0, 1];
const used = new Set();

async function endpoint(_, { body }) {
  const token = new URLSearchParams(body).get("refresh_token");
  refreshes += 1;
  if (used.has(token)) {
    reuses += 1;
    return Response.json({ error: "invalid_grant" }, { status: 400 });
  }
  used.add(token);
  await new Promise((done) => setTimeout(done, 300));
  next += 1;
  return Response.json({ access_token: `A${next}`, token_type: "Bearer", refresh_token: `R${next}`, expires_in: 3600 });
}

export default {
  async fetch(request, _, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === "/counts") return Response.json({ refreshes, reuses });
    const keeper = cookieKeeper(request);
    const session = new TokenSession({
      refresh: refreshWith({ tokenEndpoint: "https://issuer.example/token", clientId: "app", fetch: endpoint }),
      keeper,
      waitUntil: (work) => ctx.waitUntil(work),
      fetch: async (request) => new Response(request.headers.get("authorization")),
    });
    if (pathname === "/sign-in") {
      next += 1;
      await session.signIn({ accessToken: `A${next}`, refreshToken: `R${next}`, expiresIn: 0 });
      return keeper.apply(new Response());
    }
    try {
      return keeper.apply(await session.fetch("https://api.example/"));
    } catch (error) {
      return new Response(error.code ?? error.stack, { status: 500 });
    }
  },
};
