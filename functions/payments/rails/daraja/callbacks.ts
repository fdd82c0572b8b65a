import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { absent, Fault } from "../../../../shared/errors.ts";
import type { Call, Heard, Word } from "../../rail.ts";
import { fromDecimal } from "../wire.ts";
import { instantOf } from "./amounts.ts";

// Daraja signs nothing. So each question goes out with an address of its own to answer to, which carries what it was
// about under a code that only this account can make: an answer that comes there is the answer to that question. What
// Daraja sends unasked, to the addresses that were registered once, is a hint alone.

export const KINDS = ["stk", "status", "reversal", "payout", "outcome"] as const;
export type Kind = (typeof KINDS)[number];

const codeOf = (key: string, kind: string, text: string): string =>
  createHmac("sha256", key).update(`${kind} ${text}`).digest("hex").slice(0, 32);

/** What is added to the callback address. In hexadecimal, as Daraja refuses some words in addresses (`sql`, `exe`). */
export function addressFor(key: string, kind: Kind, about: readonly string[]): string {
  const text = Buffer.from(JSON.stringify(about)).toString("hex");
  return `${kind}/${text}/${codeOf(key, kind, text)}`;
}
/** @throws {Fault} absent: no such address; unauthenticated: nobody was told this one */
function readAddress(key: string, path: string): { kind: Kind; about: string[] } {
  const [kind = "", text = "", code = ""] = path.split("/");
  if (!(KINDS as readonly string[]).includes(kind)) throw absent();
  const [given, wanted] = [Buffer.from(code), Buffer.from(codeOf(key, kind, text))];
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw new Fault("unauthenticated", "Nobody was told of this address.");
  return { kind: kind as Kind, about: JSON.parse(Buffer.from(text, "hex").toString()) as string[] };
}

const Value = z.union([z.string().max(300), z.number()]);
const Code = z.union([z.string().max(40), z.number()]).transform(String);
const Receipt = z.string().regex(/^[A-Z0-9]{10}$/);
export const isReceipt = (text: string): boolean => Receipt.safeParse(text).success;

const StkCallback = z.object({
  Body: z.object({
    stkCallback: z.object({
      CheckoutRequestID: z.string().min(1).max(100),
      ResultCode: Code,
      // In any order; a name may come without a value.
      CallbackMetadata: z
        .object({ Item: z.array(z.object({ Name: z.string().max(60), Value: Value.optional() })).max(30) })
        .optional(),
    }),
  }),
});
const Parameter = z.object({ Key: z.string().max(60), Value: Value.optional() });
const Result = z.object({
  Result: z.object({
    ResultCode: Code,
    TransactionID: z.string().max(40).optional(),
    // Absent after a failure, and a single one is no list.
    ResultParameters: z
      .object({ ResultParameter: z.union([z.array(Parameter).max(40), Parameter.transform((one) => [one])]) })
      .optional(),
  }),
});
const Confirmation = z.object({
  TransID: Receipt,
  TransAmount: Value,
  TransTime: Value.optional(),
  BusinessShortCode: Value.transform(String),
  BillRefNumber: z.string().max(60).optional(),
});
const Validation = Confirmation.partial({ TransID: true });

export const KES = "KES";
/** As Daraja counts: a payment that went through, one that is under way, one that ran out, and all others. */
export const saysOf = (resultCode: string): Word["says"] =>
  resultCode === "0"
    ? "paid"
    : resultCode === "4999"
      ? "open"
      : resultCode === "1037" || resultCode === "1019"
        ? "expired"
        : "failed";
/** The transaction was reversed before: what was asked for is so. */
const REVERSED_ALREADY = "R000001";

/** An account reference is this house's own name for an order, if it has the form of one. */
export function sessionIn(reference: string): string {
  const bare = reference.toUpperCase().replace(/[^0-9A-Z]/g, "");
  return bare.length === 12 ? bare : "";
}

/** Whose callbacks these are. */
export interface Ear {
  key: string;
  /** The numbers under which the city is paid. */
  numbers: readonly string[];
}

/** @throws {Fault} absent, unauthenticated, malformed, invalid */
export function hear(ear: Ear, { path, body }: Call): Heard {
  const accepted = { status: 200, body: { ResultCode: 0, ResultDesc: "Accepted" } };
  if (path === "c2b/validation") return validated(ear, body);
  if (path === "c2b/confirmation") return { words: [confirmed(ear, body)], isProof: false, reply: accepted };
  const { kind, about } = readAddress(ear.key, path.replace(/\/late$/, ""));
  // The queue gave up on the question; it says nothing about the money.
  if (path.endsWith("/late")) return { words: [], isProof: false, reply: accepted };
  if (kind === "stk") return { words: [pushed(about[0]!, body)], isProof: false, reply: accepted };
  const word = kind === "status" ? stated(ear, about, body) : refunded(kind, about, body);
  return { words: word ? [word] : [], isProof: true, reply: accepted };
}

