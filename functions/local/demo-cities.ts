import type { CityOrder } from "../../shared/cities.ts";
import type { TariffSource } from "../billing/events.ts";
import type { RailName } from "../payments/rail.ts";
import type { DemoRolls } from "./demo-rolls.ts";

/** A demo city, and what is made up for it. */
export interface DemoCity {
  order: CityOrder & { boundary: { type: "Polygon"; coordinates: [number, number][][] } };
  tariffs: TariffSource[];
  /** How it is paid, where not by card alone: accounts at the stand-ins of providers. */
  accounts?: { id: string; rail: RailName; name: string }[];
  /** Of a city that taxes parcels and stalls. */
  rolls?: DemoRolls;
  /** Names of places of three kinds. */
  places: Record<"markets" | "water-points" | "bus-stops", string[]>;
  /** Titles of its datasets, and what all of them say about themselves. */
  datasets: Record<"markets" | "water-points" | "bus-stops" | "usage" | "description", string>;
}

// Rough outlines, drawn by hand for maps of things that do not exist: no city's legal border.
export const DEMO_CITIES: readonly DemoCity[] = [
  {
    order: {
      slug: "abidjan",
      name: "Abidjan",
      country: "CI",
      currency: "XOF",
      languages: ["fr"],
      timeZone: "Africa/Abidjan",
      isSynthetic: true,
      administrator: "admin@abidjan.example",
      boundary: {
        type: "Polygon",
        coordinates: [
          [
            [-4.13, 5.28],
            [-4.0, 5.235],
            [-3.88, 5.24],
            [-3.865, 5.31],
            [-3.89, 5.38],
            [-3.93, 5.45],
            [-4.02, 5.46],
            [-4.1, 5.43],
            [-4.135, 5.36],
            [-4.13, 5.28],
          ],
        ],
      },
    },
    tariffs: [
      {
        names: { fr: "Électricité domestique", en: "Household electricity" },
        kind: "electricity",
        currency: "XOF",
        bands: [{ upTo: 80, price: "49" }, { upTo: 240, price: "82" }, { price: "104" }],
        fixedMinor: 630,
        vatBasisPoints: 1800,
        rounding: { mode: "half_up", toMinor: 5 },
      },
      {
        names: { fr: "Eau", en: "Water" },
        kind: "water",
        currency: "XOF",
        bands: [{ upTo: 18, price: "235" }, { price: "368" }],
        fixedMinor: 450,
        vatBasisPoints: 1800,
        rounding: { mode: "half_up", toMinor: 5 },
      },
    ],
    accounts: [
      { id: "card", rail: "stripe", name: "Carte bancaire" },
      { id: "momo", rail: "momo", name: "MTN MoMo" },
      { id: "orange", rail: "orange", name: "Orange Money" },
    ],
    rolls: {
      zones: ["Plateau", "Abobo"],
      uses: ["Habitation", "Commerce"],
      market: "Marché d’Adjamé",
      categories: ["Poisson", "Légumes"],
      names: {
        parcels: { fr: "Impôt foncier", en: "Property tax" },
        stalls: { fr: "Droit de place", en: "Market fee" },
        fine: { fr: "Dépôt d’ordures", en: "Dumping of waste" },
      },
    },
    places: {
      markets: ["Marché de Cocody", "Marché d’Adjamé", "Marché de Treichville", "Marché de Koumassi", "Marché Gouro"],
      "water-points": ["Borne d’Abobo", "Borne de Yopougon", "Borne d’Attécoubé", "Borne de Port-Bouët"],
      "bus-stops": ["Gare Sud", "Gare Nord", "Liberté", "Saint-Jean", "Carrefour de la Vie", "Siporex", "Palmeraie"],
    },
    datasets: {
      markets: "Marchés",
      "water-points": "Points d’eau",
      "bus-stops": "Arrêts de bus",
      usage: "Consommation d’électricité et d’eau par mois",
      description: "Données synthétiques : rien de tout cela n’existe.",
    },
  },
  {
    order: {
      slug: "casablanca",
      name: "Casablanca",
      country: "MA",
      currency: "MAD",
      languages: ["ar", "fr"],
      timeZone: "Africa/Casablanca",
      isSynthetic: true,
      administrator: "admin@casablanca.example",
      boundary: {
        type: "Polygon",
        coordinates: [
          [
            [-7.72, 33.55],
            [-7.66, 33.5],
            [-7.56, 33.505],
            [-7.49, 33.55],
            [-7.46, 33.61],
            [-7.53, 33.625],
            [-7.61, 33.612],
            [-7.69, 33.59],
            [-7.72, 33.55],
          ],
        ],
      },
    },
    tariffs: [
      {
        names: { ar: "كهرباء المنازل", fr: "Électricité domestique" },
        kind: "electricity",
        currency: "MAD",
        bands: [{ upTo: 100, price: "0.9010" }, { upTo: 200, price: "1.0730" }, { price: "1.3820" }],
        fixedMinor: 1200,
        vatBasisPoints: 1400,
      },
      {
        names: { ar: "الماء", fr: "Eau" },
        kind: "water",
        currency: "MAD",
        bands: [{ upTo: 6, price: "3.18" }, { price: "9.47" }],
        fixedMinor: 800,
        vatBasisPoints: 700,
      },
    ],
    places: {
      markets: ["Marché Central", "Souk Derb Ghallef", "Marché Maârif", "Marché Bab Marrakech", "Souk Korea"],
      "water-points": ["Fontaine Habous", "Fontaine Sidi Moumen", "Fontaine Ancienne Médina"],
      "bus-stops": ["Casa Voyageurs", "Place des Nations Unies", "Aïn Diab", "Sidi Maârouf", "Oasis", "Hay Hassani"],
    },
    datasets: {
      markets: "الأسواق Marchés",
      "water-points": "نقاط الماء Points d’eau",
      "bus-stops": "محطات الحافلات Arrêts de bus",
      usage: "استهلاك الكهرباء والماء Consommation par mois",
      description: "بيانات اصطناعية: لا شيء من هذا موجود. Données synthétiques.",
    },
  },
  {
    order: {
      slug: "nantes",
      name: "Nantes",
      country: "FR",
      currency: "EUR",
      languages: ["fr", "en"],
      timeZone: "Europe/Paris",
      isSynthetic: true,
      administrator: "admin@nantes.example",
      boundary: {
        type: "Polygon",
        coordinates: [
          [
            [-1.64, 47.19],
            [-1.58, 47.18],
            [-1.52, 47.19],
            [-1.48, 47.22],
            [-1.485, 47.26],
            [-1.52, 47.295],
            [-1.57, 47.29],
            [-1.6, 47.25],
            [-1.64, 47.23],
            [-1.64, 47.19],
          ],
        ],
      },
    },
    tariffs: [
      {
        names: { fr: "Électricité, tarif de base", en: "Electricity, basic rate" },
        kind: "electricity",
        currency: "EUR",
        bands: [{ price: "0.1740" }],
        fixedMinor: 1250,
        vatBasisPoints: 2000,
      },
      {
        names: { fr: "Eau", en: "Water" },
        kind: "water",
        currency: "EUR",
        bands: [{ upTo: 10, price: "1.42" }, { price: "3.61" }],
        fixedMinor: 290,
        vatBasisPoints: 550,
      },
    ],
    places: {
      markets: ["Marché de Talensac", "Marché de la Petite-Hollande", "Marché de Zola", "Marché du Vieux-Doulon"],
      "water-points": [
        "Fontaine Graslin",
        "Fontaine du Jardin des Plantes",
        "Fontaine de Mellinet",
        "Fontaine Dervallières",
      ],
      "bus-stops": ["Commerce", "Gare Nord", "Beaujoire", "Haluchère", "Chantenay", "Pirmil", "Orvault Grand Val"],
    },
    datasets: {
      markets: "Marchés",
      "water-points": "Points d’eau",
      "bus-stops": "Arrêts de bus",
      usage: "Consommation d’électricité et d’eau par mois",
      description: "Données synthétiques : rien de tout cela n’existe.",
    },
  },
];
