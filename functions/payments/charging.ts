import { absentIsNone, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { accountOf, connect, MARKETPLACE, STAND_IN } from "./accounts.ts";
import type { Charge, ChargeAsked, ChargeState } from "./events.ts";
import type { Connection } from "./rail.ts";

// Charges that the city itself pays: direct ones on the account of whoever is paid, which is connected to the house's.

/** Stripe takes no longer than a day. */
const OPEN_MS = 23 * 3_600_000;

async function connected(here: Here, connectedAccount: string): Promise<Connection> {
  const own = await accountOf(here, MARKETPLACE).catch(absentIsNone);
  const account = own?.isOpen ? own : await accountOf(here, STAND_IN.id).catch(absentIsNone);
  if (account?.rail !== "stripe")
    throw new Fault("unavailable", `The house's key is not set yet: an account "${MARKETPLACE}" at Stripe.`);
  return connect(here, account, "", { connectedAccount });
}

/** Opens the page on which it is paid; asked twice with one id it is one page. @throws {Fault} invalid, unavailable */
export async function openCharge(here: Here, asked: Charge): Promise<{ sessionId: string; url: string }> {
  const connection = await connected(here, asked.connectedAccount);
  const { id, reference, amountMinor, feeMinor, currency, title, lang, backUrl } = asked;
  const { sessionId, url } = await connection.open({
    ...{ paymentId: id, reference, amountMinor, currency, title, lang, applicationFeeMinor: feeMinor },
    expiresAt: new Date(here.clock.now().getTime() + OPEN_MS).toISOString(),
    successUrl: backUrl,
    cancelUrl: backUrl,
  });
  return { sessionId, url: url! };
}

/** How it stands. @throws {Fault} unavailable */
export async function askCharge(
  here: Here,
  { connectedAccount, sessionId, ...about }: ChargeAsked,
): Promise<ChargeState> {
  const connection = await connected(here, connectedAccount);
  const { says, amountMinor, currency } = await connection.ask(sessionId, { ...about, paymentId: about.id });
  return { says, ...(says === "paid" ? { amountMinor, currency } : {}) };
}
