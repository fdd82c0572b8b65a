import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { At, Posted, Posting } from "../../shared/ledger.ts";
import { receiptText } from "./domain.ts";
import type { KeptPayment, Part, Payment } from "./schema.ts";
import { isPlain, partAccount, sumOf } from "./spreading.ts";

export const PURPOSE = "payments.receipt";

/** How a receipt names what became an account's credit. */
export const CREDIT = "credit";

/** What a receipt says; no name. */
export const factsOf = (here: Pick<Here, "city">, payment: Payment) => ({
  paymentId: payment.id,
  city: here.city.slug,
  reference: payment.reference,
  amountMinor: payment.settledMinor ?? payment.amountMinor,
  currency: payment.currency,
  settledAt: payment.settledAt ?? "",
  ...(payment.parts
    ? {
        parts: payment.parts.map((part) => ({
          reference: "billId" in part ? part.reference : CREDIT,
          amountMinor: part.amountMinor,
        })),
      }
    : {}),
});

/** The city's signature under the receipt of a payment that is being settled, base64url. */
export async function signatureOf(here: Pick<Here, "city" | "secrets">, settled: Payment): Promise<string> {
  const signature = await here.secrets.sign(PURPOSE, Buffer.from(receiptText(factsOf(here, settled))));
  return Buffer.from(signature).toString("base64url");
}

/** A settled payment with what it paid. */
function paid(settled: KeptPayment, parts: readonly Part[], rule: number): KeptPayment {
  const sum = sumOf(parts);
  if (isPlain(parts, settled.billId)) return sum === settled.amountMinor ? settled : { ...settled, forBillMinor: sum };
  return { ...settled, parts: [...parts], rule, ...(sum === settled.amountMinor ? {} : { settledMinor: sum }) };
}

/** What was signed is not what is posted: another payment was faster at one of the dues. */
class OtherParts extends Error {
  constructor(readonly parts: readonly Part[]) {
    super("the dues changed meanwhile");
  }
}
const TRIES = 10;

export interface Signing {
  settled: KeptPayment;
  /** What it will pay, as it seems now. */
  parts: readonly Part[];
  rule: number;
}

/**
 * Posts a payment together with its signed receipt. What it pays is known at the commit alone, and a signature takes
 * longer than that: so what it seems to pay is signed first, and signed anew where it turns out to be something else.
 *
 * @param plan  is given what turns the parts into the payment to keep
 */
export async function postSigned(
  here: Here,
  { settled, parts: seems, rule }: Signing,
  post: { id: string; content: unknown },
  plan: (at: At, kept: (parts: readonly Part[]) => KeptPayment) => Posting,
): Promise<Posted> {
  const said = (parts: readonly Part[]) =>
    isPlain(parts, settled.billId) ? "" : JSON.stringify(parts.map((part) => [partAccount(part), part.amountMinor]));
  let signed = seems;
  for (let tries = 0; tries < TRIES; tries++) {
    const signature = await signatureOf(here, paid(settled, signed, rule));
    const kept = (parts: readonly Part[]): KeptPayment => {
      if (said(parts) !== said(signed)) throw new OtherParts(parts);
      return { ...paid(settled, parts, rule), signature };
    };
    try {
      return await here.ledger.post({ ...post, plan: (at) => plan(at, kept) });
    } catch (error) {
      if (!(error instanceof OtherParts)) throw error;
      signed = error.parts;
    }
  }
  throw new Fault("unavailable", "Too many pay this account at once; send it again.", { retryAfterS: 1 });
}
