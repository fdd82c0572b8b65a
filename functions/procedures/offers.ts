import { defineOffers, heard } from "../../marketplace/contract/offers.ts";
import { CaseMoved } from "./events.ts";

// What modules of the marketplace may hear of cases: that one moved, and nothing that anybody wrote in it.

export const procedureOffers = defineOffers({
  events: [
    {
      event: heard(CaseMoved),
      class: "operational",
      says: {
        en: "when a case of a procedure moves on",
        fr: "quand un dossier de démarche avance",
        ar: "عند انتقال ملف إجراء إلى حالة أخرى",
      },
      data: {
        caseId: { type: "text", title: { en: "the case", fr: "le dossier", ar: "الملف" } },
        procedure: { type: "text", title: { en: "the procedure", fr: "la démarche", ar: "الإجراء" } },
        from: { type: "text", title: { en: "the state before", fr: "l’état précédent", ar: "الحالة السابقة" } },
        to: { type: "text", title: { en: "the state now", fr: "le nouvel état", ar: "الحالة الحالية" } },
        by: { type: "text", title: { en: "who moved it", fr: "qui l’a fait avancer", ar: "من نقله" } },
        waits: { type: "text", title: { en: "whose turn it is", fr: "à qui d’agir", ar: "على من الدور" } },
        days: {
          type: "number",
          title: { en: "days since it was handed in", fr: "jours depuis le dépôt", ar: "أيام منذ الإيداع" },
        },
      },
    },
  ],
});
