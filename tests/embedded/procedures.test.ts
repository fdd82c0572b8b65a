import { describe, expect, test } from "vitest";
import type { ModuleInput } from "../../marketplace/contract/module.ts";
import stalls from "../../marketplace/modules/souk-ouvert-market-stall/manifest.ts";
import { ok } from "../billed.ts";
import { newCity, soon } from "../city.ts";
import {
  ANSWERS,
  administrator,
  agent,
  begun,
  caseOf,
  casesOf,
  dayIn,
  handedIn,
  JPEG,
  keepOwn,
  moved,
  onlyCase,
  photograph,
  STALL,
} from "../procedures.ts";
import { newPublisher } from "../publisher.ts";

const ownStalls = async (change: object = {}) => {
  const city = await newCity({ timeZone: "UTC", languages: ["en", "fr", "ar"] });
  await keepOwn(city, change);
  return city;
};

describe("what an applicant may not", () => {
  // Guards against answers that nobody asked for, and against pages that are skipped.
  test("a question that is not asked, not yet asked or not there takes no answer", async () => {
    const city = await ownStalls();
    const browser = await city.browser();
    const path = await begun(browser, STALL.id, { name: "Awa" }).catch((error: Error) => error.message);
    // The second question has no answer: it says so, and keeps the first.
    expect(path).toMatch(/^is_company: 422/);
    expect(path).toContain('href="#f-answer"');
    const start = await browser.submit(`/procedures/about/${STALL.id}`, {});
    const at = start.headers.get("location")!.replace(/\/q\/.*/, "");
    const skipped = await browser.get(`${at}/q/days`);
    expect([skipped.status, skipped.headers.get("location")]).toEqual([303, at]);
    expect((await browser.submit(`${at}/q/days`, { answer: "3" })).status).toBe(409);
    expect((await browser.submit(`${at}/q/nothing`, { answer: "3" })).status).toBe(404);
    await browser.submit(`${at}/q/name`, { answer: "Awa" });
    await browser.submit(`${at}/q/is_company`, { answer: "no" });
    expect((await browser.submit(`${at}/q/company`, { answer: "RC 1" })).status).toBe(409);
    expect((await browser.get(`${at}/check`)).headers.get("location")).toBe(`${at}/q/market`);
    expect((await browser.submit(`${at}/submit`, {})).headers.get("location")).toBe(`${at}/q/market`);
    expect(await casesOf(city)).toEqual([]);
  });

  test("an answer that cannot be is said on its page, by what is wrong with it", async () => {
    const city = await ownStalls();
    const browser = await city.browser();
    const path = await begun(browser, STALL.id);
    const refused = async (id: string, answer: string | File, says: string) => {
      const answered = await browser.submit(`${path}/q/${id}`, { answer });
      expect(answered.status, id).toBe(422);
      expect(await answered.text()).toContain(says);
    };
    await refused("starts", dayIn(-1), "This day is over.");
    await refused("starts", "2026-02-30", "a day that there is");
    await refused("metres", "2.5", "Write a whole number.");
    await refused("metres", "13", "between 1 and 12");
    await refused("goods", "weapons", "Choose at least one");
    await refused("name", "x".repeat(201), "more than 200 signs");
    await refused(
      "identity",
      photograph(new TextEncoder().encode("<svg onload=alert(1)>"), "x.png"),
      "none of these: PDF",
    );
    await refused("identity", photograph(new Uint8Array(5_000_001).fill(1)), "It may have 5 MB.");

    // A name that a screen, a folder or a header would obey.
    const named = photograph(JPEG, '../../etc/"pass\u202Ewd\r\nX: 1<script>.exe');
    expect((await browser.submit(`${path}/q/identity`, { answer: named })).status).toBe(303);
    const file = await browser.get(`${path}/files/identity`);
    expect(file.headers.get("content-type")).toBe("image/jpeg");
    expect(file.headers.get("content-disposition")).toMatch(/^attachment; filename\*=UTF-8''[\w.%-]+\.jpg$/);
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(JPEG);
    const page = await (await browser.get(`${path}/contact`)).text();
    expect(page).not.toContain("<script>");
  });

  // Guards against a neighbour who reads along, and against a code that is tried out.
  test("nobody guesses their way into another's case; whoever has its address goes on from anywhere", async () => {
    const city = await ownStalls();
    const browser = await city.browser();
    const path = await begun(browser, STALL.id, ANSWERS);
    const contact = `later@${city.slug}.example`;
    await browser.submit(`${path}/send`, { contact }, `${path}/q/name`);
    const [sent] = await city.messages(contact);
    const other = await city.browser();
    const address = new URL(/https?:\/\/\S+/.exec(sent!)![0]).pathname;
    expect(address).toBe(path);
    expect(await (await other.get(`${address}/q/name`)).text()).toContain("Awa Diarra");
    const wrong = `${path.slice(0, -1)}${path.endsWith("A") ? "B" : "A"}`;
    for (const rest of ["", "/q/name", "/check", "/files/identity"])
      expect((await other.get(`${wrong}${rest}`)).status).toBe(404);
    expect((await other.submit(`${wrong}/submit`, {})).status).toBe(404);

    await handedIn(browser, STALL.id, contact);
    const { reference } = await onlyCase(city);
    const found = await other.submit("/procedures/status", { reference, code: "K7M2-9QXR-4" });
    expect(found.status).toBe(422);
    expect(await found.text()).toContain("There is no application with this reference and this code.");
    let last = 0;
    for (let tries = 0; tries < 40 && last !== 429; tries++)
      last = (await city.get(`/v1/procedure-status?reference=${reference}&code=K7M2-9QXR-4`)).status;
    expect(last).toBe(429);
    // Nor does staff's own view give the way in away.
    const shown = JSON.stringify(await ok(city.get("/v1/procedure-cases", agent)));
    expect(shown).not.toContain(path.split("/").at(-1)!);
    expect(shown).not.toMatch(/"(link|code|origin)"/);
    for (const as of ["nobody", "resident", "treasurer"] as const)
      expect([401, 403]).toContain((await city.get("/v1/procedure-cases", { as })).status);
  });

  // Guards against a year's stall for a day's fee.
  test("two taps are one case, and no field, no change and no word of the applicant's sets the fee", async () => {
    const city = await ownStalls();
    const browser = await city.browser();
    const path = await begun(browser, STALL.id, { ...ANSWERS, feeMinor: "1" });
    await browser.submit(`${path}/contact`, { contact: "" }, `${path}/contact`);
    const taps = await Promise.all(
      [1, 2].map(() => browser.submit(`${path}/submit`, { feeMinor: "1", state: "granted" })),
    );
    expect(taps.map(({ status }) => status)).toEqual([303, 303]);
    const [kase, ...more] = await casesOf(city);
    expect(more).toEqual([]);
    expect(kase).toMatchObject({ state: "review", fee: { totalMinor: 4_500 } });
    const { id } = kase!;

    // What is handed in is not changed, and what is staff's is not the applicant's.
    expect((await browser.submit(`${path}/q/days`, { answer: "365" })).status).toBe(409);
    for (const transition of ["grant", "paid", "lapse", "refuse", "answer"])
      expect((await browser.submit(`${path}/moves/${transition}`, {})).status, transition).toBe(409);
    for (const transition of ["paid", "lapse", "withdraw", "answer", "nonsense"])
      expect((await moved(city, id, { transition })).status, transition).toBe(409);
    expect((await moved(city, id, { transition: "ask" })).status).toBe(422);
    await ok(moved(city, id, { transition: "ask", note: "Which <i>stall</i>?" }));

    // Asked for more: another name may be given, but no other fee.
    expect(await (await browser.get(path)).text()).toContain("Which &lt;i&gt;stall&lt;/i&gt;?");
    expect((await browser.submit(`${path}/q/days`, { answer: "365" })).status).toBe(303);
    const dearer = await browser.submit(`${path}/moves/answer`, {});
    expect(dearer.status).toBe(422);
    expect(await dearer.text()).toContain("would change the fee");
    await browser.submit(`${path}/q/days`, { answer: "30" });
    await browser.submit(`${path}/q/market`, { answer: "Treichville" });
    expect((await browser.submit(`${path}/moves/answer`, {})).status).toBe(303);
    const back = await caseOf(city, id);
    expect(back).toMatchObject({ state: "review", answers: { market: "Treichville" }, fee: { totalMinor: 4_500 } });
    expect(back.timeline.at(-1)).toMatchObject({ what: "moved", changed: ["days", "market"] });
  });
});

