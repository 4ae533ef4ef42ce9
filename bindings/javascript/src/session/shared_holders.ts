/**
 * The refreshes of this process, by refresh token, so that concurrent requests of one browser make one
 * refresh and all get its result. Only values are shared: nobody waits for another request's promise.
 */
import type { StoredTokens } from "./tokens.js";
import type { TokenHolder } from "./token_holder.js";

/** The key of a refresh token: a hash, of one client of one token endpoint. */
export async function shareKey(tokens: StoredTokens, sharedBy: string): Promise<string> {
  const octets = new TextEncoder().encode(`${sharedBy}\n${tokens.refreshToken ?? ""}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", octets));
  return String.fromCharCode(...digest);
}

/** The holder that other requests use already, or this one from now on. */
export function share(key: string, holder: TokenHolder): TokenHolder {
  const now = performance.now() / 1000;
  for (const [each, entry] of holders) {
    if (entry.until <= now && !entry.holder.core.health().isRefreshing) holders.delete(each);
  }
  const known = holders.get(key);
  if (known !== undefined) return known.holder;
  keep(key, holder);
  return holder;
}

/** Keeps a holder for requests with this key. */
export function keep(key: string, holder: TokenHolder): void {
  const until = performance.now() / 1000 + holder.core.sharingTime;
  holders.set(key, { holder, until });
}

const holders = new Map<string, { readonly holder: TokenHolder; readonly until: number }>();
