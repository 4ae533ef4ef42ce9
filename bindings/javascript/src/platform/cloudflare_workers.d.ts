declare module "cloudflare:workers" {
  /** Extends the lifetime of the current request. Throws outside of requests. */
  export const waitUntil: ((work: Promise<unknown>) => void) | undefined;
}
