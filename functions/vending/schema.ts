import { z } from "zod";
import { Id } from "../../shared/ids.ts";
import { Currency } from "../../shared/money.ts";
import { LANGS } from "../../shared/texts.ts";
import { TariffPart } from "../billing/events.ts";
import { KeyRef, MeterFacts, Wanted } from "./token-source.ts";

export const MeterId = Id("ppm");
export const PurchaseId = Id("ppp");
export const OrderId = Id("tko");
export const CampaignId = Id("kcc");
export const BulkId = Id("ppb");
export const ById = z.object({ id: z.string().max(60) });
/** A meter's number as somebody types it, with the spaces and hyphens that stand on the meter. */
export const TypedNumber = z.string().trim().min(1).max(40);

export const AMOUNT_MAX = 1_000_000_000;
const [StsFacts, OpenPaygoFacts] = MeterFacts.options;

const kept = {
  /** The customer's one account, for what is paid before as for what is paid after. */
  accountId: Id("acc").optional(),
  /** Tenths of a kWh or m³ that it gets each month without paying. */
  freeTenths: z.int().min(0).max(100_000).default(0),
};

/** The id is chosen by the caller if it likes, so that sending it twice keeps one meter. */
const asked = { id: MeterId.optional(), ...kept };
export const NewMeter = z
  .discriminatedUnion("source", [StsFacts.extend(asked), OpenPaygoFacts.extend(asked)])
  .meta({ id: "NewPrepaidMeter" });
export type NewMeter = z.infer<typeof NewMeter>;

/** A blocked meter is sold nothing; a removed one is as absent for whoever buys. */
export const MeterState = z.enum(["active", "blocked", "removed"]);
/** Its number, its source and what it counts stay, and its key where none is given; an account left out is taken off. */
export const MeterChange = z
  .strictObject({ ...kept, state: MeterState.default("active"), key: KeyRef.optional() })
  .meta({ id: "PrepaidMeterChange" });
export type MeterChange = z.infer<typeof MeterChange>;

/** How a meter comes from one key to another: told to nobody, then given out, then seen at the meter. */
export const KeyChange = z.object({
  state: z.enum(["to_do", "issued", "confirmed"]),
  from: KeyRef,
  to: KeyRef,
  campaignId: CampaignId.optional(),
  /** The order of its tokens, once it was given. */
  orderId: OrderId.optional(),
  changedAt: z.iso.datetime(),
});
export type KeyChange = z.infer<typeof KeyChange>;

/** What a meter bought and was given in a month of the city. */
export const MonthBought = z.object({
  month: z.string(),
  tenths: z.int().min(0),
  freeTenths: z.int().min(0),
  isFixedPaid: z.boolean(),
});
export type MonthBought = z.infer<typeof MonthBought>;

export const Meter = z
  .object({
    id: MeterId,
    facts: MeterFacts,
    ...kept,
    state: MeterState,
    keyChange: KeyChange.optional(),
    registeredAt: z.iso.datetime(),
    /** How many tokens were ordered for it: the next order's count. */
    orders: z.int().min(0),
    /** The instant of its last order; each is later than the one before, as tokens carry their minute. */
    orderedAt: z.iso.datetime().optional(),
    bought: MonthBought.optional(),
  })
  .meta({ id: "PrepaidMeter" });
export type Meter = z.infer<typeof Meter>;

/** The city's rule of arrears: what part of each purchase goes to dues that are this old. */
export const VendingRule = z
  .strictObject({
    /** 3000 is 30 %; 0 is none. */
    arrearsBasisPoints: z.int().min(0).max(9_000).default(0),
    /** Days since a bill was issued. */
    arrearsAfterDays: z.int().min(0).max(3_650).default(30),
  })
  .meta({ id: "PrepaidRule" });
export type VendingRule = z.infer<typeof VendingRule>;

