import { afterAll, beforeAll, expect, test } from "vitest";
import { erase } from "../../functions/procedures/erasing.ts";
import { begin, keepAnswer, keepContact, keepFile, opened } from "../../functions/procedures/filling.ts";
import { move, submit } from "../../functions/procedures/moving.ts";
import { offeredBy } from "../../functions/procedures/offered.ts";
import { keepOwn } from "../../functions/procedures/own.ts";
import { procedureStore } from "../../functions/procedures/store.ts";
import { ProcedurePart } from "../../marketplace/contract/procedure.ts";
import { procedureMistakes } from "../../marketplace/contract/procedure-mistakes.ts";
import { photograph } from "../procedures.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

const said = (en: string) => ({ en, fr: en, ar: en });
const BASE = {
  ...{ kind: "procedure", id: "hostile", title: said("Hostile"), summary: said("Made up"), minutes: 1, keepMonths: 1 },
  questions: [{ kind: "text", id: "name", title: said("Name") }],
  proof: [{ name: "none", today: "2026-01-01", answers: { name: "x" } }],
};
const state = (id: string, waits: string) => ({ id, title: said(id), says: said(id), waits });
const transition = (id: string, from: string, to: string, by: string) => ({
  id,
  title: said(id),
  from: [from],
  to,
  by,
});

// A case that costs nothing passes through what waits for money, and would never have come out.
test("a procedure whose states of payment lead to each other is refused", () => {
  const part = (back: string) =>
    ProcedurePart.parse({
      ...BASE,
      fee: { title: said("Fee"), amount: 0 },
      states: [state("one", "payment"), state("two", "payment"), state("end", "nobody")],
      transitions: [
        transition("pay", "one", "two", "payment"),
        transition("pay-again", "two", back, "payment"),
        transition("withdraw", "one", "end", "applicant"),
      ],
    });
  expect(procedureMistakes(part("end"))).toEqual([]);
  const detail = "Once it is paid a case comes back here, without end.";
  expect(procedureMistakes(part("one"))).toEqual([
    { at: ["states", 0], detail },
    { at: ["states", 1], detail },
  ]);
});

// What every object has by itself is no answer and no price.
test("a question and a price called constructor are as every other", () => {
  const part = ProcedurePart.parse({
    ...BASE,
    questions: [{ kind: "text", id: "constructor", title: said("Who built it?") }],
    prices: [{ name: "constructor", title: said("Price"), amounts: { EUR: 5 } }],
    states: [state("review", "staff"), state("end", "nobody")],
    transitions: [transition("close", "review", "end", "agent")],
    proof: [{ name: "none", today: "2026-01-01", currency: "EUR", answers: {}, wrong: ["constructor"] }],
  });
  expect(procedureMistakes(part)).toEqual([]);
});

// Guards against a passport that lies there for good because another answer was changed before the case was handed in.
test("a file that is not asked any more goes when the case is handed in, and whatever is left when it is erased", async () => {
  const { here } = inner.newHere();
  const part = {
    ...BASE,
    questions: [
      { kind: "yes_no", id: "foreign", title: said("Foreign?") },
      {
        ...{ kind: "paper", id: "passport", title: said("Passport") },
        when: ["=", ["field", "answers", "foreign"], true],
      },
    ],
    states: [state("review", "staff"), state("end", "nobody")],
    transitions: [transition("close", "review", "end", "agent")],
    proof: [{ name: "none", today: "2026-01-01", answers: { foreign: false } }],
  };
  await keepOwn(here, BASE.id, part, true, "per_a");
  const { questions } = ProcedurePart.parse(part);
  const [foreign, passport] = questions;
  if (!foreign || passport?.kind !== "paper") throw new Error("the second is a paper");
  let kase = await begin(here, await offeredBy(here, BASE.id), { lang: "en", origin: "https://house.example" });
  const of = () => opened(here, kase);
  kase = await keepAnswer(here, await of(), foreign, true, "en");
  kase = await keepFile(here, await of(), passport, photograph(), "en");
  kase = await keepAnswer(here, await of(), foreign, false, "en");
  kase = await keepContact(here, kase, undefined, "en");
  const files = async () => {
    const found: string[] = [];
    for await (const file of here.blobs.list(`procedures/${kase.id}/`)) found.push(file);
    return found;
  };
  expect(await files()).toHaveLength(1);
  kase = await submit(here, await of(), "applicant");
  expect(kase.answers).toEqual({ foreign: false });
  expect(await files()).toEqual([]);
  await here.blobs.put(`procedures/${kase.id}/fil_left`, new Uint8Array([1]));
  await move(here, await of(), { transition: "close" }, { as: "agent", id: "per_a" });
  await erase(here, (await procedureStore(here).find(kase.id))!, "erasure");
  expect(await files()).toEqual([]);
});
