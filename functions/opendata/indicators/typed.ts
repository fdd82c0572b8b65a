import { latinDigits, minorOf } from "../../../shared/amounts.ts";
import { invalid } from "../../../shared/errors.ts";
import { decimalOf } from "../../../shared/money.ts";
import { LANGS } from "../../../shared/texts.ts";
import type { Definition, Kept } from "./schema.ts";

/** So many assumptions a form asks for. */
export const ASSUMPTIONS_ASKED = 3;

/**
 * A number as people write it: `12.5`, `12,5`, `-3`, `١٢٫٥`. Thousands are not grouped, as it would be guessing.
 * @throws {Fault} invalid
 */
export function numberTyped(typed: string, pointer: string): number {
  const plain = latinDigits(typed.trim().replace("−", "-")).replace(/[,\u066b]/, ".");
  if (!/^-?\d{1,15}(?:\.\d{1,12})?$/.test(plain)) throw invalid(pointer, "A number, such as 12.5.");
  return Number(plain) + 0;
}

/** An indicator as its form shows it. */
export function fieldsOf({ definition, revision }: Pick<Kept, "definition" | "revision">, currency: string) {
  const { titles, description, unit, formula, better, target, band, owner, assumptions, breakdown } = definition;
  const text = (value: number | undefined) => (value === undefined ? "" : String(value));
  const words = LANGS.flatMap((lang) => [
    [`title_${lang}`, titles[lang] ?? ""],
    [`about_${lang}`, description?.[lang] ?? ""],
  ]);
  const assumed = assumptions.flatMap(({ name, titles: said, unit: of, value, low, high, unitCostMinor }, i) => [
    [`a${i}_name`, name],
    ...LANGS.map((lang) => [`a${i}_title_${lang}`, said[lang] ?? ""]),
    [`a${i}_unit`, of],
    [`a${i}_value`, text(value)],
    [`a${i}_low`, text(low)],
    [`a${i}_high`, text(high)],
    [`a${i}_cost`, unitCostMinor === undefined ? "" : decimalOf(unitCostMinor, currency)],
  ]);
  return Object.fromEntries([
    ...words,
    ...assumed,
    ...Object.entries({
      ...{ unit, formula, better, owner },
      revision: String(revision),
      target: text(target?.value),
      targetOn: target?.on ?? "",
      low: text(band?.low),
      high: text(band?.high),
      by: breakdown?.by ?? "none",
      areas: breakdown?.by === "places" ? breakdown.dataset : "",
      district: breakdown?.column ?? "",
    }),
  ]) as Record<string, string>;
}

/**
 * What was typed, as a definition has it; what is missing is left for the schema to refuse.
 * @param before  what the form does not ask for goes on: words in other languages, further assumptions
 * @throws {Fault} invalid: no number, no amount
 */
export function definitionFrom(typed: Record<string, string>, currency: string, before?: Definition): unknown {
  const given = (name: string) => (typed[name] ?? "").trim() || undefined;
  const number = (name: string) => {
    const text = given(name);
    return text === undefined ? undefined : numberTyped(text, `#/${name}`);
  };
  const words = (of: string, was: Record<string, string | undefined> = {}) => {
    const asked = LANGS.filter((lang) => typed[`${of}_${lang}`] !== undefined);
    const others = Object.entries(was).filter(([lang]) => !asked.some((one) => one === lang));
    const own = asked.flatMap((lang) => {
      const text = given(`${of}_${lang}`);
      return text === undefined ? [] : [[lang, text]];
    });
    return Object.fromEntries([...own, ...others]) as Record<string, string>;
  };
  const assumed = Array.from({ length: ASSUMPTIONS_ASKED }, (_, i) => i).flatMap((i) => {
    const name = given(`a${i}_name`);
    if (name === undefined) return [];
    const was = before?.assumptions.find((one) => one.name === name);
    const cost = given(`a${i}_cost`);
    const unitCostMinor = cost === undefined ? undefined : costMinor(cost, currency, `a${i}_cost`);
    return [
      {
        name,
        titles: words(`a${i}_title`, was?.titles),
        unit: given(`a${i}_unit`),
        value: number(`a${i}_value`),
        low: number(`a${i}_low`),
        high: number(`a${i}_high`),
        ...(unitCostMinor === undefined ? {} : { unitCostMinor }),
      },
    ];
  });
  const about = words("about", before?.description);
  const [low, high, target] = [number("low"), number("high"), number("target")];
  const by = given("by");
  return {
    titles: words("title", before?.titles),
    ...(Object.keys(about).length > 0 ? { description: about } : {}),
    ...{ unit: given("unit"), formula: given("formula"), better: given("better"), owner: given("owner") },
    ...(target === undefined && given("targetOn") === undefined
      ? {}
      : { target: { value: target, on: given("targetOn") } }),
    ...(low === undefined && high === undefined ? {} : { band: { low, high } }),
    assumptions: [...assumed, ...(before?.assumptions ?? []).slice(ASSUMPTIONS_ASKED)],
    ...(by === "column" ? { breakdown: { by, column: given("district") } } : {}),
    ...(by === "places" ? { breakdown: { by, dataset: given("areas"), column: given("district") } } : {}),
  };
}

/** One unit more may also save money. */
const costMinor = (typed: string, currency: string, field: string): number =>
  /^[-−]/.test(typed) ? 0 - minorOf(typed.slice(1), currency, field) : minorOf(typed, currency, field);

/** The field of the form that a mistake in a definition belongs to. @param lang  the city's first */
export function fieldAt(pointer: string, lang: string): string {
  const [first = "", second = "", third = ""] = pointer.replace(/^#\//, "").split("/");
  switch (first) {
    case "titles":
      return `title_${second || lang}`;
    case "description":
      return `about_${second || lang}`;
    case "target":
      return second === "on" ? "targetOn" : "target";
    case "band":
      return second || "low";
    case "breakdown":
      return second === "dataset" ? "areas" : second === "column" ? "district" : "by";
    case "assumptions":
      return third === "titles"
        ? `a${second}_title_${lang}`
        : `a${second}_${third === "unitCostMinor" ? "cost" : third || "name"}`;
    default:
      return first;
  }
}