/** What money buys. The first two sums are what there is, the others where it goes: both add up to the same. */
export const Sale = z
  .object({
    paidMinor: z.int().positive(),
    /** Kept from earlier purchases, as it bought no whole tenth. */
    carriedMinor: z.int().min(0),
    arrearsMinor: z.int().min(0),
    fixedMinor: z.int().min(0),
    energyMinor: z.int().min(0),
    vatMinor: z.int().min(0),
    /** Buys no whole tenth: it waits for the next purchase. */
    keptMinor: z.int().min(0),
    tenths: z.int().min(0),
    /** On top, and in no step. */
    freeTenths: z.int().min(0),
    steps: z.array(z.object({ price: z.string(), tenths: z.int().positive() })),
  })
  .meta({ id: "PrepaidSale" });
export type Sale = z.infer<typeof Sale>;

export const NewPurchase = z
  .strictObject({
    /** Chosen by the caller if it likes, so that sending it twice is one purchase. */
    id: PurchaseId.optional(),
    meter: TypedNumber,
    amountMinor: z.int().positive().max(AMOUNT_MAX),
    currency: Currency.optional(),
    /** Telephone or e-mail to which the token is sent. */
    contact: z.string().trim().min(3).max(200).optional(),
  })
  .meta({ id: "NewPrepaidPurchase" });
export type NewPurchase = z.infer<typeof NewPurchase>;
export const QuoteAsked = z.object({
  meter: TypedNumber,
  amountMinor: z.coerce.number().int().positive().max(AMOUNT_MAX),
  currency: Currency.optional(),
});

export const Quote = z
  .object({
    meter: z.object({ number: z.string(), resource: z.enum(["electricity", "water"]) }),
    currency: Currency,
    sale: Sale,
    /** Tokens that change the meter's key come first. */
    withKeyChange: z.boolean(),
  })
  .meta({ id: "PrepaidQuote" });
export type Quote = z.infer<typeof Quote>;

export const TokenKind = z.enum([
  ...(["credit", "key_change", "clear_tamper", "clear_credit", "power_limit", "unlock", "sync_counter"] as const),
]);
export const TokenSet = z
  .object({
    orderId: OrderId,
    what: TokenKind,
    /** In the order in which they are entered. */
    digits: z.array(z.string()),
    receipt: z.string().optional(),
    /** Made with test keys: no real meter takes it. */
    isTest: z.boolean(),
    issuedAt: z.iso.datetime(),
  })
  .meta({ id: "PrepaidTokens" });
export type TokenSet = z.infer<typeof TokenSet>;

/**
 * Shown and not paid in full; paid; its token ordered; there; refused for good by the source; its sale undone; its money
 * given back after that; never paid.
 */
export const PurchaseState = z.enum([
  ...(["quoted", "paid", "ordered", "vended", "failed", "returned", "refunded", "expired"] as const),
]);
export type PurchaseState = z.infer<typeof PurchaseState>;

/** Why a purchase that is paid has no token yet. */
export const Hindrance = z.enum([
  ...(["meter_blocked", "meter_removed", "key_expired", "not_sellable", "no_tariff", "source_away"] as const),
]);
export type Hindrance = z.infer<typeof Hindrance>;

