import { z } from "zod";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { Rounding, withRounding } from "../../shared/rounding.ts";
import { LANGS } from "../../shared/texts.ts";
import { Price } from "../billing/events.ts";

// ---- Rolls: who and what can be assessed, and since when ----

export const Day = z.iso.date().regex(/^[12]/, "a day between the years 1000 and 2999");
const oneLine = (text: string) => text.trim().replace(/\s+/g, " ");

export const RollKind = z.enum(["parcels", "stalls", "dwellings", "spaces"]);
export type RollKind = z.infer<typeof RollKind>;

export const RollCode = z
  .string()
  .regex(/^[A-Z][A-Z0-9-]{1,11}$/, "2 to 12 capital letters, digits and hyphens, a letter first")
  .meta({ example: "PARCELS" });

/** As the city writes it on plans and stalls; capital and small letters are one. */
export const EntryNumber = z
  .string()
  .overwrite((text) => oneLine(text).toUpperCase())
  .regex(/^[\p{L}\p{N}](?:[\p{L}\p{N} ./_-]{0,22}[\p{L}\p{N}])?$/u, "letters, digits, spaces and . / _ -, at most 24");

/** By language. */
export const Names = z
  .partialRecord(z.enum(LANGS), z.string().overwrite(oneLine).min(1).max(80))
  .refine((names) => Object.keys(names).length > 0, "a name in at least one language");
export type Names = z.infer<typeof Names>;

export const NewRoll = z
  .strictObject({ code: RollCode, kind: RollKind, names: Names })
  .meta({ id: "NewRoll", description: "Sent twice, it is one roll." });
export const Roll = NewRoll.extend({ createdAt: z.iso.datetime(), createdBy: z.string() }).meta({ id: "Roll" });
export type Roll = z.infer<typeof Roll>;

const Word = z.string().overwrite(oneLine).min(1).max(40);
/** Square metres with at most two decimals, as text, so that no float ever touches it. */
const Area = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,8})(\.[0-9]{1,2})?$/, "square metres such as 250.5, at most two decimal places")
  .overwrite((text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text));

const facts = {
  /** Who is charged. */
  accountId: Id("acc"),
  zone: Word,
  use: Word,
  market: Word,
  category: Word,
  areaM2: Area,
  valueMinor: z.int().min(0).max(1_000_000_000_000_000),
  persons: z.int().min(0).max(10_000),
  bins: z.int().min(0).max(10_000),
  /** 10000 is a full exemption; it needs a reason. */
  exemptBasisPoints: z.int().min(1).max(10_000),
  exemptReason: z.string().overwrite(oneLine).min(3).max(120),
};
export const Facts = z.strictObject(facts).partial().meta({ id: "AssessedFacts" });
export type Facts = z.infer<typeof Facts>;
export type Fact = keyof Facts;

/** What changes; null takes a fact away, what is left out stays. */
export const FactChange = z
  .strictObject(
    Object.fromEntries(Object.entries(facts).map(([name, schema]) => [name, schema.nullable().optional()])) as {
      [K in keyof typeof facts]: z.ZodOptional<z.ZodNullable<(typeof facts)[K]>>;
    },
  )
  .meta({ id: "FactChange" });
export type FactChange = z.infer<typeof FactChange>;

/** Days in which the same facts hold, both included; without `to` until further notice. */
export const Spell = z.object({ from: Day, to: Day.optional(), facts: Facts });
export type Spell = z.infer<typeof Spell>;

const FromFact = z.strictObject({ from: Day, to: Day.optional(), facts: FactChange });
/** From a day on, or on the days from one to another, these facts hold; or the entry ends with a day. */
export const EntryChange = z.union([FromFact, z.strictObject({ endsOn: Day })]).meta({ id: "EntryChange" });
export type EntryChange = z.infer<typeof EntryChange>;

export const NewEntry = z
  .strictObject({ number: EntryNumber, from: Day, to: Day.optional(), facts: Facts })
  .meta({ id: "NewEntry" });
