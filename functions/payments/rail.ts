import { z } from "zod";
import { Currency } from "../../shared/money.ts";

/**
 * The one contract of all rails. An adapter (`rails/<name>/`) turns it into a provider's own wire format and back, and
 * decides nothing: what becomes of a payment is said by the state machine alone.
 */
export const RailName = z.enum(["stripe", "gsma", "daraja", "momo", "orange", "pawapay", "bank", "cash"]);
export type RailName = z.infer<typeof RailName>;

/**
 * What the payer does: goes to the provider's `page`, answers a `prompt` on the telephone, makes a `transfer` with the
 * reference, or comes to the `counter`.
 */
export type How = "page" | "prompt" | "transfer" | "counter";

export const Order = z.object({
  /** Ours: what the provider is asked under, so that asking twice opens one payment. */
  paymentId: z.string(),
  /** The bill's, as the payer knows it. */
  reference: z.string(),
  amountMinor: z.int().positive(),
  currency: Currency,
  /** What the provider shows that it is for; no name. */
  title: z.string(),
  lang: z.string(),
  expiresAt: z.iso.datetime(),
  /** E.164, of a `prompt`. */
  msisdn: z.string().optional(),
  /** Exactly what the provider keeps of it for the house, where that was worked out before. */
  applicationFeeMinor: z.int().min(0).optional(),
  /** Where a `page` sends the payer back to. */
  successUrl: z.string(),
  cancelUrl: z.string(),
});
export type Order = z.infer<typeof Order>;

export interface Opened {
  /** Under which the provider is asked again. */
  sessionId: string;
  /** The page to pay on. */
  url?: string;
  /** Until when it can be paid, where that is sooner than was asked for. */
  until?: string;
}

/**
 * What a witness says about one movement of money, whoever it is: a callback, an answer to a question, a line of a
 * statement, or the code in the payer's own message. Amounts are this house's minor units.
 */
export const Word = z.object({
  about: z.enum(["payment", "refund", "dispute"]),
  /** Of a refund, `paid` is: given back. Of a dispute, `open` is: begun, `paid`: lost, `failed`: won. */
  says: z.enum(["paid", "open", "failed", "expired"]),
  /** Empty when the payer began it without this house, as with a bill paid from the telephone's own menu. */
  sessionId: z.string().max(200),
  paymentId: z.string().max(60).optional(),
  /** Ours, of a refund. */
  refundId: z.string().max(60).optional(),
  /** What the payer typed, where they typed it. */
  reference: z.string().max(60).optional(),
  /** The provider's number for the movement, as the payer's message and the statement show it. It names it for ever. */
  providerRef: z.string().max(200).optional(),
  /** Of a dispute, the provider's number for the payment that it is about. */
  paymentRef: z.string().max(200).optional(),
  amountMinor: z.int(),
  currency: z.string(),
  /** What the provider keeps. */
  feeMinor: z.int().optional(),
  at: z.iso.datetime().optional(),
  /** The provider's own code, for the treasurer: no name, no number of a telephone. */
  reason: z.string().max(200).optional(),
});
export type Word = z.infer<typeof Word>;

/** A request from outside, its body as it came: a signature is over these bytes. */
export interface Call {
  method: string;
  /** Below the callback address: `""`, or what a provider adds to it. */
  path: string;
  headers: Headers;
  body: string;
}

export interface Heard {
  words: Word[];
  /** What was said of accounts that are connected to this one: their charges are asked for by other rooms. */
  elsewhere?: { connectedAccount: string; word: Word }[];
  /** Whether it was signed, or only a hint: then the provider is asked before anything is believed. */
  isProof: boolean;
  /** What the provider wants to hear; otherwise 200 and `{}`. */
  reply?: { status: number; body: unknown };
  /** The provider asks whether it may take this money: it is answered, and nothing is kept. */
  mayPay?: { reference: string; amountMinor: number; currency: string; reply(verdict: Verdict): unknown };
}
/** Of money that a payer is about to send: whether it is for a bill, and not more than is due of it. */
export type Verdict = "yes" | "no such bill" | "more than is due";

export interface RefundOrder {
  refundId: string;
  paymentId: string;
  sessionId: string;
  providerRef?: string;
  amountMinor: number;
  /** All that came in by that payment: whether this gives it back whole. */
  cameMinor?: number;
  currency: string;
  /** E.164, where the rail pays out to a telephone. */
  msisdn?: string;
  /** What the provider called this refund when it took it. */
  refundRef?: string;
  /** The desk has named that telephone: it goes there, and not back the way it came. */
  isToTelephone?: boolean;
}

/** What is known of the money that a provider is asked about. */
export interface About {
  paymentId: string;
  currency: string;
  /** What was asked of the payer, fee included; unknown of money that nobody asked for. */
  amountMinor?: number;
  /** What the payer typed. */
  reference?: string;
}

/** One movement of money as a provider's own file tells it. */
export interface FiledLine {
  /** The provider's number for it, as the payer's message shows it. */
  number: string;
  at: string;
  /** Below 0: it went out. What the provider kept is apart. */
  amountMinor: number;
  feeMinor: number;
  /** Ours, where the provider was told one. */
  reference: string;
  /** What the payer wrote. */
  note: string;
  /** The provider's own word for its kind, in small letters. */
  type: string;
}

