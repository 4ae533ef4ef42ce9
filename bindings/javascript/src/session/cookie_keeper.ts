/** Keeps tokens in cookies, for one request of a server or an edge worker. */
import { callWith, Status } from "../core/memory.js";
import { ownOptions } from "../core/own.js";
import { joinValue, readCookies, removal, splitValue } from "./cookies.js";
import type { TokenKeeper } from "./keeper.js";
import { readStored, type StoredTokens } from "./tokens.js";

/** A request, as the web and as Node have it. */
export type CookieSource =
  | { readonly url?: string | undefined; readonly headers: Headers }
  | { readonly url?: string | undefined; readonly headers: Readonly<Record<string, string | string[] | undefined>> };

/** An answer of Node's servers, as far as a keeper needs it: `http.ServerResponse`. */
export interface NodeAnswer {
  readonly headersSent: boolean;
  // Node's has several forms.
  writeHead: (...given: any[]) => any;
  appendHeader(name: string, value: string | readonly string[]): unknown;
  setHeader(name: string, value: string | readonly string[]): unknown;
}

/** What the cookies are like. */
export interface CookieKeeperOptions {
  /** The cookies' name, after `__Host-` (`session`). */
  readonly name?: string | undefined;
  /** `Lax` by default; `Strict` also hides the session from links of other sites. */
  readonly sameSite?: "Lax" | "Strict" | undefined;
  /** For how many seconds browsers keep the cookies; without it until they are closed. */
  readonly maxAge?: number | undefined;
  /** Nothing can be stored. Without it that is so for requests with an `Upgrade` header, such as WebSockets. */
  readonly readOnly?: boolean | undefined;
  /**
   * `false` for plain http on this machine, where some browsers refuse secure cookies: neither `Secure` nor
   * `__Host-`. Give the origin that browsers use as `origin`.
   */
  readonly secure?: boolean | undefined;
  /** Needed with `secure: false` where the request has no absolute URL. */
  readonly origin?: string | undefined;
}

/** A keeper for the tokens of one request. */
export function cookieKeeper(request: CookieSource, options?: CookieKeeperOptions): CookieKeeper {
  return new CookieKeeper(request, options);
}

/** Reads tokens from the cookies of a request, and collects Set-Cookie lines for its answer. */
export class CookieKeeper implements TokenKeeper {
  readonly perRequest = true;
  readonly #name: string;
  readonly #attributes: string;
  readonly #cookies: ReadonlyMap<string, string | undefined>;
  readonly #isReadOnly: boolean;
  #kept: StoredTokens | undefined;
  #lines: string[] = [];
  #isAnswered = false;

  /**
   * @throws TypeError for a name that no cookie can have, and for `secure: false` on another machine.
   */
  constructor(request: CookieSource, given?: CookieKeeperOptions) {
    const {
      name = "session",
      sameSite = "Lax",
      maxAge,
      readOnly,
      secure = true,
      origin,
    } = ownOptions(given, COOKIE_OPTIONS);
    if (!TOKEN.test(name)) throw new TypeError("name must be one of a cookie: letters, digits and some signs");
    if (sameSite !== "Lax" && sameSite !== "Strict") throw new TypeError("sameSite must be Lax or Strict");
    if (maxAge !== undefined && !(Number.isInteger(maxAge) && maxAge > 0)) {
      throw new TypeError("maxAge must be a whole number of seconds, at least 1");
    }
    if (!secure && !isLoopback(origin ?? request.url)) {
      throw new TypeError("secure: false is for http on this machine only; leave it out");
    }
    this.#name = secure ? `__Host-${name}` : name;
    const age = maxAge === undefined ? "" : `; Max-Age=${maxAge}`;
    this.#attributes = `; Path=/; HttpOnly; SameSite=${sameSite}${secure ? "; Secure" : ""}${age}`;
    this.#cookies = readCookies(header(request, "cookie"));
    this.#isReadOnly = readOnly ?? header(request, "upgrade") !== "";
    this.#kept = decode(joinValue(this.#name, this.#cookies));
  }

  /** The Set-Cookie lines for the answer; none unless the tokens have changed. */
  get setCookies(): readonly string[] {
    return this.#lines;
  }

  load(): StoredTokens | undefined {
    return this.#kept;
  }

  /** @throws RangeError if the tokens are too large for cookies. */
  store(tokens: StoredTokens): void {
    this.#change();
    this.#lines = splitValue(this.#name, encode(tokens), this.#attributes, this.#cookies.keys());
    this.#kept = tokens;
  }

  remove(): void {
    this.#change();
    this.#lines = removal(this.#name, this.#attributes, this.#cookies.keys());
    this.#kept = undefined;
  }

