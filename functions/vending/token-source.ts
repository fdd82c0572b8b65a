import { z } from "zod";

/**
 * Where tokens for prepaid meters come from. A source turns an order into digits and decides nothing: what is paid, how
 * much of it becomes credit and whether a meter may be served is the room's.
 */
export const SourceName = z.enum(["sts", "openpaygo"]);
export type SourceName = z.infer<typeof SourceName>;

/** From when the minutes of an STS token identifier are counted. 1993's were used up on 24 November 2024. */
export const BaseYear = z.union([z.literal(1993), z.literal(2014), z.literal(2035)]);
export type BaseYear = z.infer<typeof BaseYear>;

/** What an STS meter's key is derived from, beside its number: never the key itself. */
export const KeyRef = z.strictObject({
  /** SGC. */
  supplyGroup: z.string().regex(/^[0-9]{6}$/, "a supply group code of six digits"),
  /** KRN. */
  keyRevision: z.int().min(1).max(9),
  /** TI. */
  tariffIndex: z.string().regex(/^[0-9]{2}$/, "a tariff index of two digits"),
  baseYear: BaseYear,
});
export type KeyRef = z.infer<typeof KeyRef>;

export const MeterFacts = z.discriminatedUnion("source", [
  z.strictObject({
    source: z.literal("sts"),
    /** 11 or 13 digits with their check digit, as they stand on the meter. */
    number: z.string().regex(/^([0-9]{11}|[0-9]{13})$/),
    resource: z.enum(["electricity", "water"]),
    key: KeyRef,
  }),
  z.strictObject({
    source: z.literal("openpaygo"),
    number: z.string().regex(/^[A-Za-z0-9-]{1,30}$/),
    resource: z.enum(["electricity", "water"]),
  }),
]);
export type MeterFacts = z.infer<typeof MeterFacts>;

export const Wanted = z.discriminatedUnion("kind", [
  /** Whole tenths of a kWh or of a m³; of OpenPAYGO, whole days or units as the device counts them. */
  z.strictObject({ kind: z.literal("credit"), tenths: z.int().positive() }),
  /** The tokens move the meter from the order's key to this one, and must be entered before any other. */
  z.strictObject({ kind: z.literal("key_change"), to: KeyRef }),
  z.strictObject({ kind: z.literal("clear_tamper") }),
  z.strictObject({ kind: z.literal("clear_credit") }),
  z.strictObject({ kind: z.literal("power_limit"), watts: z.int().min(0) }),
  /** OpenPAYGO alone: the device is paid off and asks for no more tokens. */
  z.strictObject({ kind: z.literal("unlock") }),
  /** OpenPAYGO alone: brings up to ours the count of a device that took none of its last tokens. */
  z.strictObject({ kind: z.literal("sync_counter") }),
]);
export type Wanted = z.infer<typeof Wanted>;

export interface TokenOrder {
  /** Ours, for ever: asked twice with one id, a source gives the same tokens. */
  id: string;
  meter: MeterFacts;
  wants: Wanted;
  /** How many orders of this meter came before: no two orders of a meter have the same. */
  count: number;
  /** When it was first asked for: like all else of an order, it stays the same for the same id. */
  at: string;
}

export interface Tokens {
  /** In the order in which they must be entered: 20 digits each of STS, 9 or more of OpenPAYGO. */
  digits: string[];
  /** The source's own number for it. */
  receipt?: string;
  /** Made with test keys: says so wherever it is shown. */
  isTest: boolean;
}

export interface TokenSource {
  /** @throws {Fault} invalid (this meter cannot take this), conflict (refused), unavailable (no answer: ask again) */
  issue(order: TokenOrder): Promise<Tokens>;
}
