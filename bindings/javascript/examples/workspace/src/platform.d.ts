/** What workerd has beyond the web's interfaces, as far as this service needs it. */

interface ExecutionContext {
  waitUntil(work: Promise<unknown>): void;
}

interface ServerSocket extends WebSocket {
  accept(): void;
}

declare const WebSocketPair: new () => { readonly 0: WebSocket; readonly 1: ServerSocket };

interface ResponseInit {
  /** The browser's end of a WebSocket, for status 101. */
  webSocket?: WebSocket;
}

/** settings.json of the deployment. */
declare module "deployment:settings" {
  const settings: {
    /** Where browsers find this service. */
    readonly origin: string;
    readonly issuer: string;
    /** `aud` of access tokens. */
    readonly audience: string;
    /** `aud` of ID tokens. */
    readonly clientId: string;
    readonly authorizationEndpoint: string;
    readonly tokenEndpoint: string;
    readonly revocationEndpoint: string;
  };
  export default settings;
}

/** The JWK Set that was baked in; `null` if keys are fetched at run time. */
declare module "deployment:jwks" {
  const jwks: object | null;
  export default jwks;
}
