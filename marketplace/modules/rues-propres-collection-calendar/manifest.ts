import { readFileSync } from "node:fs";
import { defineModule } from "../../contract/index.ts";

const code = readFileSync(new URL("./index.js", import.meta.url), "utf8").replaceAll("export function", "function");

const tell = (text: string, answers: string) => ({
  scope: "procedures.applicants:tell",
  fields: { text, procedure: "reminders", state: "on", question: "zone", answers, date: "2026-11-27" },
});
const friday = { day: "2026-11-26", tomorrow: "2026-11-27", weekday: 5 };

export default defineModule({
  manifest: {
    contract: 1,
    name: "rues-propres/collection-calendar",
    version: "1.0.0",
    title: { en: "When the bins go out", fr: "Quand sortir les poubelles", ar: "متى تُخرج النفايات" },
    summary: {
      en: "The calendar of waste collection, zone by zone, and a reminder the evening before for whoever asks for it.",
      fr: "Le calendrier de la collecte des déchets, zone par zone, et un rappel la veille pour qui le demande.",
      ar: "تقويم جمع النفايات، منطقة بمنطقة، وتذكير في الليلة السابقة لمن يطلبه.",
    },
    licence: "Apache-2.0",
  },
  parts: [
    {
      kind: "dataset",
      id: "calendar",
      title: { en: "Collection calendar", fr: "Calendrier de collecte", ar: "تقويم الجمع" },
      schema: {
        fields: [
          {
            name: "zone",
            type: "integer",
            title: { en: "Zone", fr: "Zone", ar: "المنطقة" },
            constraints: { required: true, minimum: 1, maximum: 999 },
          },
          { name: "streets", type: "string", title: { en: "Streets", fr: "Rues", ar: "الشوارع" } },
          {
            name: "weekday",
            type: "string",
            title: { en: "Day", fr: "Jour", ar: "اليوم" },
            constraints: { required: true },
          },
          {
            name: "kind",
            type: "string",
            title: { en: "What", fr: "Quoi", ar: "ماذا" },
            constraints: { required: true },
          },
        ],
        primaryKey: ["zone", "weekday", "kind"],
      },
      card: {
        description: {
          en: "On which day of the week what is collected in which zone.",
          fr: "Quel jour de la semaine quoi est collecté dans quelle zone.",
          ar: "في أي يوم من الأسبوع يُجمع ماذا وفي أي منطقة.",
        },
        licence: "CC-BY-4.0",
        keywords: ["waste"],
        theme: "ENVI",
        frequency: "IRREG",
      },
    },
    {
      kind: "page",
      id: "calendar-page",
      title: { en: "Waste collection", fr: "Collecte des déchets", ar: "جمع النفايات" },
      lead: {
        en: "Find your zone by your street, then the days.",
        fr: "Trouvez votre zone par votre rue, puis les jours.",
        ar: "ابحث عن منطقتك حسب شارعك، ثم عن الأيام.",
      },
      blocks: [
        {
          block: "link",
          to: "reminders",
          label: { en: "Remind me the evening before", fr: "Me le rappeler la veille", ar: "ذكّروني في الليلة السابقة" },
        },
        {
          block: "table",
          dataset: "calendar",
          columns: ["zone", "streets", "weekday", "kind"],
          sort: { column: "zone" },
          limit: 40,
        },
      ],
    },
    {
      kind: "procedure",
      id: "reminders",
      title: { en: "Reminder of waste collection", fr: "Rappel de collecte des déchets", ar: "التذكير بجمع النفايات" },
      summary: {
        en: "You get a message the evening before each collection in your zone, until you stop it.",
        fr: "Vous recevez un message la veille de chaque collecte dans votre zone, jusqu’à ce que vous l’arrêtiez.",
        ar: "تصلك رسالة في الليلة السابقة لكل جمع في منطقتك، إلى أن توقفها.",
      },
      minutes: 1,
      questions: [
        {
          kind: "number",
          id: "zone",
          title: { en: "In which zone do you live?", fr: "Dans quelle zone habitez-vous ?", ar: "في أي منطقة تسكن؟" },
          hint: {
            en: "Its number stands beside your street in the calendar.",
            fr: "Son numéro figure à côté de votre rue dans le calendrier.",
            ar: "رقمها مكتوب بجانب شارعك في التقويم.",
          },
          minimum: 1,
          maximum: 999,
        },
      ],
      states: [
        {
          id: "on",
          title: { en: "Reminders are on", fr: "Rappels activés", ar: "التذكير مفعّل" },
          says: {
            en: "You will be reminded the evening before each collection.",
            fr: "Vous recevrez un rappel la veille de chaque collecte.",
            ar: "ستصلك رسالة تذكير في الليلة السابقة لكل جمع.",
          },
          waits: "applicant",
        },
        {
          id: "off",
          title: { en: "Reminders are off", fr: "Rappels arrêtés", ar: "التذكير متوقف" },
          says: {
            en: "You will get no further reminder.",
            fr: "Vous ne recevrez plus de rappel.",
            ar: "لن تصلك رسائل تذكير أخرى.",
          },
          waits: "nobody",
        },
      ],
      transitions: [
        {
          id: "stop",
          title: { en: "Stop the reminders", fr: "Arrêter les rappels", ar: "إيقاف التذكير" },
          from: ["on"],
          to: "off",
          by: "applicant",
        },
      ],
      keepMonths: 1,
      proof: [
        { name: "reminders go on until they are stopped", today: "2026-11-26", answers: { zone: 3 }, state: "on" },
        {
          name: "whoever stops them gets none",
          today: "2026-11-26",
          answers: { zone: 3 },
          moves: ["stop"],
          state: "off",
        },
        { name: "nobody is reminded of no zone", today: "2026-11-26", answers: {}, wrong: ["zone"] },
      ],
    },
    {
      kind: "function",
      id: "evening",
      title: { en: "The evening before", fr: "La veille au soir", ar: "الليلة السابقة" },
      on: {
        event: "marketplace.evening_began.v1",
        purpose: {
          en: "to remind people in time",
          fr: "pour prévenir les gens à temps",
          ar: "لتذكير الناس في الوقت المناسب",
        },
      },
      reads: [
        {
          as: "calendar",
          scope: "own.tables:read",
          about: "calendar",
          purpose: {
            en: "to see in which zones something is collected tomorrow",
            fr: "pour voir dans quelles zones une collecte a lieu demain",
            ar: "لمعرفة المناطق التي يُجمع فيها شيء غداً",
          },
        },
      ],
      effects: [
        {
          scope: "procedures.applicants:tell",
          purpose: {
            en: "to send the reminder that they asked for",
            fr: "pour envoyer le rappel qu’ils ont demandé",
            ar: "لإرسال التذكير الذي طلبوه",
          },
        },
      ],
      proof: [
        {
          name: "those are reminded in whose zone something is collected tomorrow, kind by kind",
          now: "2026-11-26T17:00:00Z",
          event: friday,
          reads: {
            calendar: [
              { zone: 3, weekday: "Friday", kind: "household" },
              { zone: 1, weekday: "vendredi", kind: "Ordures ménagères" },
              { zone: 1, weekday: "Friday", kind: "recycling" },
              { zone: 2, weekday: "Monday", kind: "household" },
              { zone: 4, weekday: "الجمعة", kind: "paint" },
            ],
          },
          effects: [tell("put-out-household", "1,3"), tell("put-out-recycling", "1"), tell("put-out", "4")],
        },
        {
          name: "nobody is told of an evening before no collection",
          now: "2026-11-26T17:00:00Z",
          event: friday,
          reads: { calendar: [{ zone: 2, weekday: "Monday", kind: "household" }] },
          effects: [],
        },
      ],
      code,
    },
    ...(
      [
        ["put-out", { en: "waste", fr: "déchets", ar: "النفايات" }],
        ["put-out-household", { en: "household waste", fr: "ordures ménagères", ar: "النفايات المنزلية" }],
        ["put-out-recycling", { en: "recycling", fr: "tri sélectif", ar: "المواد القابلة للتدوير" }],
        ["put-out-garden", { en: "garden waste", fr: "déchets verts", ar: "نفايات الحدائق" }],
      ] as const
    ).map(([id, what]) => ({
      kind: "texts" as const,
      id,
      use: "message" as const,
      title: {
        en: `Collection tomorrow: ${what.en}`,
        fr: `Collecte demain : ${what.fr}`,
        ar: `الجمع غداً: ${what.ar}`,
      },
      body: {
        en: "On {date}, in your zone. Please put it out this evening. To stop the reminders:",
        fr: "Le {date}, dans votre zone. Merci de sortir les bacs ce soir. Pour arrêter les rappels :",
        ar: "في {date}، في منطقتك. يُرجى إخراجها هذا المساء. لإيقاف التذكير:",
      },
    })),
  ],
});
