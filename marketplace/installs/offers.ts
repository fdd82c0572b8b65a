import { defineOffers, heard } from "../contract/offers.ts";
import { EveningBegan } from "./events.ts";

// What the city's calendar tells modules: nothing of anybody.

export const calendarOffers = defineOffers({
  events: [
    {
      event: heard(EveningBegan),
      class: "operational",
      says: {
        en: "every evening at six",
        fr: "chaque soir à six heures",
        ar: "كل مساء عند السادسة",
      },
      data: {
        day: { type: "moment", title: { en: "the day", fr: "le jour", ar: "اليوم" } },
        tomorrow: { type: "moment", title: { en: "the next day", fr: "le lendemain", ar: "اليوم التالي" } },
        weekday: {
          type: "number",
          title: {
            en: "the next day of the week, from Monday, 1, to Sunday, 7",
            fr: "le jour de semaine du lendemain, de lundi, 1, à dimanche, 7",
            ar: "اليوم التالي في الأسبوع، من الاثنين 1 إلى الأحد 7",
          },
        },
      },
    },
  ],
});
