import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { ErrorSummary, Field, ReadIn } from "../../shared/components.tsx";
import { refusalIn } from "../../shared/refusals.ts";
import { allTexts } from "../../shared/texts.ts";

const files = globSync("{functions/*,shared}/refusal-texts.ts");
const catalogues = new Map<string, Record<string, string>>();
for (const file of files) {
  const before = allTexts().length;
  await import(/* @vite-ignore */ `../../${file}`);
  catalogues.set(file, allTexts().slice(before).at(-1)!.catalogues.en);
}

// Guards against a sentence that was reworded where it is thrown, and is said in English to everyone from then on.
test.each(files)("what %s puts into the reader's language is what the room says", (file) => {
  const source = globSync(`${dirname(file)}/**/*.{ts,tsx}`)
    .filter((path) => path !== file)
    .map((path) => readFileSync(path, "utf8"))
    .join("\n")
    .replace(/\$\{[^}]*\}|…/g, "{}");
  const unsaid = Object.values(catalogues.get(file)!).filter(
    (says) => !source.includes(says.replace(/\{\$\w+\}|…/g, "{}")),
  );
  expect(unsaid).toEqual([]);
});

// Guards against zod's own words on a page, and against other words of a later zod.
test("what a schema finds is said in the page's language", async () => {
  await import("../../shared/schema-refusal-texts.ts");
  for (const [schema, value, says] of [
    [z.string(), undefined, "Remplissez ce champ."],
    [z.number(), "x", "Écrivez un nombre."],
    [z.string(), 1, "Ceci n’a pas la bonne forme."],
    [z.enum(["a", "b"]), "c", "Choisissez l’une des réponses proposées."],
    [z.string().min(3), "x", "Au moins 3 signes."],
    [z.string().max(3), "xxxx", "Au plus 3 signes."],
    [z.array(z.string()).min(1), [], "Au moins 1 choix."],
    [z.number().min(2), 1, "Au moins 2."],
    [z.number().positive(), 0, "Plus que 0."],
    [z.number().max(2), 3, "Au plus 2."],
  ] as const)
    expect(refusalIn("fr", schema.safeParse(value).error!.issues[0]!.message)).toBe(says);
});

test("a refusal is said in the page's language with what varies in it; what is not known stands as it was said", () => {
  expect(refusalIn("fr", "Another person must sign: four eyes.")).toBe("Une autre personne doit signer.");
  expect(refusalIn("fr", "Only 12.50 EUR of this payment can be given back.")).toContain("12.50 EUR");
  expect(refusalIn("ar", "The till T1 is closed.")).toMatch(/T1.*مغلق/);
  expect(refusalIn("en", "The receipt T1-2026-000001 is reversed.")).toBe("The receipt T1-2026-000001 is reversed.");
  expect(refusalIn("fr", "payout.shortcode: An amount above 0.")).toBe(
    "payout.shortcode\u00a0: Un montant supérieur à 0.",
  );
  // Guards against a pattern that swallows another sentence.
  for (const other of [
    "This is what nobody has put into words.",
    "",
    "The till",
    "This is $& <b>1</b> too many words here.",
  ])
    expect(refusalIn("fr", other)).toBeUndefined();
  const errors = [{ field: "amount", detail: "An amount above 0." }];
  const shown = (
    <ReadIn.Provider value="fr">
      <ErrorSummary title="!" errors={errors} />
      <Field label="!" name="amount" error="The provider refuses: no." />
    </ReadIn.Provider>
  ).toString();
  expect(shown).toContain("Un montant supérieur à 0.");
  expect(shown).toContain("The provider refuses: no.");
});
