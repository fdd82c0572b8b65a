import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { dayOf, monthOf, monthPlus } from "../../shared/time.ts";
import { Agreement, CreditNote, Invoice, Payee, Terms } from "./schema.ts";
import type { Tax } from "./tax.ts";

// question                                    key
// which prices the city agreed to             pk MODULE_PRICES         sk <install>#<digest of the terms>
// what served from when on, at which terms    pk MODULE_SERVICE        sk <install>#<revision>
// what was used in a month, each use once     pk MODULE_USES#<month>   sk <install>#<what ran or was handed in>   kept 400 days
// which modules were paid once already        pk MODULE_ONCE           sk <publisher>/<module>
// the invoices of a month, each sponsor's too pk MODULE_INVOICES       sk <month>[.<sponsor>]
// what was given back of what is paid         pk MODULE_CREDIT_NOTES   sk <invoice>-C<n>
// which invoice or credit note a bill is for  pk MODULE_BILLS          sk <bill>
// up to which month they are drawn up         pk MODULE_MONEY          sk HEAD
// how large the city is, what tax it owes     pk MODULE_MONEY          sk TERMS
// where somebody's money is sent              pk MODULE_PAYEES         sk <party>
const HEAD = { pk: "MODULE_MONEY", sk: "HEAD" };
const TERMS = { pk: "MODULE_MONEY", sk: "TERMS" };
const invoiceKey = (id: string) => ({ pk: "MODULE_INVOICES", sk: id });
const noteKey = (number: string) => ({ pk: "MODULE_CREDIT_NOTES", sk: number });
const billKey = (billId: string) => ({ pk: "MODULE_BILLS", sk: billId });
const onceKey = (module: string) => ({ pk: "MODULE_ONCE", sk: module });
const payeeKey = (party: string) => ({ pk: "MODULE_PAYEES", sk: party });
const agreementKey = (installId: string, terms: string) => ({ pk: "MODULE_PRICES", sk: `${installId}#${terms}` });
const usesOf = (month: string) => `MODULE_USES#${month}`;
const USES_KEPT_S = 400 * 86_400;

/** From when on an install serves at these terms; without terms it is free or does not serve. */
export interface Service {
  installId: string;
  at: string;
  revision: number;
  terms?: string | undefined;
}

export const invoiceWrite = (invoice: Invoice, isNew = false): Write => ({
  put: { ...invoiceKey(invoice.id), invoice, revision: invoice.revision },
  if: isNew ? "absent" : { revision: invoice.revision - 1 },
});
export const noteWrite = (note: CreditNote, isNew = false): Write => ({
  put: { ...noteKey(note.number), note, revision: note.revision },
  if: isNew ? "absent" : { revision: note.revision - 1 },
});
/** What a bill of the city's is for: an invoice's sponsor, or what a party gives back of a credit note. */
export type BilledFor = { invoice: string } | { note: string; party: string };
export const billWrite = (billId: string, of: BilledFor): Write => ({ put: { ...billKey(billId), of } });
/** What was paid once and is given back is due anew when it serves again. */
export const onceAgainWrite = (module: string): Write => ({ delete: onceKey(module) });
export const onceWrite = (module: string, month: string): Write => ({
  put: { ...onceKey(module), month },
  if: "absent",
});
export const headWrite = (drawnTo: string): Write => ({ put: { ...HEAD, drawnTo } });
export const serviceWrite = (service: Service): Write => ({
  put: { pk: "MODULE_SERVICE", sk: `${service.installId}#${String(service.revision).padStart(9, "0")}`, service },
});

/** One use, in the month in which the house counts it; written twice it is one. */
export const useWrite = (month: string, installId: string, what: string, terms: string, now: Date): Write => ({
  put: {
    ...{ pk: usesOf(month), sk: `${installId}#${what}`, terms },
    expiresAt: Math.floor(now.getTime() / 1000) + USES_KEPT_S,
  },
});

/** An invoice as it was kept, also from before there were sponsors' ones and a tax on each line. */
function invoiceIn(item: Item): Invoice {
  const kept = item["invoice"] as { month: string; taxBasisPoints: number; lines: Partial<Invoice["lines"][number]>[] };
  const taxOf = (sponsor: string | undefined): Tax =>
    sponsor !== undefined || kept.taxBasisPoints === 0
      ? { kind: "none", basisPoints: 0, why: "seller_unknown" }
      : { kind: "reverse_charge", basisPoints: kept.taxBasisPoints, why: "city_says" };
  const lines = kept.lines.map((line) => ({ tax: taxOf(line.sponsor), ...line }));
  return Invoice.parse({ id: kept.month, ...kept, lines });
}

