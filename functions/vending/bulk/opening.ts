import { Fault, type FieldError, invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { readContact } from "../../../shared/identity/contacts.ts";
import { newId } from "../../../shared/ids.ts";
import { ConditionFailed, type Write } from "../../../shared/table.ts";
import { LANGS, type Lang } from "../../../shared/texts.ts";
import { dayOf } from "../../../shared/time.ts";
import { RaiseDue } from "../../billing/events.ts";
import { quoted } from "../buying.ts";
import { readNumber } from "../domain.ts";
import { type Asked, BulkQuote, type KeptBulk, type NewBulk } from "./schema.ts";
import { bulkStore } from "./store.ts";
import { bulkTexts } from "./texts.ts";

/** An office pays by transfer, which takes days; what was shown holds until then. */
const OPEN_MS = 7 * 24 * 3_600_000;
/** Meters that are looked at at once. */
const AT_ONCE = 10;

type Quoted = Awaited<ReturnType<typeof quoted>>;

/** What is wrong with a line: that of an order of many, or what the sale of its meter alone refuses. */
export interface WrongLine {
  index: number;
  field: "meter" | "amountMinor";
  why: "twice" | "other_service" | Fault;
}

/**
 * What each line buys at this moment, or what is wrong with it: everything that is wrong is said at once.
 * @throws {Fault} invalid: other money
 */
export async function quotedLines(
  here: Here,
  { lines, currency }: Pick<NewBulk, "lines" | "currency">,
): Promise<{ quotes: Quoted[]; wrong: WrongLine[] }> {
  if (currency !== undefined && currency !== here.city.currency)
    throw invalid("#/currency", `This city's currency is ${here.city.currency}.`);
  const all: (Quoted | Fault)[] = [];
  for (let i = 0; i < lines.length; i += AT_ONCE)
    all.push(...(await Promise.all(lines.slice(i, i + AT_ONCE).map((line) => quotedOrNot(here, line)))));
  const seen = new Set<string>();
  const quotes: Quoted[] = [];
  const wrong: WrongLine[] = [];
  for (const [index, found] of all.entries()) {
    const number = readNumber(lines[index]!.meter);
    if (seen.has(number)) wrong.push({ index, field: "meter", why: "twice" });
    else if (found instanceof Fault)
      wrong.push({ index, field: found.kind === "invalid" ? "amountMinor" : "meter", why: found });
    else if (quotes[0] && found.quote.meter.resource !== quotes[0].quote.meter.resource)
      wrong.push({ index, field: "meter", why: "other_service" });
    else quotes.push(found);
    seen.add(number);
  }
  return { quotes, wrong };
}

/** A refusal is about the line; all else is no mistake of its. */
async function quotedOrNot(here: Here, line: Asked): Promise<Quoted | Fault> {
  try {
    return await quoted(here, line);
  } catch (error) {
    if (error instanceof Fault && ["absent", "conflict", "invalid"].includes(error.kind)) return error;
    throw error;
  }
}

/** The same as a program reads it. */
export function detailOf(why: WrongLine["why"] | "no_number" | "no_amount"): string {
  if (why === "no_number") return "There is no meter's number.";
  if (why === "no_amount") return "There is no amount of money above 0, or it is too large.";
  if (why === "twice") return "This meter stands in the order twice.";
  if (why === "other_service") return "An order is of one service: this meter counts another one than the first.";
  if (why.kind === "absent") return "No prepaid meter of this city has this number.";
  return why.members.errors?.[0]?.detail ?? why.message;
}

/** The refusal of an order, with what is wrong by line. */
export class WrongLines extends Fault {
  readonly wrong: readonly WrongLine[];
  constructor(wrong: readonly WrongLine[]) {
    const errors = wrong.map(
      (one): FieldError => ({ pointer: `#/lines/${one.index}/${one.field}`, detail: detailOf(one.why) }),
    );
    super("invalid", "Nothing was ordered: some lines are not right.", { errors });
    this.wrong = wrong;
  }
}

export const quoteOf = (quotes: readonly Quoted[]): BulkQuote =>
  BulkQuote.parse({
    resource: quotes[0]!.quote.meter.resource,
    currency: quotes[0]!.quote.currency,
    totalMinor: quotes.reduce((sum, { quote }) => sum + quote.sale.paidMinor, 0),
    lines: quotes.map(({ quote: { meter, sale, withKeyChange } }) => ({
      meter,
      withKeyChange,
      quote: sale,
      amountMinor: sale.paidMinor,
    })),
  });

/** What an order would be; nothing is kept. @throws {Fault} invalid: other money @throws {WrongLines} */
export async function bulkQuote(here: Here, asked: Pick<NewBulk, "lines" | "currency">): Promise<BulkQuote> {
  const { quotes, wrong } = await quotedLines(here, asked);
  if (wrong.length > 0) throw new WrongLines(wrong);
  return quoteOf(quotes);
}

/**
 * Opens an order of many: one bill, which expires unless it is paid. Its purchases are opened when it is: until then
 * there is nothing that anybody could pay for one of them, and nothing on a customer's statement. The same id with the
 * same lines is the same order.
 * @param intent  by it the bill is raised once where two requests without an id, of one intent, come at one moment
 * @param record  writes that keep the answer with the effect
 * @throws {Fault} invalid: other money, no contact; conflict: the id is another order's
 * @throws {WrongLines}
 */
export async function openBulk(
  here: Here,
  asked: NewBulk,
  lang: Lang,
  { intent, record = () => [] }: { intent?: string; record?: (bulk: KeptBulk) => Write[] } = {},
): Promise<{ created: boolean; bulk: KeptBulk }> {
  const store = bulkStore(here);
  const contact = asked.contact === undefined ? undefined : readContact(asked.contact, here.city.country);
  const before = asked.id === undefined ? undefined : await store.read(asked.id);
  if (before) return { created: false, bulk: same(before.is, asked) };
  const { quotes, wrong } = await quotedLines(here, asked);
  if (wrong.length > 0) throw new WrongLines(wrong);
  const now = here.clock.now();
  const id = asked.id ?? newId("ppb", now);
  const { lines, ...total } = quoteOf(quotes);
  const expiresAt = new Date(now.getTime() + OPEN_MS).toISOString();
  const due = await here.ask(RaiseDue, {
    id: `vending:${asked.id ?? intent ?? id}`,
    kind: `prepaid_${total.resource}`,
    titles: Object.fromEntries(
      LANGS.map((each) => [each, bulkTexts.in(each)(`${total.resource}Bulk`, { count: lines.length })]),
    ),
    period: dayOf(now, here.city.timeZone),
    netMinor: total.totalMinor,
    vatMinor: 0,
    currency: total.currency,
    expiresAt,
  });
  const bulk: KeptBulk = {
    id,
    state: "quoted",
    ...total,
    ...due,
    lines: lines.map((line, i) => {
      const { id: meterId, accountId } = quotes[i]!.meter.is;
      return { ...line, purchaseId: newId("ppp", now), meterId, ...(accountId === undefined ? {} : { accountId }) };
    }),
    tariff: quotes[0]!.basis.tariff,
    ...(contact === undefined ? {} : { contact }),
    lang,
    stayed: [],
    leftMinor: 0,
    createdAt: now.toISOString(),
    expiresAt,
  };
  try {
    await here.commit([...store.writes(bulk), ...record(bulk)]);
    return { created: true, bulk };
  } catch (error) {
    const twin = error instanceof ConditionFailed ? await store.read(id) : undefined;
    if (!twin) throw error;
    return { created: false, bulk: same(twin.is, asked) };
  }
}

function same(kept: KeptBulk, { lines }: Pick<NewBulk, "lines">): KeptBulk {
  const isSame =
    kept.lines.length === lines.length &&
    kept.lines.every(
      (line, i) => line.meter.number === readNumber(lines[i]!.meter) && line.amountMinor === lines[i]!.amountMinor,
    );
  if (isSame) return kept;
  throw new Fault("conflict", "There is another order under this id.");
}
