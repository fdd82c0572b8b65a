import { z } from "@hono/zod-openapi";
import { Fault } from "../../../shared/errors.ts";
import { NotReached } from "../../../shared/outside.ts";
import type { Lang } from "../../../shared/texts.ts";
import { Mistake } from "../drafts/schema.ts";
import { said } from "../drafts/store.ts";
import { Noted, sayAt, Unreadable } from "../formats/note.ts";
import { mistakeTexts } from "./mistake-texts.ts";

type Code = keyof typeof mistakeTexts.catalogues.en;
const codes = Object.keys(mistakeTexts.catalogues.en) as [Code, ...Code[]];
type Values = Record<string, string | number>;

/** What is wrong at another server: a text of `mistake-texts.ts` and its values, said in the reader's language. */
const OfServer = z.object({
  code: z.enum(codes),
  values: z.record(z.string(), z.union([z.string(), z.number()])),
});

/** Why a source failed: its server, or the file that it sent, with where in it. */
export const Why = z.union([OfServer, Mistake]).meta({ id: "HarvestMistake" });
export type Why = z.infer<typeof Why>;

export const sayWhy = (why: Why, lang: Lang = "en"): string => {
  if ("code" in why) return mistakeTexts.in(lang)(why.code, why.values);
  const { pointer, detail } = said(why, lang);
  return pointer === "#" ? detail : `${sayAt(pointer, lang)}: ${detail}`;
};

/** A refusal that knows how it is said in each language. */
class Amiss extends Fault {
  constructor(
    readonly why: z.infer<typeof OfServer>,
    kind: "unavailable" | "invalid",
  ) {
    super(kind, sayWhy(why));
  }
}

/** What another server does that ends a run. @param kind  `invalid` where the address itself is the mistake */
export const amiss = (code: Code, values: Values = {}, kind: "unavailable" | "invalid" = "unavailable"): Fault =>
  new Amiss({ code, values }, kind);

const WHERE_MAX = 120;
/** Which server, and where on it. */
export const whereOf = ({ host, pathname }: Pick<URL, "host" | "pathname">): string =>
  `${host}${pathname === "/" ? "" : pathname}`.slice(0, WHERE_MAX);

/** What is known of a refusal beyond its sentence. */
export function whyOf(error: Fault): Why | undefined {
  if (error instanceof Amiss) return error.why;
  if (error instanceof NotReached) return { code: `reach.${error.why}`, values: error.values };
  if (error instanceof Unreadable) return { at: error.at, says: error.note };
  return error instanceof Noted ? error.notes[0] : undefined;
}
