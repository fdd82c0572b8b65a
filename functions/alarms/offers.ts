import { defineOffers, heard } from "../../marketplace/contract/offers.ts";
import { inLang } from "../../marketplace/contract/words.ts";
import { AlarmRaised, RaiseForModule } from "./events.ts";

// What modules of the marketplace may hear of alarms, and that they may raise one.

export const alarmOffers = defineOffers({
  events: [
    {
      event: heard(AlarmRaised),
      class: "operational",
      says: { en: "when an alarm is raised", fr: "quand une alerte est donnée", ar: "عند إطلاق إنذار" },
      data: {
        alarmId: { type: "text", title: { en: "the alarm", fr: "l’alerte", ar: "الإنذار" } },
        kind: { type: "text", title: { en: "the kind of alarm", fr: "le genre d’alerte", ar: "نوع الإنذار" } },
      },
    },
  ],
  effects: [
    {
      scope: "alarms.alarms:raise",
      class: "operational",
      about: ["meter", "account", "bill"],
      says: {
        en: "raise an alarm for the city’s staff",
        fr: "donner une alerte aux agents de la ville",
        ar: "إطلاق إنذار لموظفي المدينة",
      },
      fields: {
        text: { type: "text", title: { en: "the text", fr: "le texte", ar: "النص" } },
        value: { type: "number", isOptional: true, title: { en: "a figure", fr: "un chiffre", ar: "رقم" } },
        /** The same day is alarmed once; another one anew. */
        on: { type: "moment", isOptional: true, title: { en: "a day", fr: "un jour", ar: "يوم" } },
      },
      text: "text",
      async run(here, { about, fields, text, by, at }) {
        const { value, on } = fields as { value?: number; on?: string };
        const what = inLang(text!.title, here.city.languages[0] ?? "en");
        return here.ask(RaiseForModule, {
          ...by,
          ...{ about, value, on, at, what },
        });
      },
    },
  ],
});
