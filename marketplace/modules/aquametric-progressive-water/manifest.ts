import { defineModule } from "../../contract/index.ts";

/** Three slices: what a household needs is cheap, what it wastes is not. One tariff for each currency that we know. */
const names = { en: "Progressive water", fr: "Eau progressive", ar: "الماء التصاعدي" };

export default defineModule({
  manifest: {
    contract: 1,
    name: "aquametric/progressive-water",
    version: "1.0.0",
    title: { en: "Progressive water tariff", fr: "Tarif progressif de l’eau", ar: "تعرفة الماء التصاعدية" },
    summary: {
      en: "The first cubic metres of a month are cheap, what is above costs more, and every resident can read why.",
      fr: "Les premiers mètres cubes du mois sont bon marché, le reste coûte plus cher, et chaque habitant peut lire pourquoi.",
      ar: "الأمتار المكعبة الأولى من الشهر رخيصة، وما زاد أغلى، ويستطيع كل ساكن أن يقرأ السبب.",
    },
    licence: "CC-BY-4.0",
  },
  parts: [
    {
      kind: "tariff",
      id: "xof",
      tariff: {
        names,
        kind: "water",
        currency: "XOF",
        bands: [{ upTo: 6, price: "235" }, { upTo: 18, price: "368.7" }, { price: "600" }],
        fixedMinor: 450,
        rounding: { mode: "half_up", toMinor: 5 },
      },
      proof: [
        { name: "a small household stays in the cheap slice", quantity: 6_000, totalMinor: 1_860 },
        { name: "what is above costs more, in coins that there are", quantity: 10_000, totalMinor: 3_335 },
      ],
    },
    {
      kind: "tariff",
      id: "mad",
      tariff: {
        names,
        kind: "water",
        currency: "MAD",
        bands: [{ upTo: 6, price: "2.85" }, { upTo: 20, price: "7.40" }, { price: "10.98" }],
        fixedMinor: 1_200,
        vatBasisPoints: 700,
      },
      proof: [{ name: "thirty cubic metres, with VAT, in coins that there are", quantity: 30_000, totalMinor: 25_950 }],
    },
    {
      kind: "tariff",
      id: "eur",
      tariff: {
        names,
        kind: "water",
        currency: "EUR",
        bands: [{ upTo: 8, price: "1.12" }, { upTo: 15, price: "1.98" }, { price: "3.45" }],
        fixedMinor: 350,
        vatBasisPoints: 550,
      },
      proof: [{ name: "twenty cubic metres, with VAT", quantity: 20_000, totalMinor: 4_597 }],
    },
    {
      kind: "texts",
      id: "how-it-is-made",
      use: "easy_read",
      title: {
        en: "How your water bill is made",
        fr: "Comment se fait votre facture d’eau",
        ar: "كيف تُحسب فاتورة الماء",
      },
      body: {
        en: "A meter counts your water in cubic metres. One cubic metre is a thousand litres.\n\nEach month starts with a cheap slice. It is enough to drink, cook and wash.\n\nIf you use more, only what is above the slice costs more. The cheap slice stays cheap.",
        fr: "Un compteur compte votre eau en mètres cubes. Un mètre cube, c’est mille litres.\n\nChaque mois commence par une tranche bon marché. Elle suffit pour boire, cuisiner et se laver.\n\nSi vous consommez plus, seul ce qui dépasse coûte plus cher. La première tranche reste bon marché.",
        ar: "يقيس العدّاد ماءك بالمتر المكعب. المتر المكعب ألف لتر.\n\nيبدأ كل شهر بشريحة رخيصة تكفي للشرب والطبخ والغسل.\n\nإن استهلكت أكثر، فما زاد وحده أغلى. وتبقى الشريحة الأولى رخيصة.",
      },
    },
    {
      kind: "dataset",
      id: "network-losses",
      title: { en: "Water put in and billed", fr: "Eau mise en réseau et facturée", ar: "الماء المضخوخ والمفوتر" },
      schema: {
        fields: [
          {
            name: "month",
            type: "yearmonth",
            title: { en: "Month", fr: "Mois", ar: "الشهر" },
            constraints: { required: true, unique: true },
          },
          {
            name: "put_in",
            type: "number",
            unit: "m³",
            title: { en: "Put into the network", fr: "Mise en réseau", ar: "المضخوخ في الشبكة" },
            constraints: { minimum: 0 },
          },
          {
            name: "billed",
            type: "number",
            unit: "m³",
            title: { en: "Billed", fr: "Facturée", ar: "المفوتر" },
            constraints: { minimum: 0 },
          },
        ],
        primaryKey: ["month"],
      },
      card: {
        description: {
          en: "How much water the network took in each month, and how much was billed. What is between them was lost or not counted.",
          fr: "L’eau entrée dans le réseau chaque mois, et celle qui a été facturée. Ce qui manque s’est perdu ou n’a pas été compté.",
          ar: "كمية الماء التي دخلت الشبكة كل شهر وكمية ما فُوتر منها. والفرق بينهما ضاع أو لم يُحسب.",
        },
        licence: "CC-BY-4.0",
        keywords: ["water", "network", "losses"],
        theme: "ENVI",
        frequency: "MONTHLY",
      },
    },
    {
      kind: "indicator",
      id: "billed-share",
      title: { en: "Share of water that is billed", fr: "Part de l’eau facturée", ar: "نسبة الماء المفوتر" },
      unit: "m³/m³",
      formula: {
        op: "ratio",
        of: { op: "sum", dataset: "network-losses", field: "billed" },
        per: { op: "sum", dataset: "network-losses", field: "put_in" },
      },
      target: { value: 0.8, better: "higher" },
    },
  ],
});
