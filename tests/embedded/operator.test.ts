import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningHouse, runHouse } from "../setup/house.ts";

let house: RunningHouse;
const jar = new Map<string, string>();

/** The operator's browser: keeps cookies, follows no redirect. */
async function visit(path: string, fields?: Record<string, string>): Promise<Response> {
  const answer = await fetch(house.url + path, {
    method: fields ? "POST" : "GET",
    body: fields && new URLSearchParams(fields),
    redirect: "manual",
    headers: { Accept: "text/html", Cookie: [...jar].map(([k, v]) => `${k}=${v}`).join("; ") },
  });
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
    if (value) jar.set(name!, value);
    else jar.delete(name!);
  }
  return answer;
}
const csrfOf = async (path: string) => /name="csrf" value="([^"]+)"/.exec(await (await visit(path)).text())![1]!;

beforeAll(async () => {
  house = await runHouse();
});
afterAll(() => house?.stop());

test("an operator's whole errand on pages: a city in, its outbox, its export, and out again", async () => {
  const invited = await fetch(`${house.url}/control/v1/links`, {
    method: "POST",
    headers: { Authorization: `Bearer ${house.operatorToken}` },
  });
  const { link } = (await invited.json()) as { link: string };
  const token = new URL(link).searchParams.get("token")!;
  // Whoever was sent to sign in gets to where they wanted, and never to another site.
  for (const elsewhere of ["//evil.example/control", "https://evil.example", "/control\\evil", "/cities/x/staff"])
    await visit(`/control/sign-in?next=${encodeURIComponent(elsewhere)}`);
  expect(jar.has("hansa_operator_next")).toBe(false);
  const sent = (await visit("/control/outbox?city=x")).headers.get("location")!;
  expect((await visit(sent)).status).toBe(200);
  expect((await visit(link.slice(house.url.length))).status).toBe(200);
  expect((await visit("/control/sign-in", { token })).headers.get("location")).toBe("/control/outbox?city=x");
  expect(jar.has("hansa_operator_next")).toBe(false);
  expect((await visit("/control/sign-in", { token, csrf: await csrfOf("/control") })).status).toBe(401);

  const csrf = await csrfOf("/control/cities/new");
  const order = {
    csrf,
    name: "Bouaké",
    slug: "bouake",
    country: "ci",
    currency: "xof",
    languages: "fr",
    timeZone: "Africa/Abidjan",
    administrator: "mairie@bouake.example",
    isSynthetic: "yes",
  };
  const wrong = await visit("/control/cities", { ...order, timeZone: "Mars", boundary: "{" });
  expect(wrong.status).toBe(422);
  expect(await wrong.text()).toContain('value="Bouaké"');
  expect((await visit("/control/cities", { ...order, csrf: "x" })).status).toBe(403);
  const done = await visit("/control/cities", order);
  expect(done.headers.get("location")).toBe("/control/cities/bouake?opened=1");
  expect((await visit("/control/cities/bouake?opened=1")).status).toBe(200);
  expect(await (await visit("/control")).text()).toContain("Bouaké");

  await fetch(`${house.url}/cities/bouake/v1/sign-in-codes`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ contact: "awa@example.org" }),
  });
  expect(await (await visit("/control/outbox")).text()).toContain("awa@example.org");

  const close = await visit("/control/cities/bouake/close", { csrf });
  expect(close.status).toBe(303);
  expect((await visit("/control/cities/bouake/remove", { csrf, slug: "bouake" })).status).toBe(412);
  const bundle = await visit("/control/cities/bouake/export");
  expect(bundle.headers.get("content-type")).toBe("application/zip");
  expect((await visit("/control/cities/bouake/remove", { csrf, slug: "other" })).status).toBe(422);
  expect((await visit("/control/cities/bouake/remove", { csrf, slug: "bouake" })).status).toBe(303);
  expect((await fetch(`${house.url}/cities/bouake/`)).status).toBe(404);

  const form = new FormData();
  form.set("csrf", csrf);
  form.set("file", new File([new Uint8Array(await bundle.arrayBuffer())], "bouake.zip"));
  const back = await fetch(`${house.url}/control/cities/import`, {
    method: "POST",
    body: form,
    redirect: "manual",
    headers: { Cookie: [...jar].map(([k, v]) => `${k}=${v}`).join("; ") },
  });
  expect(back.headers.get("location")).toBe("/control/cities/bouake?opened=1");
  expect((await fetch(`${house.url}/cities/bouake/`)).status).toBe(200);

  expect((await visit("/control/sign-out", { csrf })).status).toBe(303);
  expect((await visit("/control")).status).toBe(303);
});
