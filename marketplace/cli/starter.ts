import { exponentOf } from "../../shared/money.ts";
import { payable } from "../../shared/payable.ts";
import type { ModuleInput } from "../contract/module.ts";

/** A whole small module to change: each kind of part once, so that nobody begins before an empty page. */
export function starter(name: string, currency: string): ModuleInput {
  const unit = 10 ** exponentOf(currency);
  const cheap = payable({ netMinor: unit === 1 ? 3_000 : 11 * unit, vatMinor: 0 }, currency);
  return {
    manifest: {
      contract: 1,
      name,
      version: "0.1.0",
      title: { en: "A fair price for water", fr: "Un juste prix de l’eau" },
      summary: {
        en: "The first cubic metres cost less: what a household needs is cheap, what it wastes is not.",
        fr: "Les premiers mètres cubes coûtent moins : le nécessaire est bon marché, le gaspillage ne l’est pas.",
      },
      licence: "CC-BY-4.0",
    },
    parts: [
      {
        kind: "tariff",
        id: "tariff",
        tariff: {
          names: { en: "Progressive water tariff", fr: "Tarif progressif de l’eau" },
          kind: "water",
          currency: currency as "EUR",
          bands: [
            { upTo: 10, price: unit === 1 ? "250" : "0.90" },
            { upTo: 25, price: unit === 1 ? "450" : "1.80" },
            { price: unit === 1 ? "800" : "3.60" },
          ],
          fixedMinor: unit === 1 ? 500 : 2 * unit,
        },
        proof: [{ name: "ten cubic metres are cheap", quantity: 10_000, totalMinor: cheap.netMinor }],
      },
      {
        kind: "texts",
        id: "how-to-read",
        use: "easy_read",
        title: { en: "How your water bill is made", fr: "Comment se fait votre facture d’eau" },
        body: {
          en: "The first 10 cubic metres of a month are cheap. The next 15 cost more. What is above costs most.",
          fr: "Les 10 premiers mètres cubes du mois sont bon marché. Les 15 suivants coûtent plus. Le reste coûte le plus.",
        },
      },
      {
        kind: "dataset",
        id: "water-points",
        title: { en: "Public water points", fr: "Points d’eau publics" },
        schema: {
          fields: [
            { name: "point_id", type: "string", constraints: { required: true, unique: true } },
            { name: "place", type: "geopoint" },
            { name: "litres_a_day", type: "number", unit: "L", constraints: { minimum: 0 } },
          ],
          primaryKey: ["point_id"],
        },
        card: {
          description: {
            en: "Where water is free, and how much is drawn.",
            fr: "Où l’eau est gratuite, et combien on en tire.",
          },
          licence: "CC-BY-4.0",
          keywords: ["water"],
          theme: "ENVI",
          frequency: "MONTHLY",
        },
      },
      {
        kind: "indicator",
        id: "litres-per-point",
        title: { en: "Water drawn at a public point", fr: "Eau tirée à un point public" },
        unit: "L",
        formula: { op: "mean", dataset: "water-points", field: "litres_a_day" },
        target: { value: 500, better: "higher" },
      },
    ],
  };
}
