import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TakePayment, UndoTaken } from "../../functions/payments/events.ts";
import { erase } from "../../functions/procedures/erasing.ts";
import { billed, seenUnpaid } from "../../functions/procedures/fees.ts";
import { begin, keepAnswer, keepContact, keepFile, opened } from "../../functions/procedures/filling.ts";
import { statusScreen } from "../../functions/procedures/messages.ts";
import { decideProposal, move, submit } from "../../functions/procedures/moving.ts";
import { offeredBy } from "../../functions/procedures/offered.ts";
import { keepOwn } from "../../functions/procedures/own.ts";
import { queue } from "../../functions/procedures/queue.ts";
import { fileName, NotAnAnswer, readAnswer, type Sent } from "../../functions/procedures/reading.ts";
import { procedures } from "../../functions/procedures/room.ts";
import type { Case } from "../../functions/procedures/schema.ts";
import { procedureStore } from "../../functions/procedures/store.ts";
import { procedureTexts } from "../../functions/procedures/texts.ts";
import type { Question } from "../../marketplace/contract/procedure.ts";
import { replay } from "../../shared/courier.ts";
import type { Here } from "../../shared/here.ts";
import type { Item } from "../../shared/table.ts";
import { photograph, STALL } from "../procedures.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

const TODAY = new Date("2026-11-23T12:00:00Z");
const GIVEN = { name: "Zebulon Vanish", is_company: false, market: "Nowhere Square", goods: ["crafts"], metres: 2 };
const ALL = { ...GIVEN, starts: "2026-12-01", days: 10, needs_power: true };

async function city() {
  const made = inner.newHere();
  await keepOwn(made.here, STALL.id, STALL, true, "per_a");
  return made;
}
async function begun(here: Here, personId?: string): Promise<Case> {
  const who = { lang: "en", origin: "https://house.example", ...(personId === undefined ? {} : { personId }) } as const;
  let kase = await begin(here, await offeredBy(here, STALL.id), who);
  const of = () => opened(here, kase);
  for (const [id, answer] of Object.entries(ALL)) {
    const question = STALL.questions.find((one) => one.id === id)!;
    kase = await keepAnswer(here, await of(), question, answer, "en");
  }
  const identity = STALL.questions.find((one) => one.id === "identity");
  if (identity?.kind !== "paper") throw new Error("the identity is a paper");
  kase = await keepFile(here, await of(), identity, photograph(), "en");
  return keepContact(here, kase, "awa@example.org", "en");
}
const handed = async (here: Here) => submit(here, await opened(here, await begun(here)), "applicant");
/** A hot-food stall with its certificate, of which the applicant thought better. */
async function certified(here: Here, kase: Case): Promise<{ kase: Case; file: string }> {
  const [goods, hygiene] = ["goods", "hygiene"].map((id) => STALL.questions.find((one) => one.id === id)!);
  const hot = await keepAnswer(here, await opened(here, kase), goods!, ["hot_food"], "en");
  if (hygiene?.kind !== "paper") throw new Error("the certificate is a paper");
  const certificate = await keepFile(here, await opened(here, hot), hygiene, photograph(), "en");
  const { file } = certificate.answers["hygiene"] as { file: string };
  return { kase: await keepAnswer(here, await opened(here, certificate), goods!, ["crafts"], "en"), file };
}
const asAgent = async (here: Here, kase: Case, transition: string, more: object = {}) =>
  move(here, await opened(here, kase), { transition, ...more }, { as: "agent", id: "per_a" });
/** What falls due is done, as the house would do it. */
async function due(here: Here, name: string, id: string, data: object = {}) {
  await procedures.tasks.find((task) => task.name === `procedures.${name}`)!.run(here, id, data);
  return procedureStore(here).find(id);
}