describe("what staff may not", () => {
  test("of two at once one moves it; what needs two is not one person's", async () => {
    const city = await ownStalls();
    const browser = await city.browser();
    await handedIn(browser, STALL.id, "");
    const { id } = await onlyCase(city);
    expect((await moved(city, id, { transition: "refuse" })).status).toBe(422);
    expect((await moved(city, id, { transition: "refuse", reason: "no_such" })).status).toBe(422);
    const begun = await ok<{ state: string }>(moved(city, id, { transition: "refuse", reason: "full" }));
    expect(begun.state).toBe("review");
    const word = (as: typeof agent | typeof administrator, agrees: boolean) =>
      city.post(`/v1/procedure-cases/${id}/proposal`, { agrees }, as);
    expect((await word(agent, true)).status).toBe(403);
    await ok(word(agent, false));
    expect((await word(administrator, true)).status).toBe(409);
    const seen = async (as: "agent" | "resident" | "data_officer", at: typeof city) =>
      (await at.post(`/v1/procedure-cases/${id}/seen`, {}, { as })).status;
    expect([await seen("agent", city), await seen("resident", city), await seen("data_officer", city)]).toEqual([
      409, 403, 403,
    ]);
    expect(await seen("agent", await newCity())).toBe(404);

    const both = await Promise.all([
      moved(city, id, { transition: "grant" }),
      moved(city, id, { transition: "grant" }, administrator),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await caseOf(city, id)).state).toBe("to-pay");

    // A case of another is decided by page, by two.
    await handedIn(browser, STALL.id, "");
    const next = (await casesOf(city))[0]!;
    const page = `/staff/procedures/cases/${next.id}`;
    const first = await city.browser("agent");
    const unsaid = await first.submit(`${page}/moves/refuse`, {}, page);
    expect(unsaid.status).toBe(422);
    expect(await unsaid.text()).toMatch(/href="#f-reason-refuse"[\s\S]*id="f-reason-refuse"/);
    expect((await first.submit(`${page}/moves/refuse`, { reason: "goods" }, page)).status).toBe(303);
    expect((await first.submit(`${page}/agreement`, {}, page)).status).toBe(403);
    const second = await city.browser("administrator");
    const shown = async () => /name="seen" value="([^"]+)"/.exec(await (await second.get(page)).text())![1]!;
    // Whoever looked at one proposal does not agree to another that took its place.
    const before = await shown();
    expect((await first.submit(`${page}/dropping`, {}, page)).status).toBe(303);
    expect((await first.submit(`${page}/moves/refuse`, { reason: "full" }, page)).status).toBe(303);
    expect((await second.submit(`${page}/agreement`, { seen: before }, page)).status).toBe(422);
    expect((await second.submit(`${page}/agreement`, { seen: await shown() }, page)).status).toBe(303);
    expect((await caseOf(city, next.id)).state).toBe("refused");
  });

  // Guards against a debt for what somebody gave up, and against people's words that stay for ever.
  test("who withdraws owes nothing; what is erased is in no export; and a closed procedure begins nothing", async () => {
    const city = await ownStalls();
    const browser = await city.browser();
    const contact = `gone@${city.slug}.example`;
    const path = await handedIn(browser, STALL.id, contact, { ...ANSWERS, name: "Zebulon Vanish" });
    const { id, reference } = await onlyCase(city);
    await ok(moved(city, id, { transition: "grant", note: "Dear Mr Vanish" }));
    const { fee } = await caseOf(city, id);
    expect((await browser.submit(`${path}/moves/withdraw`, {})).status).toBe(303);
    await soon(
      () => ok<{ dueMinor: number }>(city.get(`/v1/bills/${fee.billId}`, { as: "treasurer" })),
      ({ dueMinor }) => dueMinor === 0,
    );
    expect((await caseOf(city, id)).state).toBe("withdrawn");

    const desk = await city.browser("administrator");
    const csv = await (await desk.get("/staff/procedures/cases.csv")).text();
    expect(csv.split("\r\n")[1]).toMatch(new RegExp(`^${reference},permit,1,Withdrawn,nobody,`));
    const page = `/staff/procedures/cases/${id}`;
    expect((await (await city.browser("agent")).submit(`${page}/erasure`, {}, page)).status).toBe(403);
    expect((await desk.submit(`${page}/erasure`, {}, page)).status).toBe(303);
    const left = await caseOf(city, id);
    expect(left).toMatchObject({ answers: {}, state: "withdrawn" });
    expect(JSON.stringify(left)).not.toMatch(/Vanish|gone@/);
    expect((await desk.get(`${page}/files/identity`)).status).toBe(404);
    expect((await browser.get(path)).status).toBe(200);
    expect((await moved(city, id, { transition: "grant" })).status).toBe(409);

    await ok(city.put(`/v1/procedures/${STALL.id}`, { part: STALL, isOpen: false }, administrator));
    expect((await browser.submit(`/procedures/about/${STALL.id}`, {})).status).toBe(404);
  });

  test("a procedure that costs nothing passes what waits for money; one that is wrong is not kept", async () => {
    const free = STALL.prices.map((price) => ({ ...price, amounts: { EUR: 0 } }));
    const proof = STALL.proof.slice(2, 3);
    const city = await ownStalls({ prices: free, proof });
    await handedIn(await city.browser(), STALL.id, "");
    const { id } = await onlyCase(city);
    await ok(moved(city, id, { transition: "grant" }));
    expect(await caseOf(city, id)).toMatchObject({ state: "granted", papers: [{ until: dayIn(32) }] });

    const put = (part: object, as: object = administrator) => city.put(`/v1/procedures/${STALL.id}`, { part }, as);
    expect((await put(STALL, agent)).status).toBe(403);
    const wrong = await put({ ...STALL, transitions: STALL.transitions.filter(({ by }) => by !== "payment") });
    expect(wrong.status).toBe(422);
    const { errors } = (await wrong.json()) as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toContain("#/states/2");
    const dollars = STALL.prices.map((price) => ({ ...price, amounts: { XOF: 1 } }));
    expect((await put({ ...STALL, prices: dollars, proof: [] })).status).toBe(422);
    expect((await put({ ...STALL, id: "other" })).status).toBe(422);
    const desk = await city.browser("administrator");
    const kept = await desk.submit("/staff/procedures/own", { part: "{" }, "/staff/procedures/own/write");
    expect(kept.status).toBe(422);
    // What another has changed since the page was opened is not written over.
    const page = `/staff/procedures/own/write?from=${STALL.id}`;
    const opened = async () => /name="revision" value="(\d+)"/.exec(await (await desk.get(page)).text())![1]!;
    const before = await opened();
    await ok(put({ ...STALL, keepMonths: STALL.keepMonths + 1 }));
    const own = { part: JSON.stringify(STALL), isOpen: "yes" };
    const late = await desk.submit("/staff/procedures/own", { ...own, revision: before }, page);
    expect([late.status, (await late.text()).includes(`name="revision" value="${before}"`)]).toEqual([422, true]);
    const again = await desk.submit("/staff/procedures/own", { ...own, revision: await opened() }, page);
    expect(again.status).toBe(303);
  });
});

