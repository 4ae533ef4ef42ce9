/**
 * A client's access token: kept, sent with requests, refreshed before it expires.
 *
 * @packageDocumentation
 */
export type { SessionClock } from "./clock.js";
export {
  CookieKeeper,
  cookieKeeper,
  type CookieKeeperOptions,
  type CookieSource,
  type NodeAnswer,
} from "./cookie_keeper.js";
export type { RefreshSettings, SessionHealth } from "./core_session.js";
export { memoryKeeper, type TokenKeeper } from "./keeper.js";
export {
  type Refresh,
  type RefreshContext,
  RefreshFailedError,
  refreshWith,
  type TokenEndpointOptions,
} from "./refresh.js";
export { storageKeeper, type StorageKeeperOptions, type TabLocks, type TokenStorage } from "./storage_keeper.js";
export type { SessionEvent } from "./token_holder.js";
export { TokenSession, type TokenSessionOptions } from "./token_session.js";
export type { IssuedTokens, StoredTokens } from "./tokens.js";
