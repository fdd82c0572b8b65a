import { defineOffers, heard } from "../../marketplace/contract/offers.ts";
import { planned } from "../../shared/tasks.ts";
import { CaseMoved, keyOf, TellAll } from "./events.ts";

// What modules of the marketplace may hear of cases: that one moved, and nothing that anybody wrote in it. To applicants of
// their own procedures they may have something said, without learning who or how many they are.

const text = (en: string, fr: string, ar: string) => ({ type: "text" as const, title: { en, fr, ar } });

export const procedureOffers = defineOffers({
  effects: [
    {
      scope: "procedures.applicants:tell",
      class: "identity",
      isForMany: true,
      says: {
        en: "send a message to those who applied in a procedure of its own; it does not learn who they are",
        fr: "envoyer un message à ceux qui ont fait une demande dans l’une de ses démarches ; il n’apprend pas qui ils sont",
        ar: "إرسال رسالة إلى من قدّموا طلباً في إجراء خاص بها؛ ولا تعرف من هم",
      },
      fields: {
        text: text("the text", "le texte", "النص"),
        procedure: text("the procedure", "la démarche", "الإجراء"),
        state: text("the state", "l’état", "الحالة"),
        question: text("the question", "la question", "السؤال"),
        /** Parted by commas; whoever gave one of them is written to. */
        answers: text("the answers", "les réponses", "الإجابات"),
        value: { type: "number", isOptional: true, title: { en: "a figure", fr: "un chiffre", ar: "رقم" } },
        date: { type: "moment", isOptional: true, title: { en: "a day", fr: "un jour", ar: "يوم" } },
      },
      text: "text",
      run: async (here, { id, fields, text, by }) => {
        const { procedure, state, question, answers, value, date } = fields as Record<string, string> & {
          value?: number;
        };
        const said = { ...text!, ...(value === undefined ? {} : { value }), ...(date === undefined ? {} : { date }) };
        const to = { procedure: keyOf(by.module, procedure!), state: state!, question: question! };
        const writes = [
          planned(TellAll, id, here.clock.now(), {
            ...said,
            ...to,
            answers: answers!.split(",").map((one) => one.trim()),
          }),
        ];
        return { writes, events: [] };
      },
    },
  ],
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
