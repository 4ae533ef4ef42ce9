/** The service: pages of organizations for those who are members, by the claims of their tokens. */
import settings from "deployment:settings";
import { RefreshUnavailableError, SignInNeededError, StorageNeededError, UnavailableError } from "verijot";
import type { TokenSession } from "verijot/session";
import { placeOf } from "./membership.js";
import { choicePage, errorPage, organizationPage, projectsPage, signInPage } from "./pages.js";
import { openSession } from "./session.js";
import { endSignIn, signOut, startSignIn } from "./sign_in.js";
import { openSocket } from "./socket.js";
import { userOf } from "./user.js";

export default {
  async fetch(request: Request, _: unknown, ctx: ExecutionContext): Promise<Response> {
    try {
      return await respond(request, ctx);
    } catch (error) {
      return failure(error);
    }
  },
};

async function respond(request: Request, ctx: ExecutionContext): Promise<Response> {
  const { pathname } = new URL(request.url);
  const isUpgrade = request.headers.get("upgrade")?.toLowerCase() === "websocket";
  const isRead = request.method === "GET" || request.method === "HEAD";
  // Nobody else's page may post here or open sockets, not even one of the same site.
  if ((isUpgrade || !isRead) && request.headers.get("origin") !== settings.origin)
    return errorPage(403, "That came from elsewhere");
  switch (`${isRead ? "GET" : request.method} ${pathname}`) {
    case "GET /sign-in":
      return signInPage(200);
    case "POST /sign-in":
      return startSignIn();
    case "GET /sign-in/callback":
      return endSignIn(request, ctx);
    case "POST /sign-out":
      return signOut(request, ctx);
    default:
      return isRead ? withTokens(request, ctx) : errorPage(405, "Not allowed");
  }
}

/**
 * Answers with the tokens of the cookies, refreshed first if they are about to expire. `session.fetch` treats
 * the pages as what they are, a resource server, only in the same process: an answer with 401, such as for
 * tokens of a key that is gone since the last deployment, is tried again with newer tokens.
 */
async function withTokens(request: Request, ctx: ExecutionContext): Promise<Response> {
  const { keeper, session } = openSession(request, ctx, pageFor);
  const { pathname, search } = new URL(request.url);
  const { method, headers } = request;
  const url = new URL(pathname + search, settings.origin);
  // Whatever the answer is: without the new cookies the new refresh token would be lost.
  return keeper.answer(() => session.fetch(url, { method, headers, redirect: "manual" }), failure);
}

function failure(error: unknown): Response {
  if (error instanceof SignInNeededError) return signInPage(401);
  // An upgrade can set no cookies, so nothing was refreshed.
  if (error instanceof StorageNeededError) return errorPage(401, "Load a page first");
  if (error instanceof RefreshUnavailableError || error instanceof UnavailableError) {
    return errorPage(503, "Try again in a moment", error.retryAfter);
  }
  console.error(error);
  return errorPage(500, "That failed");
}

/** The answer to a request with an access token. */
async function pageFor(request: Request, session: TokenSession): Promise<Response> {
  const accessToken = (request.headers.get("authorization") ?? "").slice("Bearer ".length);
  const user = await userOf(accessToken, (await session.tokens())?.idToken);
  if (user === undefined) return signInPage(401, "Your tokens are refused.");
  const place = placeOf(user, new URL(request.url).pathname);
  if (place.kind === "missing") return errorPage(404, "There is no such page");
  if (place.kind === "unnamed") return choicePage(user, place.rest);
  const isUpgrade = request.headers.get("upgrade")?.toLowerCase() === "websocket";
  switch (place.rest) {
    case "/projects":
      return projectsPage(user, place.organization);
    case "/socket":
      return isUpgrade ? openSocket(user, place.organization.slug) : errorPage(426, "Open a WebSocket");
    default:
      return organizationPage(user, place.organization);
  }
}
