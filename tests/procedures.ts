import stalls from "../marketplace/modules/souk-ouvert-market-stall/manifest.ts";
import { ok } from "./billed.ts";
import type { Browser, TestCity } from "./city.ts";

const [part] = stalls.parts;
if (part?.kind !== "procedure") throw new Error("the first part is the procedure");
/** The market stall's, as a city's own. */
export const STALL = part;

export const keepOwn = (city: TestCity, change: object = {}) =>
  ok(city.put(`/v1/procedures/${STALL.id}`, { part: { ...STALL, ...change } }, { as: "administrator" }));

export const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
export const photograph = (bytes: Uint8Array = JPEG, name = "me.jpg") =>
  new File([bytes as Uint8Array<ArrayBuffer>], name, { type: "image/jpeg" });

/** A day so many days from now. */
export const dayIn = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

export const ANSWERS: Record<string, string | File> = {
  name: "Awa Diarra",
  is_company: "no",
  market: "Plateau <b>&",
  goods: "crafts",
  metres: "3",
  starts: dayIn(3),
  days: "30",
  needs_power: "no",
  identity: photograph(),
};

/** Begins a case and answers its questions as a browser does. @returns the case's own address */
export async function begun(browser: Browser, key: string, answers = ANSWERS): Promise<string> {
  const start = await browser.submit(`/procedures/about/${key}`, {}, `/procedures/about/${key}`);
  if (start.status !== 303) throw new Error(`no start: ${start.status} ${await start.text()}`);
  let at = start.headers.get("location")!;
  const path = /^(.*\/procedures\/c\/[^/]+)\//.exec(at)![1]!;
  for (let pages = 0; pages < 40 && /\/q\//.test(at); pages++) {
    const id = at.split("/q/")[1]!;
    const next = await browser.submit(at, { answer: answers[id] ?? "" }, at);
    if (next.status !== 303) throw new Error(`${id}: ${next.status} ${await next.text()}`);
    at = next.headers.get("location")!;
  }
  return path;
}

/** The same, handed in. */
export async function handedIn(browser: Browser, key: string, contact: string, answers = ANSWERS): Promise<string> {
  const path = await begun(browser, key, answers);
  await browser.submit(`${path}/contact`, { contact }, `${path}/contact`);
  const done = await browser.submit(`${path}/submit`, {}, `${path}/check`);
  if (done.status !== 303) throw new Error(`not handed in: ${done.status} ${await done.text()}`);
  return path;
}

export interface CaseAnswer {
  id: string;
  state: string;
  waits: string;
  reference: string;
  answers: Record<string, unknown>;
  contact?: string;
  fee: { totalMinor: number; billId?: string; billReference?: string; paidAt?: string };
  papers: { number: string; from: string; until: string; revokedOn?: string }[];
  proposal?: { by: string };
  erasedAt?: string;
  timeline: { what: string; by: string; note?: string }[];
}
export const agent = { as: "agent" } as const;
export const administrator = { as: "administrator" } as const;
export const casesOf = async (city: TestCity, waits = "staff") =>
  (await ok<{ cases: CaseAnswer[] }>(city.get(`/v1/procedure-cases?waits=${waits}`, agent))).cases;
/** The one that waits for the city. */
export async function onlyCase(city: TestCity): Promise<CaseAnswer> {
  const [one, ...more] = await casesOf(city);
  if (!one || more.length > 0) throw new Error(`${more.length + (one ? 1 : 0)} cases wait`);
  return one;
}
export const caseOf = (city: TestCity, id: string) => ok<CaseAnswer>(city.get(`/v1/procedure-cases/${id}`, agent));
export const moved = (city: TestCity, id: string, move: object, as: { as: "agent" | "administrator" } = agent) =>
  city.post(`/v1/procedure-cases/${id}/moves`, move, as);
