/** The pages. */
import settings from "deployment:settings";
import type { Organization } from "./claims.js";
import { type Html, html } from "./html.js";
import type { User } from "./user.js";

export function organizationPage(user: User, organization: Organization): Response {
  const { slug, name, role, projects } = organization;
  return page(
    user,
    name,
    html` <p>You are <b id="role">${role}</b> of ${name}.</p>
      <p><a href="/${slug}/projects">${String(projects.length)} projects</a></p>`,
  );
}

export function projectsPage(user: User, { slug, name, projects }: Organization): Response {
  return page(
    user,
    `Projects of ${name}`,
    html` <ul id="projects">
        ${projects.map((project) => html`<li id="${project.slug}">${project.name}</li>`)}
      </ul>
      <p><a href="/${slug}">${name}</a></p>`,
  );
}

/** For users of several organizations: the URL must name one. */
export function choicePage(user: User, rest: string): Response {
  const { organizations } = user;
  if (organizations.length === 0) return page(user, "No organization", html`<p>Ask somebody to invite you.</p>`);
  const link = ({ slug, name }: Organization): Html => html`<li><a href="/${slug}${rest}">${name}</a></li>`;
  // The start page is the place to choose; any other URL is incomplete.
  return page(
    user,
    "Choose an organization",
    html`<ul id="organizations">
      ${organizations.map(link)}
    </ul>`,
    rest === "" ? 200 : 400,
  );
}

export function signInPage(status: number, reason = ""): Response {
  return page(
    undefined,
    "Sign in",
    html` <p id="reason">${reason}</p>
      <form method="post" action="/sign-in"><button>Sign in</button></form>`,
    status,
  );
}

export function errorPage(status: number, title: string, retryAfter?: number): Response {
  const response = page(undefined, title, html`<p><a href="/">Start page</a></p>`, status);
  if (retryAfter !== undefined) response.headers.set("retry-after", String(Math.ceil(retryAfter)));
  return response;
}

function page(user: User | undefined, title: string, content: Html, status = 200): Response {
  const signedIn =
    user === undefined
      ? html``
      : html` <form method="post" action="/sign-out">
          <span id="user">${user.name}</span> <button>Sign out</button>
        </form>`;
  const { text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
      </head>
      <body>
        ${signedIn}
        <h1>${title}</h1>
        ${content}
      </body>
    </html> `;
  return new Response(text, { status, headers: HEADERS });
}

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  // Pages of a user belong into no cache.
  "cache-control": "private, no-store",
  // A form's target may redirect to the issuer.
  "content-security-policy": `default-src 'none'; connect-src 'self'; form-action 'self' ${new URL(settings.authorizationEndpoint).origin}; frame-ancestors 'none'; base-uri 'none'`,
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
};
