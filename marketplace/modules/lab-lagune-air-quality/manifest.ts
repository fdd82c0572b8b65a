import { defineModule } from "../../contract/index.ts";

export default defineModule({
  manifest: {
    contract: 1,
    name: "lab-lagune/air-quality",
    version: "1.2.0",
    title: { en: "The air we breathe", fr: "L’air que nous respirons", ar: "الهواء الذي نتنفسه" },
    summary: {
      en: "A table for fine dust measured at street corners, its mean with the target of the World Health Organization, a public page with their map, and a lesson for schools.",
      fr: "Une table pour les poussières fines mesurées au coin des rues, leur moyenne avec la cible de l’Organisation mondiale de la santé, une page publique avec leur carte, et une leçon pour les écoles.",
      ar: "جدول للغبار الدقيق المقيس عند زوايا الشوارع، ومتوسطه مع هدف منظمة الصحة العالمية، وصفحة عامة مع خريطتها، ودرس للمدارس.",
    },
    licence: "CC-BY-4.0",
  },
  parts: [
    {
      kind: "dataset",
      id: "fine-dust",
      title: { en: "Fine dust", fr: "Poussières fines", ar: "الغبار الدقيق" },
      schema: {
        fields: [
          {
            name: "station",
            type: "string",
            title: { en: "Station", fr: "Station", ar: "المحطة" },
            constraints: { required: true },
          },
          {
            name: "measured_at",
            type: "datetime",
            title: { en: "Time", fr: "Heure", ar: "الوقت" },
            constraints: { required: true },
          },
          { name: "place", type: "geopoint", title: { en: "Place", fr: "Lieu", ar: "المكان" } },
          {
            name: "pm25",
            type: "number",
            unit: "µg/m³",
            title: { en: "PM2.5", fr: "PM2,5", ar: "PM2.5" },
            constraints: { minimum: 0, maximum: 2_000 },
          },
        ],
        primaryKey: ["station", "measured_at"],
      },
      card: {
        description: {
          en: "Dust finer than 2.5 thousandths of a millimetre, by station and hour. Such dust goes deep into the lungs.",
          fr: "Poussières plus fines que 2,5 millièmes de millimètre, par station et par heure. Elles vont au fond des poumons.",
          ar: "غبار أدق من 2.5 جزء من ألف من المليمتر، حسب المحطة والساعة. يدخل هذا الغبار إلى عمق الرئتين.",
        },
        licence: "CC-BY-4.0",
        keywords: ["air", "health", "PM2.5"],
        theme: "ENVI",
        frequency: "HOURLY",
      },
      harvest: {
        kind: "file",
        address: "https://air.lab-lagune.example/pm25.csv",
        source: "Lab Lagune, sensors at street corners (made-up data)",
        every: "hour",
        columns: [
          { from: "sensor", name: "station" },
          { from: "time", name: "measured_at" },
        ],
      },
    },
    {
      kind: "indicator",
      id: "mean-pm25",
      title: { en: "Mean fine dust", fr: "Moyenne des poussières fines", ar: "متوسط الغبار الدقيق" },
      unit: "µg/m³",
      formula: { op: "mean", dataset: "fine-dust", field: "pm25" },
      target: { value: 5, better: "lower" },
    },
    {
      kind: "page",
      id: "air",
      title: { en: "The air in your street", fr: "L’air de votre rue", ar: "هواء شارعك" },
      lead: {
        en: "Fine dust at street corners: how much there is, where it is measured, and what the last hours brought.",
        fr: "Les poussières fines au coin des rues : combien il y en a, où on les mesure, et ce qu’ont apporté les dernières heures.",
        ar: "الغبار الدقيق عند زوايا الشوارع: كم هو، وأين يُقاس، وماذا حملت الساعات الأخيرة.",
      },
      blocks: [
        { block: "indicator", indicator: "mean-pm25" },
        {
          block: "map",
          dataset: "fine-dust",
          title: { en: "Where it is measured", fr: "Où l’on mesure", ar: "أماكن القياس" },
        },
        {
          block: "chart",
          dataset: "fine-dust",
          title: { en: "Station by station", fr: "Station par station", ar: "محطة تلو الأخرى" },
          by: "station",
          how: "mean",
          of: "pm25",
        },
        {
          block: "table",
          dataset: "fine-dust",
          title: { en: "The latest values", fr: "Les dernières valeurs", ar: "آخر القيم" },
          columns: ["station", "measured_at", "pm25"],
          sort: { column: "measured_at", descending: true },
          limit: 12,
        },
        {
          block: "text",
          title: { en: "What it means", fr: "Ce que cela signifie", ar: "ماذا يعني ذلك" },
          body: {
            en: "Over a year the mean should not be above 5 µg/m³. Children, elderly people and those with asthma feel fine dust first.\n\nOn bad days, air rooms early in the morning, and choose streets with less traffic.",
            fr: "Sur une année, la moyenne ne devrait pas dépasser 5 µg/m³. Les enfants, les personnes âgées et les asthmatiques ressentent d’abord les poussières fines.\n\nLes mauvais jours, aérez tôt le matin et choisissez des rues moins passantes.",
            ar: "ينبغي ألا يتجاوز المتوسط خلال سنة 5 ميكروغرام في المتر المكعب. أول من يشعر بالغبار الدقيق الأطفال وكبار السن ومرضى الربو.\n\nفي الأيام السيئة، هوّوا الغرف في الصباح الباكر، واختاروا شوارع أقل ازدحاماً.",
          },
        },
      ],
    },
    {
      kind: "texts",
      id: "lesson",
      use: "lesson",
      title: { en: "Measure your street", fr: "Mesurer sa rue", ar: "قِس شارعك" },
      body: {
        en: "Stand at the school gate in the morning and again at noon. Write down what the sensor shows each minute for ten minutes.\n\nWhich mean is higher? What passed by in between? What could your street change?",
        fr: "Tenez-vous devant l’école le matin, puis à midi. Notez ce que montre le capteur chaque minute pendant dix minutes.\n\nQuelle moyenne est la plus haute ? Qu’est-ce qui est passé entre-temps ? Que pourrait changer votre rue ?",
        ar: "قف عند باب المدرسة صباحاً ثم ظهراً. دوّن ما يظهره الحسّاس كل دقيقة لمدة عشر دقائق.\n\nأي المتوسطين أعلى؟ ما الذي مرّ بينهما؟ ما الذي يمكن لشارعك تغييره؟",
      },
    },
  ],
});
