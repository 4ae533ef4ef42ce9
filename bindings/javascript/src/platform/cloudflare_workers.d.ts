declare module "cloudflare:workers" {
  /** Extends the lifetime of the current request. Throws outside of requests. */
  export function waitUntil(work: Promise<unknown>): void;
}
