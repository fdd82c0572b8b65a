import { absentIsNone } from "../../shared/errors.ts";
import { on, type Told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { readReference } from "../../shared/reference.ts";
import { cityRoom } from "../../shared/room.ts";
import { does } from "../../shared/tasks.ts";
import { BillRelieved } from "../billing/events.ts";
import {
  CreditReturned,
  DisputeLost,
  PaymentSettled,
  PaymentUndone,
  RefundApproved,
  RefundFailed,
} from "../payments/events.ts";
import { procedureApi, READERS, STAFF } from "./api.ts";
import { discard, erase } from "./erasing.ts";
import { Discard, Erase, Raise, TakeBack, Tell, TimeOver } from "./events.ts";
import { billed, looked, takenBack } from "./fees.ts";
import { opened } from "./filling.ts";
import { toldOf } from "./messages.ts";
import { move, movesOf } from "./moving.ts";
import { procedurePages } from "./pages.tsx";
import { queue } from "./queue.ts";
import { titleIn } from "./shown.tsx";
import { procedureStaffPages } from "./staff-pages.tsx";
import { procedureStaffTexts } from "./staff-texts.ts";
import { procedureStore } from "./store.ts";
import { tellingAll, tellingOne } from "./telling.ts";
import { procedureTexts } from "./texts.ts";

/** So many are counted for the console. */
const WAITING_MAX = 20;

const heard = async (here: Here, { data: { billId } }: Told<{ billId?: string | undefined }>) => {
  if (billId !== undefined) await looked(here, billId);
  return [];
};

/** Errands with the city: asked one question a page, decided by a table, paid, and ended by a paper. */
export const procedures = cityRoom("procedures", {
  scopes: {
    "procedures.cases:read": {
      class: "identity",
      says: {
        en: "See applications and what people answered in them",
        fr: "Voir les demandes et ce que les gens y ont répondu",
        ar: "رؤية الطلبات وما أجاب به الناس فيها",
      },
    },
  },
  routes: (app) => {
    procedureApi(app);
    procedurePages(app);
    procedureStaffPages(app);
  },
  reactions: [
    ...[on(PaymentSettled, heard), on(BillRelieved, heard)],
    // A payment that is undone makes its bill due again; a refund that fails is undone itself.
    ...[on(RefundApproved, heard), on(RefundFailed, heard), on(DisputeLost, heard)],
    ...[on(PaymentUndone, heard), on(CreditReturned, heard)],
  ],
  tasks: [
    does(Raise, async (here, id) => {
      await billed(here, id);
      return {};
    }),
    does(TakeBack, async (here, billId, { reliefId, by }) => {
      await takenBack(here, billId, reliefId, by);
      return {};
    }),
    does(TimeOver, async (here, id, { state, since }) => {
      const kase = await procedureStore(here).get(id);
      const of = await opened(here, kase);
      const [onward] = movesOf(here, of, "deadline");
      if (onward && kase.state === state && kase.since === since)
        await move(here, of, { transition: onward.id }, { as: "deadline", id: "deadline" });
      return {};
    }),
    does(Tell, async (here, _id, of) => {
      // What says how to pay needs the bill.
      await billed(here, of.caseId);
      await toldOf(here, of);
      return {};
    }),
    tellingAll,
    tellingOne,
    does(Erase, async (here, id) => {
      await erase(here, await procedureStore(here).get(id), "deadline");
      return {};
    }),
    does(Discard, async (here, id) => {
      await discard(here, id);
      return {};
    }),
  ],
  collections: { procedures: (here) => procedureStore(here).items() },
  blobs: (here) => procedureStore(here).files(),
  find: {
    roles: READERS,
    run: async (here, typed, lang) => {
      const reference = readReference(typed, "C");
      const kase = reference && (await procedureStore(here).by("REF", reference).catch(absentIsNone));
      if (!kase) return [];
      const { definition } = await opened(here, kase);
      return [{ path: `/staff/procedures/cases/${kase.id}`, title: kase.reference!, facts: titleIn(definition, lang) }];
    },
  },
  waits: {
    roles: STAFF,
    run: async (here, lang) => {
      const [all, late] = await Promise.all(
        [false, true].map((isLate) => queue(here, { waits: "staff", isLate, limit: WAITING_MAX })),
      );
      const t = procedureStaffTexts.in(lang);
      return [
        { path: "/staff/procedures?late=yes", label: t("late"), count: late!.cases.length, isUrgent: true },
        { path: "/staff/procedures", label: t("toDecide"), count: all!.cases.length },
      ].filter(({ count }) => count > 0);
    },
  },
  nav: [
    { path: "/procedures", label: (lang) => procedureTexts.in(lang)("title") },
    { path: "/procedures/mine", label: (lang) => procedureTexts.in(lang)("mine"), roles: ["resident"] },
    { path: "/staff/procedures", label: (lang) => procedureStaffTexts.in(lang)("title"), roles: READERS },
  ],
});
