import { absentIsNone } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import { answer, cityRoom } from "../../shared/room.ts";
import { labelled } from "../../shared/texts.ts";
import { AllAccounts } from "../accounts/events.ts";
import { adjustAgain, adjusting, adjustMany, adjustmentItems } from "./adjustments.ts";
import { costOfUse } from "./costing.ts";
import { isAdvance } from "./domain.ts";
import { duesByReference, duesInOrder } from "./dues.ts";
import {
  BillById,
  BillByReference,
  BillRaised,
  ChargePenalty,
  CostOfUse,
  CreditBill,
  DuesByReference,
  DuesInOrder,
  DuesOfAccount,
  PenaltiesOf,
  RaiseDue,
  RemitPenalty,
  TariffInUse,
} from "./events.ts";
import { exemptionItems, exemptionList } from "./exemptions.ts";
import { flatItems } from "./flat.ts";
import { planItems, standingOf } from "./instalments.ts";
import { chargePenalty, penaltiesOf, penaltyItems, remitPenalty } from "./penalties.ts";
import { expiring, raise } from "./raising.ts";
import "./refusal-texts.ts";
import { credit, reliefItems, reliefList, reliefOf } from "./reliefs.ts";
import { billRoutes } from "./routes.tsx";
import { ruleItems } from "./rule.ts";
import { running, tariffInUse } from "./run.ts";
import { type Bill, isMetered } from "./schema.ts";
import { statementItems, statementReactions } from "./statement.ts";
import { billStore } from "./store.ts";
import { billTexts } from "./texts.ts";

const factsOf = (bill: Bill) => ({
  ...bill,
  billId: bill.id,
  ...(isMetered(bill) ? {} : { titles: bill.titles, month: bill.period }),
});

async function duesOf(here: Here, accountId: string, limit: number) {
  const dues: (ReturnType<typeof factsOf> & { issuedAt: string })[] = [];
  for await (const bill of billStore(here).duesOf(accountId)) {
    if (dues.length === limit) break;
    if (isAdvance(bill)) continue;
    const lateMinor = (await standingOf(here, bill))?.lateMinor ?? bill.dueMinor;
    if (lateMinor > 0) dues.push({ ...factsOf(bill), dueMinor: Math.min(lateMinor, bill.dueMinor) });
  }
  return dues;
}

async function* allAccountIds(here: Here): AsyncIterable<string> {
  let cursor: string | undefined;
  do {
    const page = await here.ask(AllAccounts, { cursor });
    yield* page.accounts.map(({ id }) => id);
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** From a month's use to a bill that is due: tariffs, bill runs, bills, arrears. */
export const billing = cityRoom("billing", {
  scopes: {
    "billing.bills:read": {
      class: "household",
      says: {
        en: "See bills and what is still due",
        fr: "Voir les factures et les restes à payer",
        ar: "رؤية الفواتير وما لم يُدفع منها",
      },
    },
    "billing.bills:write": {
      class: "money",
      says: {
        en: "Enter tariffs and issue bills",
        fr: "Saisir des tarifs et émettre des factures",
        ar: "إدخال التعريفات وإصدار الفواتير",
      },
    },
  },
  routes: billRoutes,
  answers: [
    answer(BillByReference, async (here, { reference }) => factsOf(await billStore(here).byReference(reference))),
    answer(BillById, async (here, { billId }) => {
      const bill = await billStore(here).get(billId);
      return { ...factsOf(bill), lateMinor: (await standingOf(here, bill))?.lateMinor };
    }),
    answer(DuesByReference, duesByReference),
    answer(DuesInOrder, duesInOrder),
    answer(RaiseDue, raise),
    answer(BillRaised, async (here, { id }) => ({ billId: (await billStore(here).raised(id))?.id })),
    answer(CreditBill, credit),
    answer(DuesOfAccount, (here, { accountId, limit }) => duesOf(here, accountId, limit)),
    answer(PenaltiesOf, (here, { billId }) => penaltiesOf(here, billId)),
    answer(ChargePenalty, chargePenalty),
    answer(RemitPenalty, remitPenalty),
    answer(TariffInUse, async (here, { kind }) => ({ tariff: (await tariffInUse(here, kind))?.tariff })),
    answer(CostOfUse, costOfUse),
  ],
  reactions: [...statementReactions, ...adjusting],
  tasks: [expiring, running, adjustMany, adjustAgain],
  collections: {
    billing: (here) => billStore(here).items(allAccountIds(here)),
    reliefs: reliefItems,
    bill_adjustments: adjustmentItems,
    instalments: planItems,
    exemptions: exemptionItems,
    flat: flatItems,
    bill_penalties: penaltyItems,
    matching_rules: ruleItems,
    statements: (here) => statementItems(here, allAccountIds(here)),
  },
  find: {
    roles: ["agent", "treasurer", "administrator"],
    run: async (here, typed, lang) => {
      const store = billStore(here);
      const own = typed.replace(/^([a-z]+)_(.*)$/i, (_, kind, rest) => `${kind.toLowerCase()}_${rest.toUpperCase()}`);
      const relief = own.startsWith("rlf_") ? await reliefOf(here, own).catch(absentIsNone) : undefined;
      const id = relief?.billId ?? own;
      const bill = await (id.startsWith("bill_") ? store.get(id) : store.byReference(typed)).catch(absentIsNone);
      if (!bill) return [];
      const due = formatMoney(bill.dueMinor, bill.currency, lang);
      return [
        { path: `/bills/${bill.id}`, title: bill.reference, facts: labelled(lang, billTexts.in(lang)("due"), due) },
      ];
    },
  },
  waits: {
    roles: ["treasurer", "administrator"],
    run: async (here, lang) => {
      const [{ reliefs }, { exemptions }] = await Promise.all([
        reliefList(here, { limit: 20 }),
        exemptionList(here, { limit: 20 }),
      ]);
      const t = billTexts.in(lang);
      return [
        { path: "/staff/billing/reliefs", label: t("reliefs"), count: reliefs.length },
        { path: "/staff/billing/exemptions", label: t("exemptions"), count: exemptions.length },
      ].filter(({ count }) => count > 0);
    },
  },
  nav: [
    { path: "/bills", label: (lang) => billTexts.in(lang)("myBills"), roles: ["resident"] },
    { path: "/pay", label: (lang) => billTexts.in(lang)("pay") },
    {
      path: "/staff/billing",
      label: (lang) => billTexts.in(lang)("billing"),
      roles: ["agent", "treasurer", "administrator"],
    },
  ],
});
