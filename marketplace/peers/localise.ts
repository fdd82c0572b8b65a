import { payableUnit } from "../../shared/payable.ts";
import { LangTag } from "../contract/words.ts";
import type { Json } from "./merge.ts";
import { nameIn } from "./merge.ts";
import type { Profile } from "./schema.ts";

// Another city's module as this city would have it: its languages, its names, its hosts, its money. Amounts are never
// converted: a price is a decision, so one that is missing in the city's money is asked for.

/** An amount that the profile must say before the module can be the city's. */
export interface Missing {
  at: string;
  was: Json;
}
export interface Localised {
  value: Json;
  missing: Missing[];
}

type Record_ = { [name: string]: Json };
const isRecord = (value: Json | undefined): value is Record_ =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** @param module  `{ manifest, parts }`  @param currency  the city's */
export function localise(module: Json, profile: Profile, currency: string): Localised {
  const missing: Missing[] = [];
  const { manifest = {}, parts = [] } = module as { manifest?: Json; parts?: Json };
  const spoken = (parts as Record_[]).map((part) => {
    const own = worded(part, profile) as Record_;
    const at = `/parts/${String(part["id"])}`;
    if (part["kind"] === "tariff") return { ...own, tariff: priced(own["tariff"] as Record_, `${at}/tariff`) };
    if (part["kind"] === "procedure") return { ...own, prices: prices(own["prices"], `${at}/prices`) };
    if (part["kind"] === "dataset" && isRecord(own["harvest"])) return { ...own, harvest: hosted(own["harvest"]) };
    if (Array.isArray(own["config"])) return { ...own, config: settings(own["config"], `${at}/config`) };
    return own;
  });
  return { value: { manifest: worded(manifest, profile), parts: spoken }, missing };

  /** What the profile says here; else as it was, and asked for where the money is another. */
  function amount(at: string, was: Json, isAsked: boolean): Json {
    const own = Object.hasOwn(profile.amounts, at) ? profile.amounts[at] : undefined;
    if (own === undefined && isAsked) missing.push({ at, was });
    return own ?? was;
  }

  function priced(tariff: Record_, at: string): Record_ {
    const isOther = tariff["currency"] !== currency;
    const rates = (one: Record_, from: string): Record_ => ({
      ...one,
      ...(Array.isArray(one["bands"])
        ? {
            bands: (one["bands"] as Record_[]).map((band, i) => ({
              ...band,
              price: amount(`${from}/bands/${i}/price`, band["price"]!, isOther),
            })),
          }
        : {}),
      ...(one["fixedMinor"] === undefined
        ? {}
        : { fixedMinor: amount(`${from}/fixedMinor`, one["fixedMinor"], isOther && one["fixedMinor"] !== 0) }),
    });
    const { classes } = tariff;
    const social = isRecord(classes) ? classes["social"] : undefined;
    const rounding = isRecord(tariff["rounding"]) ? tariff["rounding"] : {};
    // What is usual in the one money becomes what is usual in the other.
    const said = rounding["toMinor"];
    const isUsual = said === undefined || (isOther && said === payableUnit(String(tariff["currency"])));
    const toMinor = isUsual ? payableUnit(currency) : said;
    return {
      ...rates(tariff, at),
      currency,
      rounding: {
        ...rounding,
        toMinor: amount(`${at}/rounding/toMinor`, toMinor, isOther && !isUsual && toMinor !== 1),
      },
      ...(isRecord(social) ? { classes: { social: rates(social, `${at}/classes/social`) } } : {}),
    };
  }

  function prices(given: Json | undefined, at: string): Json {
    return ((given ?? []) as Record_[]).map((price) => {
      const amounts = isRecord(price["amounts"]) ? price["amounts"] : {};
      const known = Object.hasOwn(amounts, currency) ? amounts[currency] : undefined;
      const own = amount(`${at}/${String(price["name"])}`, known ?? amounts, known === undefined);
      return isRecord(own) ? price : { ...price, amounts: { ...amounts, [currency]: own } };
    });
  }

  function settings(given: Json[], at: string): Json {
    return (given as Record_[]).map((one) => ({
      ...one,
      value: amount(`${at}/${String(one["name"])}`, one["value"]!, false),
    }));
  }

  function hosted(harvest: Record_): Record_ {
    const other = (host: string) => (Object.hasOwn(profile.hosts, host) ? profile.hosts[host]! : host);
    const url = new URL(String(harvest["address"]));
    url.hostname = other(url.hostname);
    const alsoAsks = ((harvest["alsoAsks"] ?? []) as string[]).map(other);
    return { ...harvest, address: url.href, alsoAsks };
  }
}

/** Fields that hold words for people, by language; examples, conditions and programs are left as they are. */
const WORDS = new Set("title summary description changes names body label hint lead says purpose needs".split(" "));
const NOT_WORDS = new Set(["proof", "code", "only", "fields", "when", "does", "formula", "amount", "isBasedOn"]);

function worded(value: Json, profile: Profile, field = ""): Json {
  if (Array.isArray(value)) return value.map((one) => worded(one, profile, field));
  if (!isRecord(value)) return value;
  if (WORDS.has(field) && isWords(value)) return spoken(value, profile);
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, NOT_WORDS.has(name) ? one : worded(one, profile, name)]),
  );
}

const isWords = (value: Record_): value is Record<string, string> =>
  Object.entries(value).every(([tag, text]) => LangTag.safeParse(tag).success && typeof text === "string");

function spoken(words: Record<string, string>, { languages, names }: Profile): Record<string, string> {
  const kept = Object.entries(words).filter(([tag]) => languages.length === 0 || languages.includes(tag));
  // Said in none of the city's languages, it is better read in another than not at all.
  const chosen = kept.length > 0 ? kept : Object.entries(words);
  return Object.fromEntries(chosen.map(([tag, text]) => [tag, renamed(text, names)]));
}

/**
 * Each name once, the longest first; what stands there then is not looked at again: names that held each other would
 * grow a word without end.
 */
function renamed(text: string, names: Profile["names"]): string {
  const from = Object.keys(names).sort((a, b) => b.length - a.length);
  if (from.length === 0) return text;
  const literally = from.map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return text.replace(new RegExp(literally.join("|"), "g"), (found) => names[found]!);
}

/** Puts a value at a place; things of a named list are found by their name. @returns undefined: there is no such place */
export function put(tree: Json, at: string, value: Json): Json | undefined {
  const [, ...steps] = at.split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps.length === 0 ? undefined : placed(tree, steps, value);
}

function placed(tree: Json, [step = "", ...rest]: readonly string[], value: Json): Json | undefined {
  if (Array.isArray(tree)) {
    const key = nameIn(tree);
    const i = key === undefined ? Number(step) : tree.findIndex((one) => (one as Record_)[key] === step);
    const inner = i >= 0 && Object.hasOwn(tree, i) ? under(tree[i]!, rest, value) : undefined;
    return inner === undefined ? undefined : tree.with(i, inner);
  }
  if (!isRecord(tree) || (!Object.hasOwn(tree, step) && rest.length > 0)) return undefined;
  const inner = under(tree[step] ?? null, rest, value);
  return inner === undefined ? undefined : Object.fromEntries([...Object.entries(tree), [step, inner]]);
}

const under = (tree: Json, rest: readonly string[], value: Json): Json | undefined =>
  rest.length === 0 ? value : placed(tree, rest, value);