export function moneyStore({ table, clock, city }: Pick<Here, "table" | "clock" | "city">) {
  async function all<T>(pk: string, read: (item: Item) => T): Promise<T[]> {
    const found: T[] = [];
    for await (const item of table.all({ pk })) found.push(read(item));
    return found;
  }
  const find = async (id: string): Promise<Invoice | undefined> => {
    const item = await table.get(invoiceKey(id));
    return item && invoiceIn(item);
  };
  const services = (): Promise<Service[]> => all("MODULE_SERVICE", (item) => item["service"] as Service);
  const invoices = (): Promise<Invoice[]> => all("MODULE_INVOICES", invoiceIn);
  const notes = (): Promise<CreditNote[]> => all("MODULE_CREDIT_NOTES", (item) => CreditNote.parse(item["note"]));

  return {
    find,
    services,
    invoices,

    notes,

    /** Those of about the last year. */
    async latest(): Promise<Invoice[]> {
      const { items } = await table.query({ pk: "MODULE_INVOICES", reverse: true, limit: 24 });
      return items.map(invoiceIn);
    },

    /** The city's invoice of a month, and those of its sponsors. */
    async ofMonth(month: string): Promise<Invoice[]> {
      const found: Invoice[] = [];
      for await (const item of table.all({ pk: "MODULE_INVOICES", beginsWith: month })) found.push(invoiceIn(item));
      return found;
    },

    async notesOf(invoice: string): Promise<CreditNote[]> {
      const found: CreditNote[] = [];
      for await (const item of table.all({ pk: "MODULE_CREDIT_NOTES", beginsWith: `${invoice}-C` }))
        found.push(CreditNote.parse(item["note"]));
      return found;
    },
    /** @throws {Fault} absent */
    async note(number: string): Promise<CreditNote> {
      const item = await table.get(noteKey(number));
      if (!item) throw absent();
      return CreditNote.parse(item["note"]);
    },
    async billedFor(billId: string): Promise<BilledFor | undefined> {
      return (await table.get(billKey(billId)))?.["of"] as BilledFor | undefined;
    },

    /** @throws {Fault} absent */
    async get(id: string): Promise<Invoice> {
      const found = await find(id);
      if (!found) throw absent();
      return found;
    },

    /** Writes a change with what follows from it. @throws {Fault} conflict: somebody was faster */
    async change(work: () => Promise<unknown>): Promise<void> {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        throw new Fault("conflict", "Somebody else changed this at the same moment. Look again, then decide.");
      }
    },

    async drawnTo(): Promise<string | undefined> {
      return (await table.get(HEAD))?.["drawnTo"] as string | undefined;
    },

    async terms(): Promise<Terms> {
      return Terms.parse((await table.get(TERMS))?.["terms"] ?? {});
    },
    keepTerms: (terms: Terms): Promise<void> => table.put({ ...TERMS, terms }),

    async agreement(installId: string, terms: string): Promise<Agreement | undefined> {
      const item = await table.get(agreementKey(installId, terms));
      return item && Agreement.parse(item["agreement"]);
    },
    agreements: (): Promise<Agreement[]> => all("MODULE_PRICES", (item) => Agreement.parse(item["agreement"])),
    /** The first word stands; one about a sponsor's longer promise takes its place. */
    async agree(agreement: Agreement): Promise<{ created: boolean; agreement: Agreement }> {
      const key = agreementKey(agreement.installId, agreement.terms);
      const { created, item } = await table.putIfAbsent({ ...key, agreement });
      const kept = Agreement.parse(item["agreement"]);
      const { sponsoredUntil, sponsoredMostMinor } = agreement;
      const isSame = kept.sponsoredUntil === sponsoredUntil && kept.sponsoredMostMinor === sponsoredMostMinor;
      if (created || isSame) return { created, agreement: kept };
      const longer = { ...kept, sponsoredUntil, sponsoredMostMinor };
      await table.put({ ...key, agreement: longer });
      return { created: false, agreement: longer };
    },

    async wasPaidOnce(module: string): Promise<boolean> {
      return (await table.get(onceKey(module))) !== undefined;
    },

    /**
     * How often each install was used in a month, by the terms of the version that was.
     * @param on  only on these days of the city
     */
    async uses(month: string, on?: ReadonlySet<string>): Promise<Map<string, number>> {
      const counts = new Map<string, number>();
      for await (const item of table.all({ pk: usesOf(month) })) {
        const at = new Date((Number(item["expiresAt"]) - USES_KEPT_S) * 1_000);
        if (on && !on.has(dayOf(at, city.timeZone))) continue;
        const key = agreementKey(item.sk.split("#", 1)[0]!, String(item["terms"])).sk;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      return counts;
    },

    payees: (): Promise<Payee[]> => all("MODULE_PAYEES", (item) => Payee.parse(item["payee"])),
    keepPayee: (payee: Payee): Promise<void> => table.put({ ...payeeKey(payee.party), payee }),

    /** Every lasting item, for export. */
    async *items(): AsyncIterable<Item> {
      for (const pk of [
        "MODULE_PRICES",
        "MODULE_SERVICE",
        "MODULE_ONCE",
        "MODULE_INVOICES",
        "MODULE_CREDIT_NOTES",
        "MODULE_BILLS",
        "MODULE_MONEY",
        "MODULE_PAYEES",
      ])
        yield* table.all({ pk });
      const zone = city.timeZone;
      const starts = (await services()).map(({ at }) => monthOf(new Date(at), zone)).sort();
      const last = monthOf(clock.now(), zone);
      for (let month = starts[0] ?? monthPlus(last, 1); month <= last; month = monthPlus(month, 1))
        yield* table.all({ pk: usesOf(month) });
    },
  };
}