describe("time", () => {
  // Guards against a place that is kept for whoever never answers, and against a late clock that takes a case back.
  test("a case lapses when its time is over, and not when it moved on before", async () => {
    const { here, at } = await city();
    const first = await handed(here);
    expect(first).toMatchObject({ state: "review", dueOn: "2026-12-03", fee: { totalMinor: 1_000 + 1_200 } });
    const asked = await asAgent(here, first, "ask", { note: "Which stall?" });
    const over = { state: "more", since: asked.since! };
    const answered = await move(
      here,
      await opened(here, asked),
      { transition: "answer" },
      { as: "applicant", id: "applicant" },
    );
    expect(await due(here, "time_over", first.id, over)).toMatchObject({ state: "review" });
    at.now = new Date(TODAY.getTime() + 86_400_000);
    const again = await asAgent(here, answered, "ask", { note: "And?" });
    // Told for the time before: it waits anew since.
    expect(await due(here, "time_over", first.id, over)).toMatchObject({ state: "more" });
    const lapsed = await due(here, "time_over", first.id, { state: "more", since: again.since! });
    expect(lapsed).toMatchObject({ state: "lapsed", waits: "nobody" });
    expect(lapsed!.dueOn).toBeUndefined();
    const { tasks } = await tasksOf(here, first.id);
    expect(tasks["procedures.erase"]).toMatch(/^2028-12-01T/);
    expect(tasks["procedures.time_over"]).toBeUndefined();
  });

  test("the queue has the most urgent first, and knows what is overdue", async () => {
    const { here, at } = await city();
    const early = await handed(here);
    at.now = new Date("2026-11-26T12:00:00Z");
    const late = await handed(here);
    const ids = async (isLate: boolean) =>
      (await queue(here, { waits: "staff", isLate, limit: 10 })).cases.map(({ id }) => id);
    expect(await ids(false)).toEqual([early.id, late.id]);
    expect(await ids(true)).toEqual([]);
    at.now = new Date("2026-12-04T00:00:00Z");
    expect(await ids(true)).toEqual([early.id]);
    const other = await queue(here, { waits: "staff", procedure: "other", limit: 10 });
    expect(other).toEqual({ cases: [] });
  });

  // Guards against a life that lies in a city's table for ever.
  test("what is at rest is erased, what is begun and left is gone, and nothing of either is exported", async () => {
    const { here } = await city();
    const kase = await handed(here);
    const { file } = kase.answers["identity"] as { file: string };
    await expect(erase(here, kase, "per_a")).rejects.toThrow("come to rest");
    await move(here, await opened(here, kase), { transition: "withdraw" }, { as: "applicant", id: "applicant" });
    const erased = await due(here, "erase", kase.id);
    expect(erased).toMatchObject({ answers: {}, state: "withdrawn" });
    expect(await here.blobs.get(`procedures/${kase.id}/${file}`)).toBeUndefined();
    const left = await begun(here);
    expect(await due(here, "discard", left.id)).toBeUndefined();
    const items: Item[] = [];
    for await (const item of procedures.collections["procedures"]!(here)) items.push(item);
    const text = JSON.stringify(items);
    expect(text).toContain(kase.reference!);
    expect(text).not.toMatch(/Vanish|awa@example|Nowhere/);
    expect(text).not.toContain(left.id);
    for await (const name of procedures.blobs!(here)) throw new Error(`left: ${name}`);
  });
});

/** The same place, where something happens at the instant before the first of its commits. */
function meddled(here: Here, first: () => Promise<unknown>): Here {
  let isDone = false;
  const commit: Here["commit"] = async (...all) => {
    if (!isDone) {
      isDone = true;
      await first();
    }
    return here.commit(...all);
  };
  return { ...here, commit };
}

// Guards against a case that goes on at the instant at which it was to go, without its papers and its words.
test("a case that is handed in, or moves on, as its time is over keeps its files and what staff wrote", async () => {
  const { here } = await city();
  const fileOf = async ({ id, answers }: Case) =>
    here.blobs.get(`procedures/${id}/${(answers["identity"] as { file: string }).file}`);
  const draft = await begun(here);
  const run = (name: string) => procedures.tasks.find((task) => task.name === `procedures.${name}`)!.run;
  const handingIn = meddled(here, async () => submit(here, await opened(here, draft), "applicant"));
  await expect(run("discard")(handingIn, draft.id, {})).rejects.toMatchObject({ kind: "conflict" });
  const handedIn = await procedureStore(here).get(draft.id);
  expect(handedIn).toMatchObject({ state: "review" });
  expect(await fileOf(handedIn)).toBeDefined();

  const asked = await asAgent(here, handedIn, "ask", { note: "Which stall?" });
  await move(here, await opened(here, asked), { transition: "withdraw" }, { as: "applicant", id: "applicant" });
  const rest = await procedureStore(here).get(draft.id);
  // As anything does that happens to a case at rest, such as that its fee is due again.
  const noted = { ...rest, unpaidSince: TODAY.toISOString(), revision: rest.revision + 1 };
  const store = procedureStore(here);
  const happening = meddled(here, () => store.commit(store.caseWrites(rest, noted)));
  await expect(erase(happening, rest, "per_a")).rejects.toMatchObject({ kind: "conflict" });
  expect(await store.get(draft.id)).toMatchObject({ unpaidSince: noted.unpaidSince, answers: rest.answers });
  expect(await fileOf(rest)).toBeDefined();
  expect(await store.timeline(draft.id)).toContainEqual(expect.objectContaining({ note: "Which stall?" }));
  // Looked at again it goes whole, also where it was cut off in between.
  const list: Here["blobs"]["list"] = () => {
    throw new Error("cut off");
  };
  const cut = { ...here, blobs: { ...here.blobs, list } };
  await expect(erase(cut, await store.get(draft.id), "per_a")).rejects.toThrow("cut off");
  expect(await fileOf(rest)).toBeDefined();
  await due(here, "erase", draft.id);
  expect(await fileOf(rest)).toBeUndefined();
  expect(JSON.stringify(await store.timeline(draft.id))).not.toContain("Which stall?");
});

