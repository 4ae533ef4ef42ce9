/** Verifiers for one kind of token each (`core/guide/profiles.md`). */
export {
  AccessToken,
  AccessTokenClient,
  type AccessTokenOptions,
  AccessTokenVerifier,
  type StepUp,
} from "./access_token_verifier.js";
export { type AlbOptions, AlbToken, AlbVerifier } from "./alb_verifier.js";
export { IdToken } from "./id_token.js";
export { type FurtherOptions, type IdTokenOptions, IdTokenVerifier } from "./id_token_verifier.js";
export { anyNonce, type Login, type LoginBegin, withoutNonce } from "./login.js";
export { LogoutToken, type LogoutTokenOptions, LogoutTokenVerifier } from "./logout_token_verifier.js";
export type { OnceOptions } from "./once.js";
export type { CallOptions, KeysOf, SettingsDocument } from "./profile.js";
export { type Replay, type ReplayCheck, type ReplayStore, ReplayWindow, withoutReplayCheck } from "./replay.js";
export { SecurityEvent, type SecurityEventOptions, SecurityEventVerifier } from "./security_event_verifier.js";