function read<S extends z.ZodType>(schema: S, body: string): z.infer<S> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new Fault("malformed", "This callback is no JSON.");
  }
  const found = schema.safeParse(parsed);
  if (!found.success) throw new Fault("invalid", "This callback is not in the provider's format.");
  return found.data;
}
function minorOf(said: string | number): number {
  try {
    return fromDecimal(said, KES);
  } catch {
    throw new Fault("invalid", "This callback names an amount that cannot be read.");
  }
}

function pushed(paymentId: string, body: string): Word {
  const { CheckoutRequestID: sessionId, ResultCode: code, CallbackMetadata } = read(StkCallback, body).Body.stkCallback;
  const item = (name: string) => CallbackMetadata?.Item.find(({ Name }) => Name === name)?.Value;
  const [receipt, amount] = [item("MpesaReceiptNumber"), item("Amount")];
  return {
    ...{ about: "payment", says: saysOf(code), sessionId, paymentId, currency: KES },
    ...(code === "0" && isReceipt(String(receipt)) ? { providerRef: String(receipt) } : {}),
    amountMinor: code === "0" && amount !== undefined ? minorOf(amount) : 0,
    ...(code === "0" ? {} : { reason: code }),
  };
}

/** Money from the telephone's own menu, or the echo of a question on the telephone: what it is, the status tells. */
function confirmed({ numbers }: Ear, body: string): Word {
  const said = read(Confirmation, body);
  if (!numbers.includes(said.BusinessShortCode)) throw new Fault("invalid", "This money is somebody else's.");
  const at = instantOf(said.TransTime);
  return {
    ...{ about: "payment", says: "paid", sessionId: "", providerRef: said.TransID, currency: KES },
    ...(said.BillRefNumber ? { reference: said.BillRefNumber } : {}),
    amountMinor: minorOf(said.TransAmount),
    ...(at === undefined ? {} : { at }),
  };
}

const REFUSALS = {
  "no such bill": { ResultCode: "C2B00012", ResultDesc: "Invalid Account Number" },
  "more than is due": { ResultCode: "C2B00013", ResultDesc: "Invalid Amount" },
} as const;
function validated({ numbers }: Ear, body: string): Heard {
  const said = read(Validation, body);
  if (!numbers.includes(said.BusinessShortCode)) throw new Fault("invalid", "This money is somebody else's.");
  const typed = said.BillRefNumber ?? "";
  return {
    words: [],
    isProof: false,
    mayPay: {
      reference: sessionIn(typed) || typed,
      amountMinor: minorOf(said.TransAmount),
      currency: KES,
      reply: (verdict) => (verdict === "yes" ? { ResultCode: 0, ResultDesc: "Accepted" } : REFUSALS[verdict]),
    },
  };
}

function resultOf(body: string) {
  const { ResultCode: code, TransactionID, ResultParameters } = read(Result, body).Result;
  const all = ResultParameters?.ResultParameter ?? [];
  return { code, TransactionID, parameter: (key: string) => all.find(({ Key }) => Key === key)?.Value };
}

/** The answer to what became of a transaction: income is what was completed to one of the city's own numbers. */
function stated({ numbers }: Ear, [receipt = "", reference = ""]: string[], body: string): Word | undefined {
  const { code, parameter } = resultOf(body);
  const to = String(parameter("CreditPartyName") ?? "")
    .split(" - ")[0]!
    .trim();
  const amount = parameter("Amount");
  const isIncome = code === "0" && parameter("TransactionStatus") === "Completed" && numbers.includes(to);
  if (!isIncome || parameter("ReceiptNo") !== receipt || amount === undefined) return undefined;
  const at = instantOf(parameter("FinalisedTime"));
  return {
    ...{ about: "payment", says: "paid", sessionId: sessionIn(reference), providerRef: receipt, currency: KES },
    ...(reference === "" ? {} : { reference }),
    amountMinor: minorOf(amount),
    ...(at === undefined ? {} : { at }),
  };
}

/** The answer to a reversal, to a payout, or to what became of a payout. */
function refunded(kind: Kind, [refundId = "", paymentId = "", asked = ""]: string[], body: string): Word | undefined {
  const { code, TransactionID, parameter } = resultOf(body);
  const status = kind === "outcome" ? String(parameter("TransactionStatus") ?? "") : "";
  // That a question could not be answered says nothing about the money.
  if (kind === "outcome" && (code !== "0" || !["Completed", "Failed", "Cancelled"].includes(status))) return undefined;
  const isPaid =
    kind === "outcome" ? status === "Completed" : code === "0" || (kind === "reversal" && code === REVERSED_ALREADY);
  const number = kind === "outcome" ? String(parameter("ReceiptNo") ?? "") : (TransactionID ?? "");
  const amount = parameter(kind === "payout" ? "TransactionAmount" : "Amount");
  return {
    ...{ about: "refund", says: isPaid ? "paid" : "failed", sessionId: "", refundId, paymentId, currency: KES },
    ...(code === "0" && isPaid && isReceipt(number) ? { providerRef: number } : {}),
    amountMinor: code === "0" && amount !== undefined ? minorOf(amount) : Number(asked),
    ...(isPaid ? {} : { reason: kind === "outcome" ? status : code }),
  };
}
