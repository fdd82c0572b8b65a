import { absentIsNone, Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { accountOf, connect, connectFirst, MARKETPLACE } from "./accounts.ts";
import { type Charge, type ChargeAsked, ChargeHeard, type ChargeState } from "./events.ts";
import type { Heard } from "./rail.ts";
import type { Account } from "./schema.ts";

// Charges that the city itself pays: direct ones on the account of whoever is paid, which is connected to the house's.
// Two witnesses say how one stands: the provider when it is asked, and its signed callback.

// question                          key
// which charges the city opened     pk CHARGES   sk <id>   kept 60 days
const chargeKey = (id: string) => ({ pk: "CHARGES", sk: id });
const KEPT_S = 60 * 86_400;

/** Stripe takes no longer than a day. */
const OPEN_MS = 23 * 3_600_000;

/** On whose account it is, and not by what the house's own hears. */
const on = (connectedAccount: string) => ({ connectedAccount, isPlatform: false });

async function platform(here: Here): Promise<Account> {
  const account = await accountOf(here, MARKETPLACE).catch(absentIsNone);
  if (account?.rail !== "stripe" || !account.isOpen)
    throw new Fault("unavailable", `The house's key is not set yet: an account "${MARKETPLACE}" at Stripe.`);
  return account;
}

/** Opens the page on which it is paid; asked twice with one id it is one page. @throws {Fault} invalid, unavailable */
export async function openCharge(here: Here, asked: Charge): Promise<{ sessionId: string; url: string }> {
  const { id, connectedAccount, reference, amountMinor, feeMinor, currency, title, lang, backUrl } = asked;
  const { origin } = new URL(backUrl);
  const connection = await connectFirst(here, await platform(here), origin, on(connectedAccount));
  const now = here.clock.now();
  const { sessionId, url } = await connection.open({
    ...{ paymentId: id, reference, amountMinor, currency, title, lang, applicationFeeMinor: feeMinor },
    expiresAt: new Date(now.getTime() + OPEN_MS).toISOString(),
    successUrl: backUrl,
    cancelUrl: backUrl,
  });
  const expiresAt = Math.floor(now.getTime() / 1_000) + KEPT_S;
  await here.table.putIfAbsent({ ...chargeKey(id), connectedAccount, sessionId, heard: "open", expiresAt });
  return { sessionId, url: url! };
}

/** How it stands. @throws {Fault} unavailable */
export async function askCharge(
  here: Here,
  { connectedAccount, sessionId, ...about }: ChargeAsked,
): Promise<ChargeState> {
  const connection = await connect(here, await platform(here), "", on(connectedAccount));
  const { says, amountMinor, currency } = await connection.ask(sessionId, { ...about, paymentId: about.id });
  return { says, ...(says === "paid" ? { amountMinor, currency } : {}) };
}

/**
 * A signed callback about an account that is connected to the house's. The house's key hears of all of them, also of
 * what other cities pay: only of a charge that this city opened, on that account and by that page, it is told further,
 * and once.
 */
export async function chargeHeard(
  here: Here,
  { connectedAccount, word }: NonNullable<Heard["elsewhere"]>[number],
): Promise<void> {
  const { paymentId: id = "", sessionId, says, amountMinor, currency } = word;
  if (says === "open" || id === "") return;
  const kept = await here.table.get(chargeKey(id));
  if (kept?.["connectedAccount"] !== connectedAccount || kept["sessionId"] !== sessionId) return;
  if (kept["heard"] === "paid" || kept["heard"] === says) return;
  const fact = { id, connectedAccount, sessionId, says, ...(says === "paid" ? { amountMinor, currency } : {}) };
  await here
    .commit([{ put: { ...kept, heard: says }, if: { heard: kept["heard"] } }], [told(ChargeHeard, id, fact)])
    .catch((error) => {
      // Its twin was faster.
      if (!(error instanceof ConditionFailed)) throw error;
    });
}
