import { absent, absentIsNone, Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { readContact } from "../../shared/identity/contacts.ts";
import { newId } from "../../shared/ids.ts";
import { demandMovable } from "../../shared/payable.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { LANGS, type Lang } from "../../shared/texts.ts";
import { dayOf, dayPlus, monthOf } from "../../shared/time.ts";
import { DuesOfAccount, RaiseDue, TariffInUse, type TariffPart } from "../billing/events.ts";
import { carriedBy, factsNow, hindranceOf, readNumber } from "./domain.ts";
import { NOTHING_BOUGHT, type Selling, sell } from "./sale.ts";
import type { Hindrance, KeptPurchase, Meter, MonthBought, NewPurchase, Quote, VendingRule } from "./schema.ts";
import { type Read, vendingStore } from "./store.ts";
import { vendingTexts } from "./texts.ts";

/** So long what was shown can be paid; longer than a walk to the counter. */
export const OPEN_MS = 24 * 3_600_000;
/** Of one purchase, so many old dues are paid a part at most. */
const DUES_MAX = 20;

export const creditAccount = (id: string): string => `credit:${id}`;
export const dueAccount = (billId: string): string => `due:${billId}`;

/** What a sale is made of, beside the money itself. */
export interface Basis {
  tariff: TariffPart;
  rule: VendingRule;
  /** Old enough for the city's rule, the oldest first. */
  dues: { billId: string; dueMinor: number }[];
  bought: MonthBought;
}

/** @param agreed  the tariff that was shown, where it still holds */
export async function basisOf(
  here: Here,
  { facts, accountId, bought }: Meter,
  agreed?: TariffPart,
): Promise<Basis | undefined> {
  const now = here.clock.now();
  const { currency, timeZone } = here.city;
  const [rule, { tariff = agreed }] = await Promise.all([
    vendingStore(here).rule(),
    agreed ? { tariff: agreed } : here.ask(TariffInUse, { kind: facts.resource }),
  ]);
  if (!tariff) return undefined;
  const before = dayPlus(dayOf(now, timeZone), -rule.arrearsAfterDays);
  const owes =
    accountId === undefined || rule.arrearsBasisPoints === 0
      ? []
      : ((await here.ask(DuesOfAccount, { accountId, limit: DUES_MAX }).catch(absentIsNone)) ?? []);
  const month = monthOf(now, timeZone);
  return {
    tariff,
    rule,
    dues: owes
      .filter((due) => due.currency === currency && dayOf(new Date(due.issuedAt), timeZone) <= before)
      .map(({ billId, dueMinor }) => ({ billId, dueMinor })),
    bought: bought?.month === month ? bought : { month, ...NOTHING_BOUGHT },
  };
}

export const sellingOf = (
  { facts, freeTenths }: Meter,
  { tariff, rule, dues, bought }: Basis,
  money: Pick<Selling, "paidMinor" | "carriedMinor">,
): Selling => ({
  tariff,
  ...money,
  arrearsMinor: dues.reduce((sum, { dueMinor }) => sum + dueMinor, 0),
  arrearsBasisPoints: rule.arrearsBasisPoints,
  bought,
  freeTenths,
  ...carriedBy(facts),
});

type Asked = Pick<NewPurchase, "meter" | "amountMinor" | "currency">;

/**
 * What an amount buys at this moment, before anything is asked of anybody.
 * @throws {Fault} absent: no such meter; conflict: it can be sold nothing; invalid: too little, too much, other money
 */
export async function quoted(here: Here, asked: Asked): Promise<{ quote: Quote; meter: Read<Meter>; basis: Basis }> {
  const { currency } = here.city;
  if (asked.currency !== undefined && asked.currency !== currency)
    throw invalid("#/currency", `This city's currency is ${currency}.`);
  demandMovable(asked.amountMinor, currency);
  const meter = await vendingStore(here).meterByNumber(readNumber(asked.meter));
  const hindrance = hindranceOf(meter.is, here.clock.now());
  if (hindrance === "meter_removed") throw absent();
  if (hindrance) throw hinders(hindrance);
  const [basis, balance] = await Promise.all([
    basisOf(here, meter.is),
    here.ledger.balance(creditAccount(meter.is.id), currency),
  ]);
  if (!basis) throw hinders("no_tariff");
  const money = { paidMinor: asked.amountMinor, carriedMinor: Math.max(0, -balance) };
  const { number, resource } = meter.is.facts;
  return {
    meter,
    basis,
    quote: {
      meter: { number, resource },
      currency,
      sale: sell(sellingOf(meter.is, basis, money)),
      withKeyChange: factsNow(meter.is) !== meter.is.facts,
    },
  };
}

const SAYS: Partial<Record<Hindrance, string>> = {
  meter_blocked: "This meter is blocked by the city: it is sold nothing. Ask at the counter.",
  key_expired: "This meter takes no more tokens before its key is changed. Ask at the counter.",
  no_tariff: "There is no tariff for this meter yet.",
};
const hinders = (hindrance: Hindrance) =>
  new Fault("conflict", SAYS[hindrance] ?? "This meter is sold nothing now.", { hindrance });

/**
 * Opens a purchase: its bill is raised, and expires unless it is paid. The same id with the same contents is the same.
 * @param record  writes that keep the answer with the effect
 * @throws {Fault} as `quoted`; conflict: the id is another purchase's
 */
export async function buy(
  here: Here,
  asked: NewPurchase,
  lang: Lang,
  record: (purchase: KeptPurchase) => Write[] = () => [],
): Promise<{ created: boolean; purchase: KeptPurchase }> {
  const store = vendingStore(here);
  const contact = asked.contact === undefined ? undefined : readContact(asked.contact, here.city.country);
  const before = asked.id === undefined ? undefined : await store.readPurchase(asked.id);
  if (before) return { created: false, purchase: same(before.is, asked) };
  const { quote, meter, basis } = await quoted(here, asked);
  const now = here.clock.now();
  const id = asked.id ?? newId("ppp", now);
  const expiresAt = new Date(now.getTime() + OPEN_MS).toISOString();
  const { currency, meter: facts } = quote;
  const { accountId } = meter.is;
  const due = await raised(here, { id, accountId, meter: facts, amountMinor: asked.amountMinor, now, expiresAt });
  const purchase: KeptPurchase = {
    id,
    meterId: meter.is.id,
    meter: facts,
    amountMinor: asked.amountMinor,
    currency,
    state: "quoted",
    quote: quote.sale,
    tariff: basis.tariff,
    ...due,
    ...(contact === undefined ? {} : { contact }),
    lang,
    orderIds: [],
    arrears: [],
    createdAt: now.toISOString(),
    expiresAt,
  };
  try {
    await here.commit([...store.purchaseWrites(purchase), ...record(purchase)]);
    return { created: true, purchase };
  } catch (error) {
    const twin = error instanceof ConditionFailed ? await store.readPurchase(id) : undefined;
    if (!twin) throw error;
    return { created: false, purchase: same(twin.is, asked) };
  }
}

/** Raises the bill of a purchase: one, whoever asks how often. @param now  when it was opened */
export const raised = (
  here: Here,
  asked: Pick<KeptPurchase, "id" | "meter" | "amountMinor" | "expiresAt"> & {
    accountId?: string | undefined;
    now: Date;
  },
): Promise<{ billId: string; reference: string }> =>
  here.ask(RaiseDue, {
    id: `vending:${asked.id}`,
    ...(asked.accountId === undefined ? {} : { accountId: asked.accountId }),
    kind: `prepaid_${asked.meter.resource}`,
    titles: Object.fromEntries(
      LANGS.map((each) => [
        each,
        vendingTexts.in(each)(`${asked.meter.resource}Title`, { number: asked.meter.number }),
      ]),
    ),
    period: dayOf(asked.now, here.city.timeZone),
    // What it contains of VAT is due when it becomes units, and no sooner.
    netMinor: asked.amountMinor,
    vatMinor: 0,
    currency: here.city.currency,
    expiresAt: asked.expiresAt,
  });

function same(kept: KeptPurchase, { meter, amountMinor }: Asked): KeptPurchase {
  if (kept.meter.number === readNumber(meter) && kept.amountMinor === amountMinor) return kept;
  throw new Fault("conflict", "There is another purchase under this id.");
}