/** Of its account somebody hands in files: the provider gives no statement by itself. */
export const isFiled = ({ statement, statementMade }: Connection): boolean => !statement && !statementMade;

/** What a provider calls a list that it makes by and by, kept for as long as it is not there. */
export interface AskedFor {
  readonly names: Readonly<Record<string, string>>;
  keep(names: Record<string, string>): Promise<void>;
}

/** One account of the city at one provider. */
export interface Connection {
  /** @throws {Fault} invalid, when the provider cannot take exactly this amount: it is never rounded */
  takes(amountMinor: number, currency: string): void;
  /** The same order opens the same payment. @throws {Fault} invalid, conflict (refused), unavailable (no answer) */
  open(order: Order): Promise<Opened>;
  /** By what else the provider will call this order, known before it is asked: then it can be asked after by this. */
  alias?(order: Order): string;
  /**
   * How it stands. A provider that answers by callback alone says `open` now.
   * @throws {Fault} unavailable; absent: the provider does not know it
   */
  ask(sessionId: string, about: About): Promise<Word>;
  /**
   * Ends what can still be paid, so that nobody can pay it any more; a rail without it waits until its time is over.
   * @throws {Fault} conflict: something became of it already; unavailable, absent
   */
  end?(sessionId: string): Promise<Word>;
  /** Whether what a payer typed could be one of the provider's numbers, so that `ask` takes it. */
  knowsNumber?(typed: string): boolean;
  /** @throws {Fault} unauthenticated: forged or stale; malformed, invalid: not in the provider's format */
  hear?(call: Call): Promise<Heard>;
  /** Gives back once for each refund id. @throws {Fault} conflict, unavailable */
  refund?(order: RefundOrder): Promise<Word>;
  askRefund?(order: RefundOrder): Promise<Word>;
  /**
   * The provider's own list of what moved, one word each: what settles the day to the cent. Of a provider that gives
   * none, somebody hands in a file (`filed/`).
   */
  statement?(from: Date, to: Date): Promise<Word[]>;
  /** The same of a provider that makes it by and by. @returns undefined: it was asked for, and is not there yet */
  statementMade?(from: Date, to: Date, asked: AskedFor): Promise<Word[] | undefined>;
  /** Refunds are not in that list, so that none is missed there. */
  statesNoRefunds?: boolean;
  /** How far back that list goes; as far as one likes, if it is not said. */
  statementMaxAgeMs?: number;
  /** Asks to be called back. @returns settings to keep with the account, such as a signing secret */
  setUp?(): Promise<Record<string, unknown>>;
}

export interface RailHome {
  now(): Date;
  /** Where the provider calls back: it ends in a secret of this account, as some providers sign nothing. */
  callbackUrl: string;
  /** The base address of the rail's stand-in; undefined: the provider itself. Never set outside a synthetic city. */
  standIn: string | undefined;
}

export interface Rail<S = unknown> {
  readonly name: RailName;
  readonly how: How;
  /**
   * The provider knows no name of ours for an order, so that asking twice asks the payer twice. An order is then asked
   * once: an answer that is lost is waited for, and a payer who begins anew begins a new payment.
   */
  readonly opensTwice?: boolean;
  /** What the city's administrator enters. Kept sealed, never shown again. */
  readonly settings: z.ZodType<S>;
  /** A key that moves real money: refused in a synthetic city. */
  isLive(settings: S): boolean;
  /** The account that a synthetic city has at the stand-in, from a secret of its own. */
  standInSettings(secret: string): S;
  connect(settings: S, home: RailHome): Connection;
  /** What else a line of its file says beside number and amount, where that is more than our own id. */
  filed?(line: FiledLine): Partial<Word>;
}

/** How the stand-ins of providers behave, for all at once. */
export interface Weather {
  /** Answers nothing, calls nobody back. */
  isAway: boolean;
  /** Shares of callbacks that never come, and that come twice, from 0 to 1. */
  drop: number;
  duplicate: number;
  /** The share of questions that are answered, and whose answers never come. */
  lost: number;
  /** Later ones first. */
  shuffle: boolean;
}

/** What `GET /<rail>/_moved` of a stand-in lists, for tests: all that moved, whoever was told of it. */
export interface Moved {
  about: "payment" | "refund" | "dispute";
  /** By what it was asked for, or what a payer typed. */
  name: string;
  /** The provider's own number. */
  number: string;
  /** In the currency's own unit; below 0, it went out. */
  amount: number;
  /** What the provider kept of it. */
  fee: number;
}

/**
 * What `stand-in/hub.ts` gives to the stand-in of a rail, which answers below `/<rail>` of the hub's address, keeps
 * its own state in memory, and speaks the provider's real wire format. `POST /<rail>/_payer/<session>` with
 * `{"does":"pay"|"refuse"|"ignore"}` is the payer's telephone; without it, a payer whose number ends in 1 refuses, in
 * 2 never answers, and any other pays at once.
 */
export interface Hub {
  now(): Date;
  /** Sends it under the weather, from a seeded source of chance; tries again after these waits while refused. */
  callBack(
    request: { url: string; method: string; headers: Record<string, string>; body: string },
    waitsMs?: number[],
  ): void;
}
