import { z } from "zod";
import { DueKind } from "../../functions/billing/events.ts";
import { Currency } from "../../shared/money.ts";
import { FieldName, PartId } from "./dataset.ts";
import { Expression } from "./language/index.ts";
import { Words } from "./words.ts";

// An errand with the city as data: what is asked, one question a page; what is checked; what it costs; through which
// states a case goes, who may move it, and which paper comes out. Nothing of the publisher's runs.

const Title = Words(150);
const optional = z.boolean().default(false);

/** It holds, or the applicant is told why the answer cannot be. Of answers that are missing it says nothing. */
const Check = z.strictObject({ holds: Expression, says: Words(200) });

const asked = {
  id: FieldName,
  /** As a question: “Where shall your stall stand?” */
  title: Title,
  /** As a name, for formulas and papers: “the width in metres”. */
  label: Words(80).optional(),
  hint: Words(400).optional(),
  optional,
  /** Asked only then: a condition over earlier `answers`, `prices` and `today`. */
  when: Expression.optional(),
  checks: z.array(Check).max(5).default([]),
};
const options = z
  .array(z.strictObject({ id: FieldName, title: Words(120) }))
  .min(2)
  .max(50);

export const PAPER_FORMATS = ["pdf", "jpeg", "png"] as const;
export const PAPER_BYTES_MAX = 5_000_000;

export const Question = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("text"), ...asked, lengthMax: z.int().min(1).max(500).default(200) }),
    z.strictObject({ kind: z.literal("long_text"), ...asked, lengthMax: z.int().min(1).max(4_000).default(2_000) }),
    z.strictObject({
      kind: z.literal("number"),
      ...asked,
      unit: z.string().min(1).max(20).optional(),
      decimals: z.int().min(0).max(3).default(0),
      minimum: z.number().min(-1e9).max(1e9).default(0),
      maximum: z.number().min(-1e9).max(1e9).default(1e9),
    }),
    /** In conditions and formulas a whole number of the city's minor units. */
    z.strictObject({ kind: z.literal("money"), ...asked }),
    z.strictObject({ kind: z.literal("date"), ...asked }),
    z.strictObject({ kind: z.literal("choice"), ...asked, options }),
    z.strictObject({ kind: z.literal("several"), ...asked, options }),
    z.strictObject({ kind: z.literal("yes_no"), ...asked }),
    z.strictObject({ kind: z.literal("address"), ...asked }),
    /** Latitude and longitude. */
    z.strictObject({ kind: z.literal("place"), ...asked }),
    z.strictObject({ kind: z.literal("telephone"), ...asked }),
    z.strictObject({ kind: z.literal("email"), ...asked }),
    z.strictObject({
      kind: z.literal("paper"),
      ...asked,
      formats: z
        .array(z.enum(PAPER_FORMATS))
        .min(1)
        .max(PAPER_FORMATS.length)
        .default([...PAPER_FORMATS]),
      bytesMax: z.int().min(1_000).max(PAPER_BYTES_MAX).default(PAPER_BYTES_MAX),
    }),
  ])
  .meta({ id: "Question" });
export type Question = z.infer<typeof Question>;
export const nameOf = ({ label, title }: Pick<Question, "label" | "title">): Words => label ?? title;

export const PRICE_MAX = 1_000_000_000;
/** What a price is where the city sets no other: minor units, by currency. A city sets each in its own money. */
const Price = z.strictObject({
  name: FieldName,
  title: Words(120),
  amounts: z.record(Currency, z.int().min(0).max(PRICE_MAX)).default({}),
});

/** Due when a case comes to a state that waits for payment. */
const Fee = z.strictObject({
  kind: DueKind.default("permit"),
  title: Words(80),
  /** Before VAT, over `answers`, `prices` and `today`; rounded to the nearest minor unit. */
  amount: Expression,
  vatBasisPoints: z.int().min(0).max(10_000).default(0),
});

export const WAITS = ["staff", "applicant", "payment", "nobody"] as const;
const State = z.strictObject({
  id: PartId,
  title: Words(80),
  /** What the applicant is told when the case comes here. */
  says: Words(500),
  /** Whose turn it is; of `nobody` the case has come to rest. */
  waits: z.enum(WAITS),
  /** Calendar days in the city's zone within which it should move on. */
  days: z.int().min(1).max(730).optional(),
});
export type ProcedureState = z.infer<typeof State>;

/** `payment` moves by itself when the fee is paid, `deadline` when the state's days are over. */
export const MOVERS = ["applicant", "agent", "two_agents", "payment", "deadline"] as const;
const Transition = z.strictObject({
  id: PartId,
  /** As a button says it: “Grant the permit”. */
  title: Words(80),
  from: z.array(PartId).min(1).max(20),
  to: PartId,
  by: z.enum(MOVERS),
  /** Possible only then: a condition over `answers`, `prices` and `today`. */
  when: Expression.optional(),
  /** One of them must be given; the applicant is told which. */
  reasons: z
    .array(z.strictObject({ id: FieldName, title: Words(200) }))
    .max(20)
    .default([]),
  /** A word of staff's own, which the applicant reads. */
  note: z.enum(["none", "optional", "required"]).default("optional"),
  /** The paper that it makes, or takes back. */
  issues: PartId.optional(),
  revokes: PartId.optional(),
});
export type Transition = z.infer<typeof Transition>;

/** A permit, a certificate: a page to print, with a number and a code that anyone can check. */
const Paper = z.strictObject({
  id: PartId,
  title: Words(120),
  says: Words(1_000),
  /** Which answers stand on it. */
  shows: z.array(FieldName).max(20).default([]),
  /** The answer from whose day on it holds; else the day on which it is made. */
  from: FieldName.optional(),
  /** So many days, that one counted; without it, for good. */
  days: Expression.optional(),
});
export type Paper = z.infer<typeof Paper>;

const Value = z.union([z.string().max(4_000), z.number(), z.boolean(), z.array(z.string().max(60)).max(50)]);

/** An example with its answer: tried whenever the module is checked, and the same everywhere. */
const Proof = z.strictObject({
  name: z.string().min(1).max(80),
  today: z.iso.date(),
  /** Whose prices; a module without any needs none. */
  currency: Currency.optional(),
  answers: z.record(FieldName, Value),
  /** Questions that are asked and not answered, or whose answer cannot be. */
  wrong: z.array(FieldName).max(60).default([]),
  feeMinor: z.int().min(0).optional(),
  /** Transitions in order, and the state in which they leave the case. */
  moves: z.array(PartId).max(20).default([]),
  state: PartId.optional(),
});
export type ProcedureProof = z.infer<typeof Proof>;

export const ProcedurePart = z
  .strictObject({
    kind: z.literal("procedure"),
    id: PartId,
    title: Words(80),
    summary: Words(400),
    /** What one should have at hand before the start. */
    needs: z.array(Words(200)).max(20).default([]),
    minutes: z.int().min(1).max(240),
    questions: z.array(Question).min(1).max(60),
    prices: z.array(Price).max(20).default([]),
    fee: Fee.optional(),
    /** Where a case begins is the first one. */
    states: z.array(State).min(2).max(20),
    transitions: z.array(Transition).min(1).max(40),
    papers: z.array(Paper).max(5).default([]),
    /** So many months after a case has come to rest, answers and files are erased. */
    keepMonths: z.int().min(1).max(120),
    proof: z.array(Proof).min(1).max(20),
  })
  .meta({ id: "ProcedurePart" });
export type ProcedurePart = z.infer<typeof ProcedurePart>;
