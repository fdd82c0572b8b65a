import { basisPointsOf, latinDigits, minorOf } from "../../shared/amounts.ts";
import { invalid } from "../../shared/errors.ts";
import { parsed } from "../../shared/http.ts";
import { LANGS } from "../../shared/texts.ts";
import { KINDS } from "./domain.ts";
import { type Basis, NewRule, type RollKind } from "./schema.ts";
import { assessmentTexts } from "./texts.ts";

/** A basis as somebody calls it, in any of the languages or by its own name. */
function basisOf(typed: string): Basis | undefined {
  const bases: Basis[] = ["area", "value", "flat", "person", "bin"];
  const word = typed.toLowerCase();
  return bases.find(
    (basis) => basis === word || LANGS.some((lang) => assessmentTexts.in(lang)(basis).toLowerCase() === word),
  );
}

/**
 * A rule as a clerk types it: rates on lines of their own, `Centre; Home; area; 1.25`; an empty place fits all.
 * @throws {Fault} invalid, by field
 */
export function ruleFrom(fields: Record<string, string>, kind: RollKind, currency: string): NewRule {
  const { groups } = KINDS[kind];
  const lines = (fields["rates"] ?? "").split(/\r?\n/).flatMap((line, i) => (line.trim() === "" ? [] : [{ line, i }]));
  const rates = lines.map(({ line, i }) => {
    const wrong = (detail: string) => invalid("#/rates", `${i + 1}: ${detail}`);
    const cells = line.split(/[;؛]/).map((cell) => cell.trim());
    if (cells.length !== groups.length + 2) throw wrong(`${groups.length + 2} places, with ; between them.`);
    const where = Object.fromEntries(groups.flatMap((group, at) => (cells[at] ? [[group, cells[at]]] : [])));
    const [typed = "", rate = ""] = cells.slice(groups.length);
    const basis = basisOf(typed);
    if (!basis) throw wrong(`"${typed.slice(0, 20)}" is no basis.`);
    const decimal = latinDigits(rate)
      .replace(/[%٪\s]/g, "")
      .replace(/[,\u066b]/, ".");
    if (basis === "area") return { basis, price: decimal, ...where };
    if (basis === "value") return { basis, percent: decimal, ...where };
    return { basis, amountMinor: minorOf(rate, currency, "rates"), ...where };
  });
  const amount = (name: string) => (fields[name] ? { [`${name}Minor`]: minorOf(fields[name], currency, name) } : {});
  const vatBasisPoints = basisPointsOf(fields["vat"] ?? "0", "vat");
  const rounding = fields["toMinor"] ? { toMinor: Number(latinDigits(fields["toMinor"])) } : {};
  return parsed(NewRule, {
    ...{ per: fields["per"], validFrom: fields["validFrom"], currency, rates, proRata: fields["proRata"] },
    ...{ ...amount("minimum"), ...amount("maximum"), vatBasisPoints, rounding },
  });
}
