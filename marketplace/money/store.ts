import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { monthOf, monthPlus } from "../../shared/time.ts";
import { Agreement, Invoice, Payee, Terms } from "./schema.ts";

// question                                    key
// which prices the city agreed to             pk MODULE_PRICES         sk <install>#<digest of the terms>
// what served from when on, at which terms    pk MODULE_SERVICE        sk <install>#<revision>
// what was used in a month, each use once     pk MODULE_USES#<month>   sk <install>#<what ran or was handed in>   kept 400 days
// which modules were paid once already        pk MODULE_ONCE           sk <publisher>/<module>
// the invoice of a month                      pk MODULE_INVOICES       sk <month>
// up to which month they are drawn up         pk MODULE_MONEY          sk HEAD
// how large the city is, what tax it owes     pk MODULE_MONEY          sk TERMS
// where somebody's money is sent              pk MODULE_PAYEES         sk <party>
const HEAD = { pk: "MODULE_MONEY", sk: "HEAD" };
const TERMS = { pk: "MODULE_MONEY", sk: "TERMS" };
const invoiceKey = (month: string) => ({ pk: "MODULE_INVOICES", sk: month });
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
  put: { ...invoiceKey(invoice.month), invoice, revision: invoice.revision },
  if: isNew ? "absent" : { revision: invoice.revision - 1 },
});
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

export function moneyStore({ table, clock, city }: Pick<Here, "table" | "clock" | "city">) {
  async function all<T>(pk: string, read: (item: Item) => T): Promise<T[]> {
    const found: T[] = [];
    for await (const item of table.all({ pk })) found.push(read(item));
    return found;
  }
  const find = async (month: string): Promise<Invoice | undefined> => {
    const item = await table.get(invoiceKey(month));
    return item && Invoice.parse(item["invoice"]);
  };
  const services = (): Promise<Service[]> => all("MODULE_SERVICE", (item) => item["service"] as Service);
  const invoices = (): Promise<Invoice[]> => all("MODULE_INVOICES", (item) => Invoice.parse(item["invoice"]));

  return {
    find,
    services,
    invoices,

    /** Those of the last year. */
    async latest(): Promise<Invoice[]> {
      const { items } = await table.query({ pk: "MODULE_INVOICES", reverse: true, limit: 12 });
      return items.map((item) => Invoice.parse(item["invoice"]));
    },

    /** @throws {Fault} absent */
    async get(month: string): Promise<Invoice> {
      const found = await find(month);
      if (!found) throw absent();
      return found;
    },

    /** Writes a change with what follows from it. @throws {Fault} conflict: somebody was faster */
    async change(work: () => Promise<unknown>): Promise<void> {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        throw new Fault("conflict", "Somebody else changed this invoice at the same moment. Look again, then decide.");
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
      if (created || kept.sponsoredUntil === agreement.sponsoredUntil) return { created, agreement: kept };
      const longer = { ...kept, sponsoredUntil: agreement.sponsoredUntil };
      await table.put({ ...key, agreement: longer });
      return { created: false, agreement: longer };
    },

    async wasPaidOnce(module: string): Promise<boolean> {
      return (await table.get(onceKey(module))) !== undefined;
    },

    /** How often each install was used in a month, by the terms of the version that was. */
    async uses(month: string): Promise<Map<string, number>> {
      const counts = new Map<string, number>();
      for await (const item of table.all({ pk: usesOf(month) })) {
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