// Guards against a city that must take a stranger's price, or reads one in another city's money.
test("a city sets a module's prices in its own money, by its settings; cases that were begun keep theirs", async () => {
  const publisher = await newPublisher();
  const module = `${publisher.name}/market-stall`;
  await publisher.publish({ ...stalls, manifest: { ...stalls.manifest, name: module } } as ModuleInput);
  const key = `${publisher.name}.market-stall.permit`;
  const city = await newCity({ timeZone: "UTC", languages: ["en"], currency: "GBP", country: "GB" });
  const { id } = await ok<{ id: string }>(city.post("/v1/installs", { module }, administrator));
  await ok(city.post(`/v1/installs/${id}/trials`, {}, administrator));
  await ok(city.post(`/v1/installs/${id}/state`, { to: "proposed" }, administrator));
  // It asks people for what is theirs, so one person does not decide alone.
  await ok(city.post(`/v1/installs/${id}/approvals`, {}, administrator));
  expect((await city.post(`/v1/installs/${id}/state`, { to: "active" }, administrator)).status).toBe(409);
  await ok(city.post(`/v1/installs/${id}/approvals`, {}, { as: "data_officer" }));
  await ok(city.post(`/v1/installs/${id}/state`, { to: "active" }, administrator));
  // Its prices are not known in pounds: it is not offered before the city has set them.
  expect((await city.get(`/v1/procedures/${key}`)).status).toBe(404);
  const settings = (config: object) => ({ parts: ["permit", "how"], config: { permit: config } });
  for (const wrong of [{ metre_day: -1 }, { metre_day: 0.5 }, { metre_day: "1" }, { nothing: 1 }])
    expect((await city.put(`/v1/installs/${id}/settings`, settings(wrong), administrator)).status).toBe(422);
  await ok(city.put(`/v1/installs/${id}/settings`, settings({ metre_day: 75, power_day: 0 }), administrator));
  const prices = async () => (await ok<{ prices: object }>(city.get(`/v1/procedures/${key}`))).prices;
  expect(await prices()).toEqual({ metre_day: 75, power_day: 0 });
  const browser = await city.browser();
  const path = await begun(browser, key);
  // By page, in pounds and pence.
  const desk = await city.browser("administrator");
  const page = `/staff/modules/${module}`;
  const typed = { parts: "permit", "config/permit/metre_day": "1,50", "config/permit/power_day": "2" };
  const seen = /name="seen" value="([^"]+)"/.exec(await (await desk.get(page)).text())![1]!;
  expect((await desk.submit(`${page}/settings`, { ...typed, seen }, page)).status).toBe(303);
  expect(await prices()).toEqual({ metre_day: 150, power_day: 200 });
  // A page that was opened before another set it takes nothing of that back.
  const late = { ...typed, seen, "config/permit/metre_day": "0,75" };
  expect((await desk.submit(`${page}/settings`, late, page)).status).toBe(409);
  expect(await prices()).toEqual({ metre_day: 150, power_day: 200 });
  await browser.submit(`${path}/contact`, {}, `${path}/contact`);
  await browser.submit(`${path}/submit`, {}, `${path}/check`);
  expect((await onlyCase(city)).fee.totalMinor).toBe(75 * 3 * 30);
});