// Guards against a file that lies about because its question is asked no more: nobody would ever erase it.
test("what is not asked any more is not handed in, and its file is gone", async () => {
  const { here } = await city();
  const { kase, file } = await certified(here, await begun(here));
  expect(await here.blobs.get(`procedures/${kase.id}/${file}`)).toBeDefined();
  const handedIn = await submit(here, await opened(here, kase), "applicant");
  expect(handedIn.answers).not.toHaveProperty("hygiene");
  expect(await here.blobs.get(`procedures/${kase.id}/${file}`)).toBeUndefined();
});

// Guards against a permit whose fee went back, and nobody hears of it.
test("a fee whose payment is undone is due again: the case stands, and is staff's until it is paid or seen", async () => {
  const { here } = await city();
  const store = procedureStore(here);
  const { id } = await asAgent(here, await handed(here), "grant");
  const { fee } = await billed(here, id);
  const heard = async () => {
    for (const listener of inner.house.listeners)
      if (listener.name.startsWith("procedures/")) await replay(here, listener);
    return store.get(id);
  };
  const at = TODAY.toISOString();
  const pay = async (taking: string) => {
    await here.ask(TakePayment, {
      ...{ id: taking, reference: fee!.billReference!, amountMinor: fee!.totalMinor, currency: "EUR" as const, at },
      via: { rail: "bank", account: "main", providerRef: taking },
    });
    return heard();
  };
  const undo = async (taking: string) => {
    await here.ask(UndoTaken, { id: taking, at, reason: "Booked to the wrong reference" });
    return heard();
  };
  const waiting = async () => (await queue(here, { waits: "staff", limit: 10 })).cases.map((kase) => kase.id);

  const granted = await pay("bank:1");
  expect(granted).toMatchObject({ waits: "nobody", papers: [{}] });
  expect(await waiting()).toEqual([]);
  const unpaid = await undo("bank:1");
  expect(unpaid).toMatchObject({ state: granted.state, papers: [{}], unpaidSince: at });
  expect(unpaid.fee).not.toHaveProperty("paidAt");
  expect(await waiting()).toEqual([id]);
  expect(await pay("bank:2")).not.toHaveProperty("unpaidSince");
  expect(await waiting()).toEqual([]);
  const seen = await seenUnpaid(here, await undo("bank:2"), "per_a");
  expect(await waiting()).toEqual([]);
  await expect(seenUnpaid(here, seen, "per_a")).rejects.toThrow("not due again");
  const whats = (await store.timeline(id)).map(({ what }) => what);
  expect(whats).toEqual(["submitted", "moved", "moved", "unpaid", "paid_again", "unpaid", "seen"]);
});

// Guards against a city that moves house and finds its cases without their bills, papers or addresses.
test("an export carries a case with all that leads to it", async () => {
  const { here } = inner.newHere();
  await keepOwn(here, STALL.id, STALL, true, "per_a");
  const kase = await begun(here, "per_r");
  await submit(here, await opened(here, kase), "per_r");
  const waiting = await asAgent(here, (await procedureStore(here).find(kase.id))!, "grant");
  const { fee } = await billed(here, waiting.id);
  expect(await billed(here, waiting.id)).toMatchObject({ fee });
  const paid: Case = { ...(await procedureStore(here).get(kase.id)), fee: { ...fee!, paidAt: TODAY.toISOString() } };
  const granted = await move(here, await opened(here, paid), { transition: "paid" }, { as: "payment", id: "payment" });
  const kinds = new Set<string>();
  for await (const item of procedures.collections["procedures"]!(here)) kinds.add(item.pk.split("#")[0]!);
  expect([...kinds].sort()).toEqual(
    ["BILL", "CASE", "DEF", "LINK", "MINE", "PAPER", "REF"]
      .map((kind) => `PROC_${kind}`)
      .concat("PROCS")
      .sort(),
  );
  const names: string[] = [];
  for await (const name of procedures.blobs!(here)) names.push(name);
  expect(names).toEqual([expect.stringContaining(`procedures/${kase.id}/fil_`)]);
  // Taken back by two: whoever checks the paper is told so.
  const proposed = await asAgent(here, granted, "revoke", { note: "Never seen there" });
  const of = await opened(here, proposed);
  await expect(decideProposal(here, of, true, "per_a")).rejects.toThrow("Another person");
  const revoked = await decideProposal(here, of, true, "per_b");
  expect(revoked).toMatchObject({
    state: "revoked",
    papers: [{ from: "2026-12-01", until: "2026-12-10", revokedOn: "2026-11-23" }],
  });
});

