import { randomUUID } from "node:crypto";
import type { RunningHouse } from "../setup/house.ts";

/** Just enough of a client to measure with. @throws {Error} what was answered instead */
export function clientOf(house: Pick<RunningHouse, "url" | "operatorToken">) {
  async function call<T>(method: string, path: string, token: string | undefined, body?: unknown): Promise<T> {
    const isRaw = body instanceof Uint8Array;
    const answer = await fetch(house.url + path, {
      method,
      body: body === undefined ? undefined : isRaw ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body),
      headers: {
        ...(body === undefined ? {} : { "Content-Type": isRaw ? "application/octet-stream" : "application/json" }),
        ...(method === "POST" ? { "Idempotency-Key": randomUUID() } : {}),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${(await answer.text()).slice(0, 500)}`);
    return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T);
  }

  /** A city with everything that its administrator may do, as all roles at once. */
  async function city(slug: string) {
    const administrator = `admin@${slug}.example`;
    const order = {
      name: slug,
      slug,
      country: "FR",
      currency: "EUR",
      languages: ["fr"],
      timeZone: "UTC",
      isSynthetic: true,
      administrator,
    };
    await call("POST", "/control/v1/cities", house.operatorToken, order);
    const at = `/cities/${slug}`;
    const signIn = async (contact: string) => {
      await call("POST", `${at}/v1/sign-in-codes`, undefined, { contact });
      const { messages } = await call<{ messages: { to: string; text: string }[] }>(
        "GET",
        `/control/v1/outbox?city=${slug}`,
        house.operatorToken,
      );
      const code = /\b\d{6}\b/.exec(messages.find(({ to }) => to === contact)!.text)![0];
      return (await call<{ token: string }>("POST", `${at}/v1/sessions`, undefined, { contact, code })).token;
    };
    const admin = await signIn(administrator);
    const contact = `all@${slug}.example`;
    await call("POST", `${at}/v1/staff`, admin, {
      contact,
      roles: ["agent", "treasurer", "data_officer", "administrator"],
    });
    return cityAs(slug, await signIn(contact));
  }

  /** A city that is there, also in a house that was started again. */
  function cityAs(slug: string, token: string) {
    const at = `/cities/${slug}`;
    return {
      slug,
      token,
      get: <T>(path: string) => call<T>("GET", at + path, token),
      post: <T>(path: string, body?: unknown) => call<T>("POST", at + path, token, body),
      put: <T>(path: string, body?: unknown) => call<T>("PUT", at + path, token, body),
      upload: async <T>(
        path: string,
        filename: string,
        bytes: Uint8Array | string,
        fields: Record<string, string> = {},
      ): Promise<T> => {
        const form = new FormData();
        form.set("file", new File([bytes as Uint8Array<ArrayBuffer>], filename));
        for (const [name, value] of Object.entries(fields)) form.set(name, value);
        const answer = await fetch(house.url + at + path, {
          method: "POST",
          body: form,
          headers: { Authorization: `Bearer ${token}` },
        });
        if (!answer.ok) throw new Error(`${path}: ${answer.status} ${(await answer.text()).slice(0, 500)}`);
        return (await answer.json()) as T;
      },
    };
  }
  return { city, cityAs };
}