const bought = {
  id: PurchaseId,
  meterId: MeterId,
  meter: Quote.shape.meter,
  amountMinor: z.int().positive(),
  currency: Currency,
  state: PurchaseState,
  /** What was shown before paying. */
  quote: Sale,
  /** As it was sold: another purchase, or the end of a month, may have come between. */
  sale: Sale.optional(),
  /** Its bill's: by this it is paid. */
  reference: z.string(),
  billId: Id("bill"),
  hindrance: Hindrance.optional(),
  tokens: z.array(TokenSet).optional(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  vendedAt: z.iso.datetime().optional(),
};
/** What whoever has its id may see: no name, no contact. */
export const Purchase = z.object(bought).meta({ id: "PrepaidPurchase" });
export type Purchase = z.infer<typeof Purchase>;

export const KeptPurchase = z.object({
  ...bought,
  tariff: TariffPart,
  contact: z.string().optional(),
  lang: z.enum(LANGS),
  /** In the order in which their tokens are entered. */
  orderIds: z.array(OrderId),
  /** The month whose steps and free units it used. */
  soldIn: z.string().optional(),
  /** The old dues that it paid a part of. */
  arrears: z.array(z.object({ billId: Id("bill"), amountMinor: z.int().positive() })),
  /** Money that went back although a token was ordered: somebody has to look. */
  wentBackAt: z.iso.datetime().optional(),
  seenBy: z.string().optional(),
  /** The order of many that it is of, whose bill is paid instead of its own. */
  bulk: z.object({ id: BulkId, billId: Id("bill") }).optional(),
});
export type KeptPurchase = z.infer<typeof KeptPurchase>;
export const StaffPurchase = KeptPurchase.omit({ tariff: true, contact: true }).meta({ id: "StaffPrepaidPurchase" });

/** What staff may order for a meter. A credit is only ever bought. */
export const NewOrder = z
  .strictObject({
    id: OrderId.optional(),
    wants: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("key_change"), to: KeyRef }),
      z.strictObject({ kind: z.literal("clear_tamper") }),
      z.strictObject({ kind: z.literal("clear_credit") }),
      z.strictObject({ kind: z.literal("power_limit"), watts: z.int().min(0).max(1_000_000) }),
      z.strictObject({ kind: z.literal("unlock") }),
      z.strictObject({ kind: z.literal("sync_counter") }),
    ]),
    reason: z.string().trim().min(3).max(200),
  })
  .meta({ id: "NewTokenOrder" });
export type NewOrder = z.infer<typeof NewOrder>;

export const Order = z
  .object({
    id: OrderId,
    meterId: MeterId,
    /** As the meter was when it was ordered: a source that is asked again is asked for the same. */
    facts: MeterFacts,
    wants: Wanted,
    /** Of one that is only asked for, none yet. */
    count: z.int().min(0).optional(),
    at: z.iso.datetime(),
    state: z.enum(["asked", "ordered", "issued", "failed", "refused"]),
    purchaseId: PurchaseId.optional(),
    campaignId: CampaignId.optional(),
    reason: z.string().optional(),
    askedBy: z.string().optional(),
    decidedBy: z.string().optional(),
    /** The source's own words. */
    failure: z.string().optional(),
    /** Of one that failed: the order that stands for it, after what was wrong was mended. */
    retriedAs: OrderId.optional(),
    tokens: TokenSet.optional(),
  })
  .meta({ id: "TokenOrder" });
export type Order = z.infer<typeof Order>;

export const NewCampaign = z
  .strictObject({
    id: CampaignId.optional(),
    /** Meters of these base years, or below the new key revision, get tokens for the new key. */
    to: z.strictObject({ keyRevision: KeyRef.shape.keyRevision, baseYear: KeyRef.shape.baseYear }),
    supplyGroup: KeyRef.shape.supplyGroup.optional(),
  })
  .meta({ id: "NewKeyCampaign" });
export type NewCampaign = z.infer<typeof NewCampaign>;

export const Campaign = NewCampaign.extend({
  id: CampaignId,
  /** It marks the meters, has tokens made for each, and is done; stopping takes the marks off that have no tokens. */
  state: z.enum(["listing", "issuing", "done", "stopping", "stopped"]),
  /** Meters that it has looked at. */
  looked: z.int(),
  /** Meters that it is about: with tokens, seen at the meter, refused by the source. */
  meters: z.int(),
  issued: z.int(),
  confirmed: z.int(),
  failed: z.int(),
  /** Older keys that no tokens can bring to the new one. */
  unfit: z.int(),
  startedBy: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
}).meta({ id: "KeyCampaign" });
export type Campaign = z.infer<typeof Campaign>;

/** A meter of a campaign and how far it is. */
export const CampaignMeter = z
  .object({ meterId: MeterId, number: z.string(), keyChange: KeyChange, digits: z.array(z.string()) })
  .meta({ id: "KeyCampaignMeter" });
export type CampaignMeter = z.infer<typeof CampaignMeter>;
