import { z } from "@hono/zod-openapi";
import { LANGS } from "../../../shared/texts.ts";

/** How often a dataset is to be renewed: codes of the EU's frequency vocabulary, and the days within which it is due. */
export const FREQUENCIES = {
  CONT: 1,
  DAILY: 1,
  WEEKLY: 7,
  BIWEEKLY: 14,
  MONTHLY: 31,
  QUARTERLY: 92,
  ANNUAL_2: 184,
  ANNUAL: 366,
  BIENNIAL: 731,
  IRREG: undefined,
  NEVER: undefined,
} as const;
export type Frequency = keyof typeof FREQUENCIES;

/** What a dataset is about: codes of the EU's vocabulary of themes. */
export const THEMES = {
  AGRI: "Agriculture, fisheries, forestry and food",
  ECON: "Economy and finance",
  EDUC: "Education, culture and sport",
  ENER: "Energy",
  ENVI: "Environment",
  GOVE: "Government and public sector",
  HEAL: "Health",
  INTR: "International issues",
  JUST: "Justice, legal system and public safety",
  REGI: "Regions and cities",
  SOCI: "Population and society",
  TECH: "Science and technology",
  TRAN: "Transport",
} as const;
export type Theme = keyof typeof THEMES;

const names = <T extends object>(of: T) => Object.keys(of) as [keyof T & string, ...(keyof T & string)[]];
const Degrees = (most: number) => z.number().min(-most).max(most);

/** What a catalogue card says; asked of whoever publishes. */
export const Card = z
  .strictObject({
    title: z.string().min(1).max(120),
    description: z.string().max(2_000).default(""),
    licence: z.string().min(1).max(80),
    source: z.string().min(1).max(200),
    /** Who answers questions about it: a desk rather than a person. */
    contact: z.string().trim().min(1).max(120).optional(),
    email: z.email().max(200).optional(),
    telephone: z
      .string()
      .regex(/^\+[1-9]\d{3,14}$/, "A telephone number begins with + and has no spaces.")
      .optional(),
    frequency: z.enum(names(FREQUENCIES)).optional(),
    /** In which languages its texts are. */
    languages: z.array(z.enum(LANGS)).min(1).max(LANGS.length).optional(),
    theme: z.enum(names(THEMES)).optional(),
    keywords: z.array(z.string().trim().min(1).max(60)).max(20).optional(),
    /** The days that it is about, where its rows do not say it. */
    from: z.iso.date().optional(),
    to: z.iso.date().optional(),
    /** West, south, east, north of what it is about, where its rows do not say it. */
    area: z.tuple([Degrees(180), Degrees(90), Degrees(180), Degrees(90)]).optional(),
  })
  .meta({ id: "DatasetCard" });
export type Card = z.infer<typeof Card>;

/** The same as a form sends it: lists have commas between. */
export const CardForm = Card.extend({
  languages: z.string().optional(),
  keywords: z.string().optional(),
  area: z.string().optional(),
});
