import { inject } from "vitest";
import { newId } from "../shared/ids.ts";
import type { Role } from "../shared/who.ts";
import type { TargetInfo } from "./setup/target.ts";

/** What the suite runs against: the embedded house, or the CDK app on the emulator. */
export let target = inject("target");
/** For tests that harm a house and so need one of their own. */
export const speakTo = (house: Pick<TargetInfo, "url" | "operatorToken">): void => {
  target = { ...target, ...house };
};

export type As = Role | "operator" | "nobody" | { token: string };
export interface Options {
  as?: As;
  headers?: Record<string, string>;
}

export interface TestCity {
  slug: string;
  name: string;
  /** The city's address, without a slash at the end. */
  url: string;
  administrator: string;
  id(kind: string): string;
  get(path: string, options?: Options): Promise<Response>;
  /** Sends JSON, unless `body` is bytes, text or form data. Each call has an Idempotency-Key of its own. */
  post(path: string, body?: unknown, options?: Options): Promise<Response>;
  put(path: string, body?: unknown, options?: Options): Promise<Response>;
  patch(path: string, body?: unknown, options?: Options): Promise<Response>;
  delete(path: string, options?: Options): Promise<Response>;
  /** One file as multipart/form-data, with further fields. */
  upload(
    path: string,
    filename: string,
    bytes: Uint8Array | string,
    options?: Options & { fields?: Record<string, string> },
  ): Promise<Response>;
  /** The bearer token of somebody with this role; made at its first use. */
  token(role: Role): Promise<string>;
  /** Signs a resident in by a code to this contact. */
  signIn(contact: string): Promise<string>;
  /** A browser of its own: keeps cookies, follows no redirect, asks for HTML. */
  browser(as?: Role | { contact: string }): Promise<Browser>;
  /** The texts that were sent to this contact, the latest first. */
  messages(to: string): Promise<string[]>;
}

export interface Browser {
  get(path: string): Promise<Response>;
  /** Submits a form as a browser does; `csrf` is read from the page `from` when it is given. */
  submit(path: string, fields: Record<string, string | File>, from?: string): Promise<Response>;
}

const house = (path: string, init: RequestInit = {}) =>
  fetch(target.url + path, {
    ...init,
    redirect: "manual",
    headers: { Authorization: `Bearer ${target.operatorToken}`, ...init.headers },
  });