export type NewEntry = z.infer<typeof NewEntry>;

const EntryId = Id("ent");
export const Entry = z
  .object({
    id: EntryId,
    roll: RollCode,
    kind: RollKind,
    number: z.string(),
    spells: z.array(Spell).min(1),
    version: z.int(),
    addedAt: z.iso.datetime(),
    changedAt: z.iso.datetime(),
  })
  .meta({ id: "RollEntry" });
export type Entry = z.infer<typeof Entry>;

/** One fact that a change made another one, from a day on. */
export const Said = z.object({
  fact: z.string(),
  from: Day,
  to: Day.optional(),
  was: z.union([z.string(), z.number()]).optional(),
  now: z.union([z.string(), z.number()]).optional(),
});
export type Said = z.infer<typeof Said>;

export const Change = z
  .object({
    id: Id("chg"),
    entryId: EntryId,
    at: z.iso.datetime(),
    by: z.string(),
    how: z.enum(["file", "hand", "claim"]),
    said: z.array(Said),
  })
  .meta({ id: "RollChange" });
export type Change = z.infer<typeof Change>;

const counts = { entries: z.int(), added: z.int(), changed: z.int(), unchanged: z.int() };
/** What a file would do, or did, to one entry. */
export const Told = z.object({ number: z.string(), line: z.int(), isNew: z.boolean(), said: z.array(Said) });
export const Preview = z
  .object({
    id: z.string(),
    ...counts,
    /** Headings that mean nothing here. */
    ignored: z.array(z.string()),
    /** Of what is new or changed, the first hundred. */
    changes: z.array(Told),
  })
  .meta({ id: "RollPreview" });
export type Preview = z.infer<typeof Preview>;

export const Import = z
  .object({
    id: z.string(),
    roll: RollCode,
    state: z.enum(["running", "done"]),
    ...counts,
    /** How many entries of the file it has seen to. */
    done: z.int(),
    /** What somebody else changed meanwhile so that the line does not fit any more; the first fifty. */
    problems: z.array(z.object({ line: z.int(), detail: z.string() })),
    from: Day,
    by: z.string(),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().optional(),
  })
  .meta({ id: "RollImport" });
export type Import = z.infer<typeof Import>;

// ---- Rules: how facts become money ----

const where = { zone: Word.optional(), use: Word.optional(), market: Word.optional(), category: Word.optional() };
const AMOUNT_MAX = 1_000_000_000_000;
const AmountMinor = z.int().min(0).max(AMOUNT_MAX);
/** Where a rate names a fact, it is for those entries alone; of rates of one basis the one that names most counts. */
export const Rate = z
  .discriminatedUnion("basis", [
    /** Money for each m², in the currency's main unit. */
    z.strictObject({ basis: z.literal("area"), price: Price, ...where }),
    /** Per cent of the value. */
    z.strictObject({ basis: z.literal("value"), percent: Price, ...where }),
    z.strictObject({ basis: z.enum(["flat", "person", "bin"]), amountMinor: AmountMinor, ...where }),
  ])
  .meta({ id: "AssessmentRate" });
export type Rate = z.infer<typeof Rate>;
export type Basis = Rate["basis"];

export const Per = z.enum(["year", "month", "day"]);
export type Per = z.infer<typeof Per>;

const ruled = {
  /** What the rates are for: each period is one of these. */
  per: Per,
  /** The first period that it is for begins on this day or later. */
  validFrom: Day,
  currency: Currency,
  rates: z.array(Rate).min(1).max(400),
  /** For a whole period, before exemptions. */
  minimumMinor: AmountMinor.optional(),
  maximumMinor: AmountMinor.optional(),
  /**
   * How a period is divided where facts change in it: by its days; by its months, each by the facts of its first day;
   * or not at all, so that the facts of the period's first day count.
   */
  proRata: z.enum(["days", "months", "none"]).default("none"),
  vatBasisPoints: z.int().min(0).max(10_000).default(0),
  rounding: Rounding,
};
export const NewRule = z
  .strictObject(ruled)
  .refine(({ minimumMinor = 0, maximumMinor = AMOUNT_MAX }) => minimumMinor <= maximumMinor, {
    path: ["maximumMinor"],
    message: "the maximum is not below the minimum",
  })
  .transform(withRounding)
  .meta({ id: "NewAssessmentRule", description: "A rule never changes: propose another, for later periods." });
