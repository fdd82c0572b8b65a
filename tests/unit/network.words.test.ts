import { describe, expect, test } from "vitest";
import { columnsOf, named } from "../../functions/network/csv.ts";
import { Kind, LEVELS } from "../../functions/network/schema.ts";
import { networkTexts } from "../../functions/network/texts.ts";
import { fileMistakes, formMistakes } from "../../functions/network/wrong.ts";
import { refuseLine } from "../../shared/delimited.ts";
import { Fault, invalid } from "../../shared/errors.ts";
import { LANGS } from "../../shared/texts.ts";

const caught = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe("the network in its reader's words", () => {
  // Guards against meters that are taken for codes, since both have numbers.
  test("a number is what its heading says of it, and a code where that says no more", () => {
    const columnAt = (...fields: string[]) => Object.fromEntries(columnsOf({ line: 1, fields }, "points"));
    expect(columnAt("Numéro", "Numéro de compteur", "Account number")).toEqual({ code: 0, meter: 1, account: 2 });
    expect(columnAt("رقم العداد", "رمز", "رقم حساب")).toMatchObject({ code: 1, account: 2 });
  });

  // Guards against a page that names columns which its own file reader refuses.
  test("the columns that a page names are known in each language", () => {
    for (const lang of LANGS)
      for (const of of ["points", "areas"] as const) {
        const fields = networkTexts
          .in(lang)(of === "areas" ? "columnsOfAreas" : "columnsOfPoints")
          .split(/[,،] /);
        const columns = columnsOf({ line: 1, fields }, of);
        expect([...columns.values()], `${of} in ${lang}`).toEqual(fields.map((_, i) => i));
      }
  });

  test("a cell may say what a page calls it, with or without its accents", () => {
    expect(["Eau", "électricité", "ELECTRICITE", "ماء", "gas"].map((cell) => named(Kind.options, cell))).toEqual([
      ...["water", "electricity", "electricity", "water", "gas"],
    ]);
    expect(["secteur", "depart", "مغذ", "vin"].map((cell) => named(LEVELS, cell))).toEqual([
      ...["zone", "feeder", "feeder", "vin"],
    ]);
  });

  // Guards against a clerk who reads French or Arabic and is told in English what is wrong.
  test("mistakes are told in the reader's language, at their field, and name the line, the column and the cell", () => {
    const file = (detail: string) => caught(() => refuseLine(3, detail));
    expect(fileMistakes(file('account: there is no account "C-9".'), "fr", "points")).toEqual([
      { field: "file", detail: '3: account "C-9": Il n’y a pas de compte de ce numéro.' },
    ]);
    const schema = file('kind: Invalid option: expected one of "electricity"|"water"|"gas"');
    expect(fileMistakes(schema, "fr", "points")?.[0]?.detail).toBe("3: kind: eau, électricité ou gaz.");
    const headings = caught(() => columnsOf({ line: 1, fields: ["code", "vin"] }, "areas"));
    expect(fileMistakes(headings, "fr", "areas")?.[0]?.detail).toMatch(/^1: headings "vin": .*code, niveau, fluide/);
    expect(fileMistakes(invalid("#/of", "no file"), "fr", undefined)).toBeUndefined();
    expect(formMistakes(invalid("#/input/meter", "No meter."), "ar")[0]).toMatchObject({ field: "input" });
    expect(formMistakes(invalid("#/input/meter", "No meter."), "ar")[0]?.detail).toMatch(/عداد/);
    const later = new Fault("conflict", "Something else is said already.", { hindrance: "told_later" });
    expect(formMistakes(later, "fr")[0]?.detail).toMatch(/dans l’ordre/);
    expect(() => formMistakes(new Fault("absent", "Nothing."), "fr")).toThrow("Nothing.");
  });
});
