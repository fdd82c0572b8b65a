import { readFileSync } from "node:fs";
import { defineModule, read } from "../../contract/index.ts";

// Leaks behind the meter, found by what runs while everybody sleeps. The example of a module with a program: built from
// the contract alone.

const code = readFileSync(new URL("./index.js", import.meta.url), "utf8").replaceAll("export function", "function");

const METER = "mtr_01JD8Q6Z3W8M6W1YB1M0Q4S7XK";
const ACCOUNT = "acc_01JD8Q6Z3W8M6W1YB1M0Q4S7XK";
const night = (day: string, litres: readonly number[]) =>
  litres.map((quantity, i) => ({ meterId: METER, accountId: ACCOUNT, day, hour: 2 + i, quantity, coverage: 1 }));

export default defineModule({
  manifest: {
    contract: 1,
    name: "clairseau/night-leaks",
    version: "1.0.0",
    title: { en: "Leaks in the night", fr: "Fuites de nuit", ar: "تسرّبات الليل" },
    summary: {
      en: "Finds water that runs all night, night after night: staff is alarmed, and the household is told.",
      fr: "Trouve l’eau qui coule toute la nuit, nuit après nuit : les agents sont alertés, le ménage est averti.",
      ar: "يكتشف الماء الذي يجري طوال الليل، ليلة بعد ليلة: يُنبَّه الموظفون وتُبلَّغ الأسرة.",
    },
    licence: "Apache-2.0",
  },
  parts: [
    {
      kind: "function",
      id: "night-watch",
      title: { en: "Night watch", fr: "Veille de nuit", ar: "حارس الليل" },
      on: {
        event: "meters.readings_kept.v1",
        when: read("there(event.meterIds)"),
        purpose: {
          en: "to look at once at what has come",
          fr: "pour regarder aussitôt ce qui est arrivé",
          ar: "للنظر فوراً فيما وصل",
        },
      },
      reads: [
        {
          as: "nights",
          scope: "meters.readings:read",
          about: "meterIds",
          until: "to",
          grain: "hour",
          days: 8,
          where: read('row.kind = "water" and row.hour >= 2 and row.hour < 5'),
          purpose: {
            en: "to see whether water runs while everybody sleeps",
            fr: "pour voir si l’eau coule quand tout le monde dort",
            ar: "لمعرفة هل يجري الماء والجميع نيام",
          },
        },
      ],
      effects: [
        {
          scope: "alarms.alarms:raise",
          purpose: {
            en: "so that somebody looks after it",
            fr: "pour que quelqu’un s’en occupe",
            ar: "ليهتم أحد بذلك",
          },
        },
        {
          scope: "own.rows:write",
          purpose: {
            en: "to keep a list of the leaks",
            fr: "pour tenir la liste des fuites",
            ar: "لحفظ قائمة بالتسرّبات",
          },
        },
        {
          scope: "accounts.holders:tell",
          optional: true,
          purpose: {
            en: "so that people mend it before the bill comes",
            fr: "pour que les gens réparent avant la facture",
            ar: "ليُصلحه الناس قبل وصول الفاتورة",
          },
        },
      ],
      config: [
        {
          name: "litres",
          title: { en: "Litres an hour, at least", fr: "Litres par heure, au moins", ar: "لترات في الساعة على الأقل" },
          value: 10,
          minimum: 1,
          maximum: 10_000,
        },
        {
          name: "nights",
          title: { en: "Nights one after the other", fr: "Nuits de suite", ar: "ليالٍ متتالية" },
          value: 3,
          minimum: 1,
          maximum: 7,
        },
      ],
      proof: [
        {
          name: "three nights of running water are a leak",
          now: "2026-11-20T06:00:00Z",
          event: { meterIds: [METER] },
          reads: {
            nights: [
              ...night("2026-11-17", [0, 40, 0]),
              ...night("2026-11-18", [14, 13, 15]),
              ...night("2026-11-19", [12, 30, 12]),
              ...night("2026-11-20", [20, 13, 13]),
            ],
          },
          effects: [
            { scope: "alarms.alarms:raise", about: METER, fields: { text: "leak-found", value: 12, on: "2026-11-20" } },
            {
              scope: "own.rows:write",
              about: "night-leaks",
              fields: { meter: METER, night: "2026-11-20", litres_an_hour: 12, nights: 3 },
            },
            {
              scope: "accounts.holders:tell",
              about: ACCOUNT,
              fields: { text: "leak-at-yours", value: 12, date: "2026-11-20" },
            },
          ],
        },
        {
          name: "a bath at night is none",
          now: "2026-11-20T06:00:00Z",
          event: { meterIds: [METER] },
          reads: { nights: [...night("2026-11-19", [0, 120, 0]), ...night("2026-11-20", [0, 0, 90])] },
          effects: [],
        },
      ],
      code,
    },
    {
      kind: "dataset",
      id: "night-leaks",
      title: { en: "Leaks found at night", fr: "Fuites trouvées la nuit", ar: "تسرّبات اكتُشفت ليلاً" },
      schema: {
        fields: [
          { name: "meter", type: "string", constraints: { required: true } },
          { name: "night", type: "date", constraints: { required: true } },
          { name: "litres_an_hour", type: "number", unit: "L", constraints: { required: true } },
          { name: "nights", type: "integer", constraints: { required: true } },
        ],
        primaryKey: ["meter", "night"],
      },
      card: {
        description: {
          en: "Which meters ran all night, how much and for how many nights. It stays with the city’s staff.",
          fr: "Quels compteurs ont tourné toute la nuit, combien et depuis combien de nuits. Réservé aux agents de la ville.",
          ar: "أي العدادات جرت طوال الليل، وبكم، ومنذ كم ليلة. يبقى لدى موظفي المدينة.",
        },
        licence: "CC-BY-4.0",
        theme: "ENVI",
        frequency: "DAILY",
      },
    },
    {
      kind: "texts",
      id: "leak-found",
      use: "message",
      title: {
        en: "Water runs all night at a meter; litres an hour:",
        fr: "L’eau coule toute la nuit à un compteur ; litres par heure :",
        ar: "الماء يجري طوال الليل عند عداد؛ لترات في الساعة:",
      },
      body: {
        en: "Water runs all night at a meter: {value} litres an hour, up to {date}.",
        fr: "L’eau coule toute la nuit à un compteur : {value} litres par heure, jusqu’au {date}.",
        ar: "الماء يجري طوال الليل عند عداد: {value} لتراً في الساعة، حتى {date}.",
      },
    },
    {
      kind: "texts",
      id: "leak-at-yours",
      use: "message",
      title: { en: "Is there a leak at yours?", fr: "Une fuite chez vous ?", ar: "هل يوجد تسرّب عندكم؟" },
      body: {
        en: "At least {value} litres an hour ran at your meter all night, up to {date}. Close every tap: if the meter still turns, water is leaking.",
        fr: "Au moins {value} litres par heure ont coulé à votre compteur toute la nuit, jusqu’au {date}. Fermez tous les robinets : si le compteur tourne encore, il y a une fuite.",
        ar: "جرى عند عدادكم ما لا يقل عن {value} لتر في الساعة طوال الليل حتى {date}. أغلقوا كل الصنابير: إن بقي العداد يدور فهناك تسرّب.",
      },
    },
  ],
});