  canStore(): boolean {
    return !this.#isReadOnly && !this.#isAnswered;
  }

  /**
   * The answer with the Set-Cookie lines, and `Cache-Control: no-store` if there are any. Nothing can be
   * stored afterwards.
   */
  apply(response: Response): Response {
    this.#isAnswered = true;
    if (this.#lines.length === 0) return response;
    const answer = new Response(response.body, response);
    for (const line of this.#lines) answer.headers.append("set-cookie", line);
    answer.headers.set("cache-control", "no-store");
    return answer;
  }

  /**
   * Answers a request: what `work` gives, or what `failed` makes of its error, with the Set-Cookie lines. So none is
   * forgotten, whatever happens.
   *
   * @throws what `failed` throws; the lines are lost then.
   */
  async answer(
    work: () => Response | Promise<Response>,
    failed: (error: unknown) => Response | Promise<Response>,
  ): Promise<Response> {
    let response: Response;
    try {
      response = await work();
    } catch (error) {
      response = await failed(error);
    }
    return this.apply(response);
  }

  /**
   * Adds the Set-Cookie lines when Node sends the answer, also one of Express's error handler.
   * Call it before anything is sent. Nothing can be stored once the headers are sent.
   *
   * @throws TypeError if the headers are sent already.
   */
  attach(response: NodeAnswer): void {
    if (response.headersSent) throw new TypeError("the headers of the answer are sent already");
    const { writeHead } = response;
    response.writeHead = (...given: unknown[]) => {
      response.writeHead = writeHead;
      this.#isAnswered = true;
      if (this.#lines.length > 0) addLines(response, given, this.#lines);
      return writeHead.apply(response, given);
    };
  }

  #change(): void {
    if (!this.canStore()) throw new TypeError("no cookie can be set with the answer to this request");
  }
}

/** Adds lines to those of the answer. The headers that it is sent with would replace the others. */
function addLines(response: NodeAnswer, given: unknown[], lines: readonly string[]): void {
  const headers = given.at(-1);
  if (typeof headers === "object" && headers !== null) {
    given.pop();
    const seen = new Set(["set-cookie"]);
    for (const [name, value] of pairs(headers)) {
      if (seen.has(name.toLowerCase())) response.appendHeader(name, value);
      else response.setHeader(name, value);
      seen.add(name.toLowerCase());
    }
  }
  response.appendHeader("set-cookie", lines);
  response.setHeader("cache-control", "no-store");
}

type HeaderPair = [name: string, value: string | readonly string[]];

/** Headers as Node takes them: an object, a list of pairs, or a flat list. */
function pairs(headers: object): HeaderPair[] {
  if (!Array.isArray(headers)) return Object.entries(headers) as HeaderPair[];
  if (Array.isArray(headers[0])) return headers as HeaderPair[];
  return headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1]] as HeaderPair] : []));
}

function header(request: CookieSource, name: string): string {
  const { headers } = request;
  if (typeof headers.get === "function") return (headers as Headers).get(name) ?? "";
  const value = Object.hasOwn(headers, name)
    ? (headers as Record<string, string | string[] | undefined>)[name]
    : undefined;
  return Array.isArray(value) ? value.join("; ") : (value ?? "");
}

function isLoopback(url: string | undefined): boolean {
  return url !== undefined && /^http:/i.test(url) && callWith("verijot_check_url", [], [url]) === Status.Done;
}

/** Members between bars, which are allowed in cookies, and which encoded text does not have. */
function encode(tokens: StoredTokens): string {
  const { issuedAt, expiresIn, accessToken, refreshToken, idToken } = tokens;
  return [issuedAt, expiresIn ?? "", accessToken, refreshToken ?? "", idToken ?? ""].map(encodeURIComponent).join("|");
}

function decode(value: string | undefined): StoredTokens | undefined {
  try {
    const members = value?.split("|").map(decodeURIComponent);
    if (members?.length !== 5) return undefined;
    const [issuedAt, expiresIn, accessToken, refreshToken, idToken] = members as [
      string,
      string,
      string,
      string,
      string,
    ];
    return readStored({
      issuedAt: issuedAt === "" ? NaN : Number(issuedAt),
      expiresIn: expiresIn === "" ? undefined : Number(expiresIn),
      accessToken,
      refreshToken: refreshToken === "" ? undefined : refreshToken,
      idToken: idToken === "" ? undefined : idToken,
    });
  } catch {
    return undefined;
  }
}

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const COOKIE_OPTIONS = ["name", "sameSite", "maxAge", "readOnly", "secure", "origin"] as const;
