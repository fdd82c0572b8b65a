import { defineOffers } from "../../marketplace/contract/offers.ts";
import { PrepareTelling } from "./events.ts";

// What modules of the marketplace may have done with accounts: their holders may be written to.

export const accountOffers = defineOffers({
  effects: [
    {
      scope: "accounts.holders:tell",
      class: "identity",
      about: ["account"],
      says: {
        en: "send a message to the household concerned; it does not learn the address",
        fr: "envoyer un message au ménage concerné ; il n’apprend pas l’adresse",
        ar: "إرسال رسالة إلى الأسرة المعنية؛ ولا تعرف عنوانها",
      },
      fields: {
        text: { type: "text", title: { en: "the text", fr: "le texte", ar: "النص" } },
        /** They stand in the text as `{value}` and `{date}`. */
        value: { type: "number", isOptional: true, title: { en: "a figure", fr: "un chiffre", ar: "رقم" } },
        date: { type: "moment", isOptional: true, title: { en: "a day", fr: "un jour", ar: "يوم" } },
      },
      text: "text",
      async run(here, { id, about, fields, text, by }) {
        const { value, date } = fields as { value?: number; date?: string };
        const { title, body } = text!;
        return here.ask(PrepareTelling, {
          // Of a day it is said once, however often the module says it.
          once: date === undefined ? id : `${by.installId}/${by.part}/${fields["text"]}/${date}`,
          ...{ accountId: about!, title, body, value, date },
        });
      },
    },
  ],
});
