import { type Model, parseMessage, validate, visit } from "messageformat";
import { accountTexts } from "../../functions/billing/account-texts.ts";
import { billTexts } from "../../functions/billing/texts.ts";
import { identityTexts } from "../../functions/identity/texts.ts";
import { homeTexts } from "../../functions/meters/home/texts.ts";
import { meterTexts } from "../../functions/meters/texts.ts";
import { paymentTexts } from "../../functions/payments/texts.ts";
import { portalTexts } from "../../functions/portal/texts.ts";
import { procedureTexts } from "../../functions/procedures/texts.ts";
import { vendingTexts } from "../../functions/vending/texts.ts";
import { problemTexts } from "../../shared/problem-texts.ts";
import { shellTexts } from "../../shared/shell-texts.ts";
import { LANGS, type Lang, type Texts } from "../../shared/texts.ts";

// What packs may give further languages to, in the order in which a resident meets it. A catalogue is added by its line
// here and by its name where it is defined.
const OPENED = [
  ...[shellTexts, portalTexts, identityTexts, billTexts, accountTexts, paymentTexts],
  ...[procedureTexts, vendingTexts, meterTexts, homeTexts, problemTexts],
] as unknown as readonly Texts<string>[];

/** One text of the house's own pages, as whoever translates it needs it. */
export interface HouseText extends Record<Lang, string> {
  /** `<catalogue>.<key>`. */
  key: string;
  /** What is filled in; `number` where it decides on a plural. */
  values: Record<string, "text" | "number">;
}

let made: ReadonlyMap<string, HouseText> | undefined;

/** All of them by key, made of the catalogues that the pages themselves use. */
export function houseTexts(): ReadonlyMap<string, HouseText> {
  made ??= new Map(
    OPENED.flatMap(({ catalogues, opened }) =>
      Object.entries(catalogues.en)
        .filter(([key]) => !opened!.closed.includes(key))
        .map(([key]): [string, HouseText] => {
          const name = `${opened!.name}.${key}`;
          const [en, fr, ar] = LANGS.map((lang) => catalogues[lang][key]!) as [string, string, string];
          return [name, { key: name, en, fr, ar, values: valuesIn(parseMessage(en)) }];
        }),
    ),
  );
  return made;
}

/** The same by catalogue, in the order in which a resident meets them. */
export const textsByCatalogue = (): Map<string, HouseText[]> =>
  Map.groupBy(houseTexts().values(), ({ key }) => key.slice(0, key.indexOf(".")));

/** How many of the house's texts there are in a pack, of how many. */
export const coverageOf = (texts: Record<string, string>): { said: number; of: number } => ({
  said: Object.keys(texts).filter((key) => houseTexts().has(key)).length,
  of: houseTexts().size,
});

/**
 * Addresses and long numbers: whoever says where to pay or call on the page of a bill could have it paid to themselves.
 * What the house's own text names, such as an example, may stand.
 */
const LEADS_AWAY =
  /(?<![^\s@])[^\s@]+@[^\s@]+|(?<![\p{L}\d.-])[\p{L}\d-]+(?:\.[\p{L}\d-]+)*\.\p{L}{2,}|\b\w+:\/\/\S*|\p{Nd}(?:[\s./-]?\p{Nd}){5,}/gu;

const JOINERS = /[\u200c\u200d]/g;

const FUNCTIONS = ["number", "integer", "string"];

function valuesIn(message: Model.Message): HouseText["values"] {
  const { variables } = validate(message, () => {});
  const numbers = new Set<string>();
  visit(message, {
    expression: ({ arg, functionRef }) => {
      if (arg?.type === "variable" && functionRef && functionRef.name !== "string") numbers.add(arg.name);
    },
  });
  return Object.fromEntries([...variables].sort().map((name) => [name, numbers.has(name) ? "number" : "text"]));
}

/** Why a text cannot stand for one of the house's; undefined when it can. */
export function textMistake(key: string, text: string): string | undefined {
  const house = houseTexts().get(key);
  if (!house) return "The house has no such text, or says it in its own languages alone.";
  let message: Model.Message;
  try {
    message = parseMessage(text);
  } catch (error) {
    return `It is no MessageFormat 2: ${(error as Error).message}`;
  }
  const wrong = new Set<string>();
  const { functions } = validate(message, (kind) => wrong.add(kind));
  if (wrong.size > 0) return `It is no whole message: ${[...wrong].join(", ")}.`;
  if (message.declarations.some(({ type }) => type === "local")) return "It declares a value of its own.";
  const strange = strangeIn(message);
  if (strange !== undefined) return strange;
  const odd = [...functions].find((name) => !FUNCTIONS.includes(name));
  if (odd !== undefined) return `It uses the function :${odd}; there are :${FUNCTIONS.join(", :")}.`;
  const led = (text.replace(JOINERS, "").match(LEADS_AWAY) ?? []).find(
    (one) => !LANGS.some((lang) => house[lang].includes(one)),
  );
  if (led !== undefined) return `The house does not name ${led} there.`;
  const values = valuesIn(message);
  const missing = Object.keys(house.values).find((name) => !Object.hasOwn(values, name));
  if (missing !== undefined) return `It lacks {$${missing}}.`;
  const extra = Object.keys(values).find((name) => !Object.hasOwn(house.values, name));
  if (extra !== undefined) return `The house does not fill in {$${extra}}.`;
  const counted = Object.keys(values).find((name) => values[name] === "number" && house.values[name] !== "number");
  return counted === undefined ? undefined : `{$${counted}} is no number.`;
}

/** What is valid MessageFormat and yet nothing that a translation needs. */
function strangeIn(message: Model.Message): string | undefined {
  let found: string | undefined;
  visit(message, {
    markup: () => {
      found = "It has markup.";
    },
    expression: ({ arg }) => {
      if (arg?.type === "literal") found = "It fills in something of its own.";
    },
    // By `style=percent` 5 would be 500 %.
    options: () => {
      found = "It writes figures in its own way.";
    },
  });
  return found;
}
