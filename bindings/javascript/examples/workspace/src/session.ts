/** The session of one request: the tokens in its cookies. */
import settings from "deployment:settings";
import { cookieKeeper, type CookieKeeper, refreshWith, TokenSession } from "verijot/session";

export interface RequestSession {
  readonly keeper: CookieKeeper;
  readonly session: TokenSession;
}

/** Whether browsers use https. Without it the service runs on the developer's machine. */
export const isSecure = settings.origin.startsWith("https:");

/**
 * Opens the session of a request.
 *
 * @param answer gets requests that {@link TokenSession.fetch} has given an access token.
 */
export function openSession(
  request: Request,
  ctx: ExecutionContext,
  answer?: (request: Request, session: TokenSession) => Promise<Response>,
): RequestSession {
  const { origin } = settings;
  const keeper = cookieKeeper(request, isSecure ? {} : { secure: false, origin });
  const session = new TokenSession({
    refresh,
    keeper,
    allowedOrigins: [origin],
    fetch: async (input, init) => {
      if (answer === undefined) throw new TypeError("this session sends no requests");
      return answer(new Request(input, init), session);
    },
    waitUntil: (work) => ctx.waitUntil(work),
    onEvent: (event) => {
      if (event.kind === "refresh_failed") console.log(`refresh failed: ${event.failure}`);
    },
  });
  return { keeper, session };
}

const refresh = refreshWith({ tokenEndpoint: settings.tokenEndpoint, clientId: settings.clientId });