export type NewRule = z.infer<typeof NewRule>;

const proposal = {
  state: z.enum(["proposed", "approved", "refused"]),
  proposedBy: z.string(),
  proposedAt: z.iso.datetime(),
  decidedBy: z.string().optional(),
  decidedAt: z.iso.datetime().optional(),
};
export const Rule = z
  .object({ id: Id("rul"), roll: RollCode, ...ruled, ...proposal })
  .transform(withRounding)
  .meta({ id: "AssessmentRule" });
export type Rule = z.infer<typeof Rule>;

// ---- Assessments: what was computed from which facts, and what became due ----

export const AssessedPeriod = z
  .string()
  .regex(/^[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$/, "a year, a month or a day such as 2026-11")
  .refine((text) => text.length !== 10 || Day.safeParse(text).success, "a day that the calendar has");

/** A part of the period in which the same facts hold; `count` of the `of` slices of the period. */
export const Part = z.object({ from: Day, to: Day, count: z.int(), of: z.int(), facts: Facts });
export type Part = z.infer<typeof Part>;

export const AssessedLine = z
  .object({
    what: z.enum(["area", "value", "flat", "person", "bin", "minimum", "maximum", "exemption", "vat", "rounding"]),
    /** Which part it is of, counted from 0; VAT and rounding are of the whole. */
    part: z.int().optional(),
    /** m², minor units of value, persons or bins. */
    quantity: z.string().optional(),
    /** Money for one, or per cent. */
    rate: z.string().optional(),
    amountMinor: z.int(),
  })
  .meta({ id: "AssessedLine" });
export type AssessedLine = z.infer<typeof AssessedLine>;

const share = {
  accountId: Id("acc").optional(),
  parts: z.array(Part),
  lines: z.array(AssessedLine),
  netMinor: z.int(),
  vatMinor: z.int(),
  totalMinor: z.int(),
};
const Due = z.object({ raisedAs: z.string(), billId: Id("bill"), reference: z.string(), totalMinor: z.int() });
/** One payer's share of an assessment, as it is right now, and the bills that charge it. */
export const Share = z.object({
  ...share,
  dues: z.array(Due),
  /** By credit notes on these bills. */
  creditedMinor: z.int(),
  /** Found to be too much when it was paid already: to be given back by a refund. */
  owedBackMinor: z.int(),
});
export type Share = z.infer<typeof Share>;
/** As it was computed, before anything is due. */
export type Computed = z.infer<z.ZodObject<typeof share>>;

export const Assessment = z
  .object({
    id: Id("asm"),
    roll: RollCode,
    kind: RollKind,
    entryId: EntryId,
    number: z.string(),
    period: AssessedPeriod,
    ruleId: Id("rul"),
    runId: Id("asr").optional(),
    state: z.enum(["issuing", "issued"]),
    /** How often it was corrected. */
    revision: z.int(),
    currency: Currency,
    shares: z.array(Share),
    /** Charged also where nobody's account is known: a market's day. */
    mayBeNobodys: z.boolean(),
    issuedAt: z.iso.datetime(),
    issuedBy: z.string(),
  })
  .meta({ id: "Assessment" });
export type Assessment = z.infer<typeof Assessment>;

export const SKIPPED = [
  ...(["issued_before", "no_account", "no_rate", "no_fact", "nothing_to_pay", "not_in_period"] as const),
  ...(["too_large", "changed_since"] as const),
] as const;
export type Skipped = (typeof SKIPPED)[number];

export const NewRun = z.strictObject({ roll: RollCode, period: AssessedPeriod }).meta({ id: "NewAssessmentRun" });
export type NewRun = z.infer<typeof NewRun>;

const tally = { looked: z.int(), count: z.int(), totalMinor: z.int(), skipped: z.record(z.enum(SKIPPED), z.int()) };
export const Tally = z.object(tally);
export type Tally = z.infer<typeof Tally>;
export const Run = z
  .object({
    id: Id("asr"),
    ...NewRun.shape,
    ruleId: Id("rul"),
    currency: Currency,
    state: z.enum(["counting", "ready", "issuing", "done", "refused"]),
    /** What it would issue. While it counts, how far it is. */
    preview: Tally,
    /** What it issued. While it issues, how far it is. */
    issued: Tally,
    /** Of entries that it cannot assess, the first fifty. */
    problems: z.array(z.object({ entryId: EntryId, number: z.string(), why: z.enum(SKIPPED) })),
    askedBy: z.string(),
    askedAt: z.iso.datetime(),
    countedAt: z.iso.datetime().optional(),
    decidedBy: z.string().optional(),
    decidedAt: z.iso.datetime().optional(),
    finishedAt: z.iso.datetime().optional(),
  })
  .meta({ id: "AssessmentRun" });
export type Run = z.infer<typeof Run>;
/** As it is kept, so that it goes on where it was. */
export const KeptRun = Run.extend({ cursor: z.string().optional() });
export type KeptRun = z.infer<typeof KeptRun>;

/** What an entry's change makes another of an assessment; it waits for a second person. */
export const Adjustment = z
  .object({
    id: Id("adj"),
    assessmentId: Id("asm"),
    roll: RollCode,
    number: z.string(),
    period: AssessedPeriod,
    /** Of the assessment that it corrects. */
    revision: z.int(),
    currency: Currency,
    /** By payer. */
    differences: z.array(z.object({ accountId: Id("acc").optional(), wasMinor: z.int(), nowMinor: z.int() })),
    /** How it is computed now. */
    shares: z.array(z.object(share)),
    state: z.enum(["asked", "approved", "done", "refused"]),
    askedBy: z.string(),
    askedAt: z.iso.datetime(),
    decidedBy: z.string().optional(),
    decidedAt: z.iso.datetime().optional(),
    /** What became of it: further bills, credit notes, and what was paid already and is to be given back. */
    outcome: z.object({ raisedMinor: z.int(), creditedMinor: z.int(), owedBackMinor: z.int() }).optional(),
  })
  .meta({ id: "Adjustment" });
export type Adjustment = z.infer<typeof Adjustment>;

const SomeText = z.string().trim().min(3).max(1_000);
export const NewClaim = z
  .strictObject({ accountId: Id("acc").optional(), text: SomeText })
  .meta({ id: "NewClaim", description: "The account may be left out where only one of the payer's is charged." });
export const Claim = z
  .object({
    id: Id("clm"),
    assessmentId: Id("asm"),
    entryId: EntryId,
    accountId: Id("acc"),
    roll: RollCode,
    number: z.string(),
    period: AssessedPeriod,
    /** Of the assessment when it was made. */
    revision: z.int(),
    text: z.string(),
    state: z.enum(["open", "accepted", "refused"]),
    madeAt: z.iso.datetime(),
    answer: z.string().optional(),
    decidedBy: z.string().optional(),
    decidedAt: z.iso.datetime().optional(),
  })
  .meta({ id: "Claim" });
export type Claim = z.infer<typeof Claim>;

/** A claim is accepted by changing the entry, now or before; the difference then waits for a second person. */
export const ClaimDecision = z
  .strictObject({ accepts: z.boolean(), answer: SomeText, change: EntryChange.optional() })
  .meta({ id: "ClaimDecision" });
export type ClaimDecision = z.infer<typeof ClaimDecision>;

// ---- Single dues: fines, fees, permits, tickets, from a catalogue ----

const FeeCode = z
  .string()
  .overwrite((text) => text.trim().toUpperCase())
  .regex(/^[A-Z0-9][A-Z0-9.-]{0,19}$/, "letters, digits, points and hyphens, at most 20")
  .meta({ example: "PARK-1" });
export const FeeKind = z.enum(["fine", "permit", "market", "parking", "waste", "other"]);
export type FeeKind = z.infer<typeof FeeKind>;
export const NewFee = z
  .strictObject({
    code: FeeCode,
    kind: FeeKind,
    /** What the payer reads; an offence in its words. */
    names: Names,
    currency: Currency,
    /** Before VAT, for one. */
    netMinor: z.int().positive().max(1_000_000_000),
    vatBasisPoints: z.int().min(0).max(10_000).default(0),
    /** Is enough, where it is paid within so many days. */
    reduced: z
      .strictObject({ netMinor: z.int().positive().max(1_000_000_000), withinDays: z.int().min(1).max(366) })
      .optional(),
  })
  .refine(({ reduced, netMinor }) => !reduced || reduced.netMinor < netMinor, {
    path: ["reduced", "netMinor"],
    message: "the reduced amount is below the whole one",
  })
  .meta({ id: "NewFee", description: "A fee never changes: propose another under its code, and new dues use it." });
export type NewFee = z.infer<typeof NewFee>;
export const Fee = z.object({ id: Id("fee"), ...NewFee.shape, ...proposal }).meta({ id: "Fee" });
export type Fee = z.infer<typeof Fee>;

/** The id is chosen by the caller if it likes, so that sending it twice raises one due. */
export const NewDue = z
  .strictObject({
    id: Id("due").optional(),
    fee: FeeCode,
    quantity: z.int().min(1).max(1_000).default(1),
    accountId: Id("acc").optional(),
    /** For the file: a number plate, a permit's number, a place. Payers do not see it. */
    note: z.string().trim().min(1).max(200).optional(),
  })
  .meta({ id: "NewDue" });
export type NewDue = z.infer<typeof NewDue>;
/** `roundingMinor` is what of the net is rounding. */
const amount = { netMinor: z.int(), vatMinor: z.int(), roundingMinor: z.int().optional() };
export const SingleDue = z
  .object({
    id: Id("due"),
    feeId: Id("fee"),
    fee: FeeCode,
    kind: FeeKind,
    names: Names,
    quantity: z.int(),
    accountId: Id("acc").optional(),
    note: z.string().optional(),
    currency: Currency,
    /** The whole amount. */
    ...amount,
    totalMinor: z.int(),
    /** What is due at first, until when it is enough, and the bill of the rest once that day has passed unpaid. */
    reduced: z
      .object({
        ...amount,
        until: z.iso.datetime(),
        restBillId: Id("bill").optional(),
        /** It had been paid in its days, and was heard of later. What was paid of the rest is to be given back by a refund. */
        restBack: z.object({ creditedMinor: z.int(), owedBackMinor: z.int() }).optional(),
      })
      .optional(),
    day: Day,
    state: z.enum(["raising", "raised", "cancel_asked", "cancelling", "cancelled"]),
    billId: Id("bill").optional(),
    reference: z.string().optional(),
    raisedBy: z.string(),
    raisedAt: z.iso.datetime(),
    cancellation: z
      .object({
        reason: z.string(),
        askedBy: z.string(),
        askedAt: z.iso.datetime(),
        decidedBy: z.string().optional(),
        decidedAt: z.iso.datetime().optional(),
        creditedMinor: z.int().optional(),
        /** To be given back by a refund. */
        paidMinor: z.int().optional(),
      })
      .optional(),
  })
  .meta({ id: "SingleDue" });
export type SingleDue = z.infer<typeof SingleDue>;
export const NewCancellation = z
  .strictObject({ reason: z.string().trim().min(3).max(200) })
  .meta({ id: "NewCancellation" });
