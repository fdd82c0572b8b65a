import { on, type Told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { answer, cityRoom } from "../../shared/room.ts";
import { does } from "../../shared/tasks.ts";
import { CreditMet } from "../billing/events.ts";
import { askAgain, silentProviders } from "./asking.ts";
import { askCharge, openCharge } from "./charging.ts";
import { creditItems, useCredit, useCreditAfter } from "./credit.ts";
import { deskRoutes } from "./desk.ts";
import { deskPages } from "./desk-pages.tsx";
import { disputesThatWaited } from "./disputes.ts";
import {
  AccountCredited,
  AskCharge,
  AskMoney,
  AskProvider,
  BeingPaidNow,
  CompareFile,
  CreditUsed,
  DisputeLost,
  DisputeWon,
  EndPayment,
  OldestSuspense,
  OpenCharge,
  PaymentSettled,
  PaymentUndone,
  ReconcileDay,
  Refunded,
  RefundFailed,
  SendRefund,
  TakePayment,
  UndoTaken,
} from "./events.ts";
import { filedRoutes } from "./filed/api.ts";
import { FILES, filedPages } from "./filed/pages.tsx";
import { filedStore } from "./filed/store.ts";
import { filedTexts } from "./filed/texts.ts";
import { found } from "./finding.ts";
import { limitItems, limitsOf } from "./limits.ts";
import { askMoney } from "./paying.ts";
import { receiptSent } from "./receipts.ts";
import { compareFile, reconcileDay, reconciliationItems, reconciliations } from "./reconciling.ts";
import { refundItems, refundList, sendRefund } from "./refunds.ts";
import "./refusal-texts.ts";
import { paymentRoutes } from "./routes.tsx";
import { paymentStore } from "./store.ts";
import { oldestSuspense, suspenseItems, suspenseList } from "./suspense.ts";
import { take, undo } from "./taking.ts";
import { paymentTexts } from "./texts.ts";
import { beingPaidNow, endOvertaken, overtaken } from "./turns.ts";

async function dueAgain(here: Here, { data }: Told<{ paymentId?: string | undefined }>) {
  await useCreditAfter(here, data.paymentId);
  return [];
}

/** Being paid: one payment for a bill, settled once by rule, with a receipt that anyone can check. */
export const payments = cityRoom("payments", {
  scopes: {
    "payments.payments:read": {
      class: "money",
      says: { en: "See payments", fr: "Voir les paiements", ar: "رؤية المدفوعات" },
    },
    "payments.statements:write": {
      class: "money",
      says: {
        en: "Hand in files of payment providers",
        fr: "Remettre des fichiers de prestataires de paiement",
        ar: "تسليم ملفات مزوّدي الدفع",
      },
    },
  },
  routes: (app) => {
    deskRoutes(app);
    deskPages(app);
    filedRoutes(app);
    filedPages(app);
    paymentRoutes(app);
  },
  answers: [
    answer(TakePayment, take),
    answer(BeingPaidNow, beingPaidNow),
    answer(OldestSuspense, oldestSuspense),
    answer(OpenCharge, openCharge),
    answer(AskCharge, askCharge),
    answer(UndoTaken, async (here, asked) => {
      await undo(here, asked);
      return {};
    }),
  ],
  reactions: [
    // Of a payment that paid several dues, one receipt.
    on(PaymentSettled, async (here, { data: { paymentId, billId, nth } }) => {
      if (nth === undefined) await receiptSent(here, paymentId);
      return overtaken(here, billId, paymentId);
    }),
    on(CreditUsed, (here, { data: { billId } }) => overtaken(here, billId)),
    on(AccountCredited, async (here, { data: { accountId, paymentId, refundId, nth } }) => {
      if (paymentId !== undefined && refundId === undefined && nth === undefined) await receiptSent(here, paymentId);
      await useCredit(here, accountId);
      return [];
    }),
    on(PaymentUndone, dueAgain),
    on(Refunded, async (here, told) => {
      await dueAgain(here, told);
      return disputesThatWaited(here, told.data.paymentId);
    }),
    on(RefundFailed, (here, { data: { paymentId } }) => disputesThatWaited(here, paymentId)),
    on(DisputeWon, (here, { data: { paymentId } }) => disputesThatWaited(here, paymentId)),
    on(DisputeLost, async (here, told) => {
      await dueAgain(here, told);
      return disputesThatWaited(here, told.data.paymentId);
    }),
    on(CreditMet, async (here, { data: { accountId, billId } }) => {
      await useCredit(here, accountId, billId);
      return [];
    }),
  ],
  tasks: [
    does(AskProvider, askAgain),
    does(AskMoney, askMoney),
    does(EndPayment, endOvertaken),
    does(SendRefund, sendRefund),
    does(ReconcileDay, reconcileDay),
    does(CompareFile, compareFile),
  ],
  collections: {
    payments: (here) => paymentStore(here).items(),
    booked: (here) => paymentStore(here).bookedItems(),
    suspense: suspenseItems,
    refunds: refundItems,
    credit_uses: creditItems,
    limits: limitItems,
    reconciliations: reconciliationItems,
    filed: (here) => filedStore(here).items(),
  },
  leaves: {
    CHARGES: "which charges the city opened, for their callbacks: these come to this house, and asking goes on without",
    COMPARING_ASKED: "what a provider calls a list that it is making; the task asks for another",
    COMPARING: "how far a comparison is; its task goes on and says it again",
    PAYMENT_SILENT: "which provider does not answer is seen again by asking it",
    "REFUND_DAY#": "the day's sum of refunds, for a limit within that day",
    "TURN#": "what was opened last of an account tells two payers at one instant apart, and is of that instant",
    PAYMENT_SETTINGS: "the keys of the city's account are sealed for this house: set them again",
  },
  find: { roles: ["agent", "treasurer", "administrator"], run: found },
  waits: {
    roles: ["treasurer", "administrator"],
    run: async (here, lang) => {
      const t = paymentTexts.in(lang);
      const [waiting, asked, silent, limits, { days }] = await Promise.all([
        suspenseList(here, { limit: 20 }),
        refundList(here, { limit: 20 }),
        silentProviders(here),
        limitsOf(here),
        reconciliations(here, { limit: 31 }),
      ]);
      const awaiting = days.filter(({ awaitsFile }) => awaitsFile).length;
      return [
        { path: "/staff/payments/suspense", label: t("suspenseTitle"), count: waiting.suspense.length },
        { path: "/staff/payments/refunds", label: t("refundsToDecide"), count: asked.refunds.length },
        { path: "/staff/payments/limits", label: t("limitsToDecide"), count: limits.asked ? 1 : 0 },
        { path: FILES, label: filedTexts.in(lang)("daysAwaiting"), count: awaiting },
        { path: "/staff/payments/accounts", label: t("silentTitle"), count: silent.length, isUrgent: true },
      ].filter(({ count }) => count > 0);
    },
  },
  nav: [
    {
      path: "/staff/payments",
      label: (lang) => paymentTexts.in(lang)("payments"),
      roles: ["treasurer", "administrator"],
    },
  ],
});
