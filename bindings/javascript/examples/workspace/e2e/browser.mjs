// Somebody with Chromium.
import { chromium, tool } from "../../../tests/hosts/runtimes.mjs";

export class Browser {
  #browser;
  #context;
  #page;
  #origin;

  static async start(origin) {
    const browser = new Browser();
    browser.#origin = origin;
    browser.#browser = await tool("playwright-core").chromium.launch({
      executablePath: chromium(),
      args: [
        ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
        ...["--disable-component-update", "--disable-sync"],
      ],
    });
    browser.#context = await browser.#browser.newContext();
    browser.#page = await browser.#context.newPage();
    browser.#page.setDefaultTimeout(20_000);
    return browser;
  }

  close() {
    return this.#browser.close();
  }

  /** Begins without cookies, and ends on the page after the sign-in. */
  async signIn(user) {
    await this.#context.clearCookies();
    await this.load("/sign-in");
    await this.#page.click('form[action="/sign-in"] button');
    await this.#page.click(`button[value=${user}]`);
    await this.#page.waitForURL(`${this.#origin}/**`);
  }

  async signOut() {
    await this.#page.click('form[action="/sign-out"] button');
    await this.#page.waitForURL(`${this.#origin}/sign-in`);
  }

  /** Loads a page and gives its status. */
  async load(path) {
    return (await this.#page.goto(this.#origin + path)).status();
  }

  async reload() {
    return (await this.#page.reload()).status();
  }

  async click(link) {
    await Promise.all([this.#page.waitForNavigation(), this.#page.click(`a:text-is("${link}")`)]);
  }

  get path() {
    return new URL(this.#page.url()).pathname;
  }

  text(selector) {
    return this.#page.textContent(selector);
  }

  texts(selector) {
    return this.#page.locator(selector).allTextContents();
  }

  links(selector) {
    return this.#page.locator(selector).evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  }

  /** The statuses of concurrent requests of the page. */
  fetchAll(paths) {
    return this.#page.evaluate((paths) => Promise.all(paths.map(async (path) => (await fetch(path)).status)), paths);
  }

  /** The cookies as a header has them. */
  async cookie() {
    return (await this.#context.cookies(this.#origin)).map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  /** Takes the cookies of a header, and no others. */
  async setCookie(header) {
    await this.#context.clearCookies();
    const cookies = header.split("; ").map((each) => each.split(/=(.*)/s));
    await this.#context.addCookies(
      cookies.map(([name, value]) => ({ name, value, url: this.#origin, httpOnly: true, sameSite: "Lax" })),
    );
  }

  /** Opens a WebSocket; gives a handle, or `undefined` if it is refused. */
  async open(path) {
    const isOpen = await this.#page.evaluate((path) => {
      globalThis.socket = new WebSocket(path.replace(/^http/, "ws"));
      return new Promise((done) => {
        socket.onopen = () => done(true);
        socket.onerror = () => done(false);
      });
    }, this.#origin + path);
    return isOpen ? this.#page.evaluateHandle(() => socket) : undefined;
  }

  /** The answer to a message, or `closed: ` and the code. */
  say(socket, message) {
    return socket.evaluate((socket, message) => {
      socket.send(message);
      return new Promise((done) => {
        socket.onmessage = ({ data }) => done(data);
        socket.onclose = ({ code }) => done(`closed: ${code}`);
      });
    }, message);
  }

  /** Opens a WebSocket for one message; `refused` if it does not open. */
  async echo(path, message) {
    const socket = await this.open(path);
    return socket === undefined ? "refused" : this.say(socket, message);
  }
}
