import { z } from "zod";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { ToMinor } from "../../shared/rounding.ts";
import { Titles } from "../billing/events.ts";

/** What a city can charge penalties for: whatever it bills, but for a purchase that nobody has to make. */
export const LateKind = z.enum([
  ...["electricity", "water", "gas", "waste", "property_tax", "market", "parking", "fine", "permit", "other"],
] as const);
export type LateKind = z.infer<typeof LateKind>;

const Kinds = z
  .array(LateKind)
  .min(1)
  .max(LateKind.options.length)
  .refine((kinds) => new Set(kinds).size === kinds.length, "each service once");
const Minor = z.int().min(0).max(1_000_000_000);
const Share = z.int().min(1).max(10_000);

/** What being late costs. A share is of what is late of the bill itself, never of a penalty. */
export const Charge = z.discriminatedUnion("type", [
  /** A sum, once. */
  z.strictObject({ type: z.literal("fixed"), amountMinor: z.int().positive().max(1_000_000_000) }),
  /** A share, once. */
  z.strictObject({ type: z.literal("once"), basisPoints: Share, minimumMinor: Minor.default(0) }),
  /** A share for each month that has begun; simple, so there is no penalty on a penalty. */
  z.strictObject({ type: z.literal("monthly"), basisPoints: Share, minimumMinor: Minor.default(0) }),
]);

const Days = z.int().min(0).max(730);
const ruled = {
  kinds: Kinds,
  /** For bills that are issued on this day or later, until another rule of the service begins. */
  fromOn: z.iso.date(),
  /** After the day of issue. */
  dueAfterDays: Days,
  /** Whoever pays in these days after the due date pays no penalty. */
  graceDays: Days.default(0),
  /** Without it, bills have a due date and no penalty. */
  charge: Charge.optional(),
  /** All penalties of a bill together: 10000 is as much as the bill itself. */
  capBasisPoints: z.int().min(1).max(20_000).default(10_000),
};
/** Each penalty is rounded, half up, to a multiple of `toMinor`; left out, that is what can be paid in the currency. */
export const NewPenaltyRule = z
  .strictObject({ id: Id("pru").optional(), ...ruled, toMinor: ToMinor.optional() })
  .meta({ id: "NewPenaltyRule" });
export type NewPenaltyRule = z.infer<typeof NewPenaltyRule>;

const decided = {
  proposedBy: z.string(),
  proposedAt: z.iso.datetime(),
  decidedBy: z.string().optional(),
  decidedAt: z.iso.datetime().optional(),
};
export const PenaltyRule = z
  .object({
    id: Id("pru"),
    ...ruled,
    toMinor: ToMinor,
    currency: Currency,
    state: z.enum(["proposed", "approved", "refused"]),
    ...decided,
  })
  .meta({ id: "PenaltyRule" });
export type PenaltyRule = z.infer<typeof PenaltyRule>;

const offered = {
  /** Shown to residents, by language. */
  titles: Titles.refine((titles) => Object.keys(titles).length > 0, "a name in at least one language"),
  kinds: Kinds,
  /** Of dues that were issued before this day. */
  issuedBefore: z.iso.date(),
  /** The bill itself is to be paid between these days, both included. */
  fromOn: z.iso.date(),
  toOn: z.iso.date(),
  /** What is then taken back of its penalties: 10000 is all. */
  remitBasisPoints: Share.default(10_000),
  /** Whoever agrees to pay in parts in this time, and keeps to it, takes part too, though the last part comes later. */
  allowsInstalments: z.boolean().default(false),
};
export const NewAmnesty = z
  .strictObject({ id: Id("amn").optional(), ...offered })
  .refine(({ fromOn, toOn }) => toOn >= fromOn, { path: ["toOn"], message: "not before its first day" })
  .refine(({ issuedBefore, fromOn }) => issuedBefore <= fromOn, {
    path: ["issuedBefore"],
    message: "not after its first day: what is yet to be issued cannot be late",
  })
  .meta({ id: "NewAmnesty" });
export type NewAmnesty = z.infer<typeof NewAmnesty>;

/** How many bills, how much of them, and how much of their penalties. */
export const AmnestyPreview = z
  .object({ bills: z.int(), principalMinor: z.int(), penaltyMinor: z.int(), remitMinor: z.int() })
  .meta({ id: "AmnestyPreview" });
/** Who took part, what they paid for it, and what was taken back. */
export const AmnestyYield = z
  .object({ bills: z.int(), collectedMinor: z.int(), remittedMinor: z.int() })
  .meta({ id: "AmnestyYield" });

export const Amnesty = z
  .object({
    id: Id("amn"),
    ...offered,
    currency: Currency,
    /** `counting`: how many it concerns is being counted; before that is known, nobody can approve it. */
    state: z.enum(["counting", "proposed", "approved", "refused"]),
    preview: AmnestyPreview,
    yield: AmnestyYield,
    ...decided,
  })
  .meta({ id: "Amnesty" });
export type Amnesty = z.infer<typeof Amnesty>;

export const NewHold = z.strictObject({ reason: z.string().trim().min(3).max(200) }).meta({ id: "NewPenaltyHold" });
/** The days in which a bill was disputed: what would have fallen in them is never charged. */
export const Hold = z
  .object({
    billId: Id("bill"),
    periods: z.array(
      z.object({
        fromOn: z.iso.date(),
        toOn: z.iso.date().optional(),
        reason: z.string(),
        by: z.string(),
        endedBy: z.string().optional(),
      }),
    ),
  })
  .meta({ id: "PenaltyHold" });
export type Hold = z.infer<typeof Hold>;