/** When which task of a case falls due. */
async function tasksOf(here: Here, id: string) {
  const tasks: Record<string, string> = {};
  for await (const item of here.table.all({ pk: "DUE", index: "gsi2" }))
    if (item["id"] === id) tasks[String(item["name"])] = item.gsi2sk!.split("#")[0]!;
  return { tasks };
}

describe("what is typed", () => {
  const t = procedureTexts.in("en");
  const question = (kind: string, more: object = {}) =>
    ({ id: "q", kind, title: { en: "Q" }, optional: false, checks: [], ...more }) as Exclude<
      Question,
      { kind: "paper" }
    >;
  const read = (of: ReturnType<typeof question>, ...typed: string[]) => {
    const { here } = inner.newHere();
    const sent: Sent = { answer: typed };
    try {
      return readAnswer(of, sent, here, t);
    } catch (error) {
      if (error instanceof NotAnAnswer) return `wrong: ${error.message}`;
      throw error;
    }
  };

  test("is read in its one spelling, or said to be wrong", () => {
    const number = question("number", { decimals: 2, minimum: -5, maximum: 5_000 });
    expect(["3", "3,25", " 1 250 ", "٣٫٥", "-0"].map((typed) => read(number, typed))).toEqual([3, 3.25, 1250, 3.5, 0]);
    for (const typed of ["3.255", "1e3", "0x10", "NaN", "--1", "5001", "", "1.2.3"])
      expect(read(number, typed), typed).toMatch(/^wrong: /);
    expect(read(question("money"), "12,50")).toBe(1250);
    expect(read(question("date"), "2028-02-29")).toBe("2028-02-29");
    for (const typed of ["2027-02-29", "29.02.2028", "2028-2-29", "12026-01-01"])
      expect(read(question("date"), typed), typed).toMatch(/^wrong: /);
    expect(read(question("yes_no"), "yes")).toBe(true);
    expect(read(question("yes_no"), "on")).toMatch(/^wrong: /);
    expect(read(question("telephone"), "06 12 34 56 78")).toBe("+33612345678");
    expect(read(question("telephone"), "a@b.example")).toMatch(/^wrong: /);
    expect(read(question("email"), "A@B.example")).toBe("a@b.example");
    expect(read(question("text", { lengthMax: 3 }), "  a\u{1F600}b ")).toBe("a\u{1F600}b");
    expect(read(question("text", { lengthMax: 3, optional: true }), " ")).toBeNull();
    const options = ["a", "b"].map((id) => ({ id, title: { en: id } }));
    expect(read(question("several", { options }), "b", "a", "b")).toEqual(["b", "a"]);
    expect(read(question("several", { options }), "a", "c")).toMatch(/^wrong: /);
  });

  test("a file's name is no path, no command and no markup", () => {
    expect(fileName("C:\\temp\\..\\plan final.PDF", "pdf")).toBe("plan final.pdf");
    expect(fileName("../../etc/passwd", "png")).toBe("passwd.png");
    expect(fileName('"><script>.jpg', "jpeg")).toBe("script.jpg");
    expect(fileName("\u202Egpj.exe\r\n", "jpeg")).toBe("gpj.jpg");
    expect(fileName(`${"x".repeat(300)}.pdf`, "pdf")).toHaveLength(84);
    for (const name of ["", "...", "/", "\u0000"]) expect(fileName(name, "pdf"), name).toBe("file.pdf");
  });

  test("where a case stands fits the screen of a telephone's menu", async () => {
    const { here } = await city();
    const of = await opened(here, await handed(here));
    expect(statusScreen(of, "en")).toMatch(/^C-[0-9A-Z-]+: Being looked at\. By 2026-12-03\.$/);
    expect(statusScreen(of, "ar").length).toBeLessThanOrEqual(70);
  });
});
