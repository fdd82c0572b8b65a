import { defineOffers, type Fields, heard } from "../../marketplace/contract/offers.ts";
import { absentIsNone } from "../../shared/errors.ts";
import { BillById, BillIssued } from "./events.ts";

// What modules of the marketplace may hear and read of bills.

const BILL: Fields = {
  billId: { type: "text", id: "bill", title: { en: "the bill", fr: "la facture", ar: "الفاتورة" } },
  accountId: { type: "text", id: "account", title: { en: "the account", fr: "le compte", ar: "الحساب" } },
  month: { type: "text", title: { en: "the month", fr: "le mois", ar: "الشهر" } },
  kind: { type: "text", title: { en: "what it is for", fr: "son objet", ar: "موضوعها" } },
  /** Minor units, as is all money here. */
  totalMinor: {
    type: "number",
    title: { en: "the total of the bill", fr: "le total de la facture", ar: "مبلغ الفاتورة" },
  },
  currency: { type: "text", title: { en: "the currency", fr: "la monnaie", ar: "العملة" } },
  issuedAt: { type: "moment", title: { en: "the time of issue", fr: "le moment de l’émission", ar: "وقت الإصدار" } },
};

export const billingOffers = defineOffers({
  events: [
    {
      event: heard(BillIssued),
      class: "household",
      says: { en: "when a bill is issued", fr: "quand une facture est émise", ar: "عند إصدار فاتورة" },
      data: BILL,
    },
  ],
  reads: [
    {
      scope: "billing.bills:read",
      class: "household",
      about: "bill",
      says: {
        en: "how these bills stand now",
        fr: "où en sont ces factures",
        ar: "حال هذه الفواتير الآن",
      },
      rows: {
        ...BILL,
        dueMinor: { type: "number", title: { en: "what is still due", fr: "le reste dû", ar: "المبلغ المتبقي" } },
        state: { type: "text", title: { en: "its state", fr: "son état", ar: "حالتها" } },
      },
      async run(here, { ids }) {
        const bills = await Promise.all(ids.map((billId) => here.ask(BillById, { billId }).catch(absentIsNone)));
        return bills.flatMap((bill) => {
          if (!bill) return [];
          const { billId, accountId, month, kind, totalMinor, currency, issuedAt, dueMinor, state } = bill;
          const facts = { billId, month, kind, totalMinor, currency, issuedAt, dueMinor, state };
          return [accountId === undefined ? facts : { ...facts, accountId }];
        });
      },
    },
  ],
});