/** Speaks to the house itself as its operator. */
export const operator = {
  get: (path: string) => house(path),
  post: (path: string, body: unknown) =>
    house(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
  delete: (path: string) => house(path, { method: "DELETE" }),
  upload: (path: string, bytes: Uint8Array, contentType: string) =>
    house(path, {
      method: "POST",
      headers: { "Content-Type": contentType },
      body: bytes as NonNullable<RequestInit["body"]>,
    }),
};

// What failed is tried again after ten seconds and then after a minute; a third time would be a mistake.
const SOON_MS = 80_000;

/** What a task or a listener does comes soon, and not at once. @throws {Error} it did not come, with what was there */
export async function soon<T>(ask: () => Promise<T>, isThere: (found: T) => boolean): Promise<T> {
  const began = Date.now();
  for (;;) {
    const found = await ask();
    if (isThere(found)) return found;
    const waitedMs = Date.now() - began;
    if (waitedMs > SOON_MS) throw new Error(`it did not come in time: ${JSON.stringify(found)}`);
    // Each question takes time from what it waits for: the longer it takes, the more seldom it is asked.
    await new Promise((resume) => setTimeout(resume, Math.min(50 + waitedMs / 4, 500)));
  }
}

export interface CityOrder {
  name?: string;
  slug?: string;
  country?: string;
  currency?: string;
  languages?: string[];
  timeZone?: string;
  isSynthetic?: boolean;
  [more: string]: unknown;
}

let counter = 0;

/** Brings a city in through the house's own API: each test has its own, so nothing is shared. */
export async function newCity(order: CityOrder = {}): Promise<TestCity> {
  const slug = order.slug ?? `t${process.pid.toString(36)}-${Date.now().toString(36)}${(counter++).toString(36)}`;
  const name = order.name ?? `Test city ${slug}`;
  const administrator = `admin@${slug}.example`;
  const made = await operator.post("/control/v1/cities", {
    name,
    slug,
    country: "FR",
    currency: "EUR",
    languages: ["fr", "en"],
    timeZone: "Europe/Paris",
    isSynthetic: true,
    administrator,
    ...order,
  });
  if (made.status !== 201) throw new Error(`no city: ${made.status} ${await made.text()}`);
  return cityAt(slug, name, administrator);
}

/** A handle on a city that is there already. */
export function cityAt(slug: string, name: string, administrator: string): TestCity {
  const url = `${target.url}/cities/${slug}`;
  const tokens = new Map<Role, Promise<string>>();

  async function messages(to: string): Promise<string[]> {
    const answer = await operator.get(`/control/v1/outbox?city=${slug}`);
    const { messages: all } = (await answer.json()) as { messages: { to: string; text: string }[] };
    return all.filter((message) => message.to === to).map((message) => message.text);
  }
  async function json(path: string, body: unknown, token?: string): Promise<Record<string, unknown>> {
    const answer = await fetch(url + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? {} : ((await answer.json()) as Record<string, unknown>);
  }
  async function code(contact: string): Promise<string> {
    const found = (await messages(contact)).map((text) => /\b(\d{6})\b/.exec(text)?.[1]).find(Boolean);
    if (!found) throw new Error(`no code was sent to ${contact}`);
    return found;
  }
  async function signIn(contact: string): Promise<string> {
    await json("/v1/sign-in-codes", { contact });
    return (await json("/v1/sessions", { contact, code: await code(contact) }))["token"] as string;
  }
  async function newToken(role: Role): Promise<string> {
    if (role === "administrator") return signIn(administrator);
    const contact = `${role.replace("_", "-")}@${slug}.example`;
    if (role !== "resident") await json("/v1/staff", { contact, roles: [role] }, await token("administrator"));
    return signIn(contact);
  }
  function token(role: Role): Promise<string> {
    const found = tokens.get(role) ?? newToken(role);
    tokens.set(role, found);
    return found;
  }
  async function authorization(as: As | undefined): Promise<Record<string, string>> {
    if (as === undefined || as === "nobody") return {};
    if (as === "operator") return { Authorization: `Bearer ${target.operatorToken}` };
    return { Authorization: `Bearer ${typeof as === "string" ? await token(as) : as.token}` };
  }
  async function send(method: string, path: string, body: unknown, options: Options = {}): Promise<Response> {
    const raw = body instanceof Uint8Array || typeof body === "string" || body instanceof FormData;
    return fetch(url + path, {
      method,
      redirect: "manual",
      body: body === undefined ? undefined : raw ? (body as NonNullable<RequestInit["body"]>) : JSON.stringify(body),
      headers: {
        ...(body === undefined || raw ? {} : { "Content-Type": "application/json" }),
        ...(method === "POST" ? { "Idempotency-Key": newId("key", new Date()) } : {}),
        ...(await authorization(options.as)),
        ...options.headers,
      },
    });
  }

  return {
    slug,
    name,
    url,
    administrator,
    id: (kind) => newId(kind, new Date()),
    get: (path, options) => send("GET", path, undefined, options),
    post: (path, body, options) => send("POST", path, body, options),
    put: (path, body, options) => send("PUT", path, body, options),
    patch: (path, body, options) => send("PATCH", path, body, options),
    delete: (path, options) => send("DELETE", path, undefined, options),
    async upload(path, filename, bytes, options = {}) {
      const fields = new FormData();
      fields.set("file", new File([bytes as Uint8Array<ArrayBuffer>], filename));
      for (const [field, value] of Object.entries(options.fields ?? {})) fields.set(field, value);
      return send("POST", path, fields, options);
    },
    token,
    signIn,
    messages,
    async browser(as) {
      const jar = new Map<string, string>();
      const visit = async (path: string, init: RequestInit = {}) => {
        const answer = await fetch(path.startsWith("/cities/") ? target.url + path : url + path, {
          ...init,
          redirect: "manual",
          headers: { Accept: "text/html", Cookie: [...jar].map(([k, v]) => `${k}=${v}`).join("; "), ...init.headers },
        });
        for (const line of answer.headers.getSetCookie()) {
          const [, cookie, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
          if (cookie) jar.set(cookie, value ?? "");
        }
        return answer;
      };
      const browser: Browser = {
        get: (path) => visit(path),
        async submit(path, fields, from) {
          const all = new FormData();
          // It stands first in every form.
          const csrf = from && /name="csrf" value="([^"]*)"/.exec(await (await visit(from)).text())?.[1];
          if (csrf) all.set("csrf", csrf);
          for (const [field, value] of Object.entries(fields)) all.set(field, value);
          return visit(path, {
            method: "POST",
            body: all,
            headers: { Origin: target.url, ...(from === undefined ? {} : { Referer: url + from }) },
          });
        },
      };
      if (as) {
        const contact =
          typeof as === "object"
            ? as.contact
            : as === "administrator"
              ? administrator
              : `${as.replace("_", "-")}@${slug}.example`;
        if (typeof as === "string" && as !== "resident" && as !== "administrator") await token(as);
        await browser.submit("/sign-in", { contact });
        const done = await browser.submit("/sign-in/code", { contact, code: await code(contact) });
        if (done.status !== 303) throw new Error(`no sign-in: ${done.status}`);
      }
      return browser;
    },
  };
}
