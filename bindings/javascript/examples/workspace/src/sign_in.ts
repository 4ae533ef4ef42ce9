/** Sign-in by authorization code with PKCE (RFC 6749 §4.1, RFC 7636), and sign-out. */
import settings from "deployment:settings";
import { errorPage, signInPage } from "./pages.js";
import { isSecure, openSession } from "./session.js";
import { userOf } from "./user.js";

/** Sends the browser to the issuer. What the answer must fit waits in a cookie. */
export async function startSignIn(): Promise<Response> {
  const [state, nonce, verifier] = [secret(), secret(), secret()];
  const challenge = base64url(
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))),
  );
  const url = new URL(settings.authorizationEndpoint);
  url.search = new URLSearchParams({
    ...{ response_type: "code", client_id: settings.clientId, redirect_uri: REDIRECT_URI, scope: "openid profile" },
    ...{ state, nonce, code_challenge: challenge, code_challenge_method: "S256" },
  }).toString();
  return redirect(url.href, cookie([state, nonce, verifier].join("."), 600));
}

/** Takes the code that the issuer has sent with the browser. */
export async function endSignIn(request: Request, ctx: ExecutionContext): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const [state, nonce, verifier] = pending(request);
  const code = searchParams.get("code");
  if (state === undefined || nonce === undefined || verifier === undefined || searchParams.get("state") !== state) {
    return signInPage(400, "That sign-in was not started in this browser, or has taken too long.");
  }
  if (code === null) return signInPage(403, "The issuer has refused to sign you in.");
  const tokens = await exchange(code, verifier);
  if (tokens === undefined) return errorPage(502, "The issuer did not answer; sign in again");
  const user = await userOf(tokens.accessToken, tokens.idToken);
  if (user === undefined || user.nonce !== nonce) return signInPage(403, "The issuer's tokens are refused.");
  const { keeper, session } = openSession(request, ctx);
  await session.signIn(tokens);
  return keeper.apply(redirect("/", cookie("", 0)));
}

/** Forgets the tokens, and tells the issuer. Its answer is not waited for. */
export async function signOut(request: Request, ctx: ExecutionContext): Promise<Response> {
  const { keeper, session } = openSession(request, ctx);
  const tokens = await session.tokens();
  await session.signOut();
  if (tokens?.refreshToken !== undefined) {
    // RFC 7009.
    const revocation = post(settings.revocationEndpoint, {
      token: tokens.refreshToken,
      token_type_hint: "refresh_token",
    });
    ctx.waitUntil(revocation.catch((error: unknown) => console.log(`revocation failed: ${String(error)}`)));
  }
  return keeper.apply(redirect("/sign-in"));
}

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly expiresIn: number | undefined;
  readonly idToken: string;
}

async function exchange(code: string, verifier: string): Promise<Tokens | undefined> {
  try {
    const form = { grant_type: "authorization_code", code, redirect_uri: REDIRECT_URI, code_verifier: verifier };
    const response = await post(settings.tokenEndpoint, form);
    if (response.status !== 200) return undefined;
    const { access_token, refresh_token, expires_in, id_token } = (await response.json()) as Record<string, unknown>;
    if (typeof access_token !== "string" || typeof id_token !== "string") return undefined;
    return {
      accessToken: access_token,
      refreshToken: typeof refresh_token === "string" ? refresh_token : undefined,
      expiresIn: typeof expires_in === "number" ? expires_in : undefined,
      idToken: id_token,
    };
  } catch (error) {
    console.log(`token endpoint: ${String(error)}`);
    return undefined;
  }
}

function post(url: string, form: Record<string, string>): Promise<Response> {
  const body = new URLSearchParams({ ...form, client_id: settings.clientId });
  return fetch(url, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(5000) });
}

function pending(request: Request): readonly string[] {
  const values = (request.headers.get("cookie") ?? "").split("; ").filter((each) => each.startsWith(`${COOKIE}=`));
  return values.length === 1 ? (values[0] ?? "").slice(COOKIE.length + 1).split(".") : [];
}

function cookie(value: string, seconds: number): string {
  return `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${isSecure ? "; Secure" : ""}`;
}

function redirect(location: string, cookie?: string): Response {
  const headers = new Headers({ location, "cache-control": "no-store" });
  if (cookie !== undefined) headers.append("set-cookie", cookie);
  return new Response(null, { status: 303, headers });
}

function secret(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(octets: Uint8Array): string {
  return btoa(String.fromCharCode(...octets)).replace(/[+/=]/g, (sign) => ({ "+": "-", "/": "_" })[sign] ?? "");
}

const COOKIE = isSecure ? "__Host-sign-in" : "sign-in";
const REDIRECT_URI = new URL("/sign-in/callback", settings.origin).href;
