import { answer, cityRoom } from "../../shared/room.ts";
import { TakePayment, UndoTaken } from "./events.ts";
import { paymentRoutes } from "./routes.tsx";
import { paymentStore } from "./store.ts";
import { take, undo } from "./taking.ts";
import { paymentTexts } from "./texts.ts";

/** Being paid: one payment for a bill, settled once by rule, with a receipt that anyone can check. */
export const payments = cityRoom("payments", {
  scopes: {
    "payments.payments:read": {
      class: "money",
      says: { en: "See payments", fr: "Voir les paiements", ar: "رؤية المدفوعات" },
    },
  },
  routes: paymentRoutes,
  answers: [
    answer(TakePayment, take),
    answer(UndoTaken, async (here, asked) => {
      await undo(here, asked);
      return {};
    }),
  ],
  collections: { payments: (here) => paymentStore(here).items() },
  leaves: { PAYMENT_SETTINGS: "the keys of the city's account are sealed for this house: set them again" },
  nav: [
    {
      path: "/staff/payments",
      label: (lang) => paymentTexts.in(lang)("payments"),
      roles: ["treasurer", "administrator"],
    },
  ],
});
