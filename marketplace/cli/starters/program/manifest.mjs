import { readFileSync } from "node:fs";

// What the module is, what it may do, and an example with its answer. The program itself is index.mjs.

const code = readFileSync(new URL("./index.mjs", import.meta.url), "utf8").replaceAll("export function", "function");

const METER = "mtr_01JD8Q6Z3W8M6W1YB1M0Q4S7XK";
const days = (...litres) =>
  litres.map((quantity, i) => ({ meterId: METER, kind: "water", day: `2026-11-${10 + i}`, quantity, coverage: 1 }));

export default {
  manifest: {
    contract: 1,
    name: "your-party/much-more",
    version: "0.1.0",
    title: { en: "Much more than usual", fr: "Bien plus que d’habitude", ar: "أكثر بكثير من المعتاد" },
    summary: {
      en: "Tells staff of meters that counted much more on their last day than on the days before.",
      fr: "Signale aux agents les compteurs qui ont compté bien plus le dernier jour que les jours d’avant.",
      ar: "ينبّه الموظفين إلى العدادات التي سجّلت في يومها الأخير أكثر بكثير من الأيام السابقة.",
    },
    licence: "Apache-2.0",
  },
  parts: [
    {
      kind: "function",
      id: "watch",
      title: { en: "Watch", fr: "Veille", ar: "المراقبة" },
      on: {
        event: "meters.readings_kept.v1",
        purpose: {
          en: "to look at once at what has come",
          fr: "pour regarder aussitôt ce qui est arrivé",
          ar: "للنظر فوراً فيما وصل",
        },
      },
      // What it gets: nothing else. The city's administrator reads each of these as a sentence.
      reads: [
        {
          as: "days",
          scope: "meters.readings:read",
          about: "meterIds",
          until: "to",
          grain: "day",
          days: 8,
          where: ["=", ["field", "row", "kind"], "water"],
          purpose: {
            en: "to know what is usual at each meter",
            fr: "pour savoir ce qui est habituel à chaque compteur",
            ar: "لمعرفة المعتاد عند كل عداد",
          },
        },
      ],
      // What it may have done.
      effects: [
        {
          scope: "alarms.alarms:raise",
          purpose: {
            en: "so that somebody looks after it",
            fr: "pour que quelqu’un s’en occupe",
            ar: "ليهتم أحد بذلك",
          },
        },
      ],
      // What a city may set.
      config: [
        {
          name: "times",
          title: { en: "Times the usual, at least", fr: "Fois l’habitude, au moins", ar: "أضعاف المعتاد على الأقل" },
          value: 3,
          minimum: 1,
          maximum: 100,
        },
      ],
      proof: [
        {
          name: "four times the usual is told",
          now: "2026-11-14T06:00:00Z",
          event: { meterIds: [METER] },
          reads: { days: days(100, 110, 90, 400) },
          effects: [
            { scope: "alarms.alarms:raise", about: METER, fields: { text: "much-more", value: 4, on: "2026-11-13" } },
          ],
        },
        {
          name: "a day like others is not",
          now: "2026-11-14T06:00:00Z",
          event: { meterIds: [METER] },
          reads: { days: days(100, 110, 90, 105) },
          effects: [],
        },
      ],
      code,
    },
    {
      kind: "texts",
      id: "much-more",
      use: "message",
      title: {
        en: "A meter counted much more than usual; times the usual:",
        fr: "Un compteur a compté bien plus que d’habitude ; fois l’habitude :",
        ar: "سجّل عداد أكثر بكثير من المعتاد؛ أضعاف المعتاد:",
      },
      body: {
        en: "On {date} a meter counted {value} times what is usual.",
        fr: "Le {date}, un compteur a compté {value} fois l’habitude.",
        ar: "في {date} سجّل عداد {value} أضعاف المعتاد.",
      },
    },
  ],
};
