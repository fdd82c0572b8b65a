import { globSync } from "node:fs";
import { MessageFormat, parseMessage, validate } from "messageformat";
import { expect, test } from "vitest";
import { allTexts, bestLang, LANGS } from "../../shared/texts.ts";

const files = globSync("{functions,marketplace,shared}/**/*texts.ts").filter(
  (file) => !file.endsWith("shared/texts.ts"),
);
await Promise.all(files.map((file) => import(/* @vite-ignore */ `../../${file}`)));

const variables = (source: string) => [...source.matchAll(/\$([a-z]\w*)/gi)].map((m) => m[1]).sort();

// Guards against a text that is missing, broken, or forgets a value in one of the languages.
test("every text is there in each language, is valid, and names the same values", () => {
  expect(allTexts().length).toBeGreaterThan(0);
  for (const { catalogues } of allTexts())
    for (const key of Object.keys(catalogues.en)) {
      const english = new Set(variables(catalogues.en[key]!));
      for (const lang of LANGS) {
        const source = catalogues[lang][key];
        expect(source?.trim(), `${key} in ${lang}`).toBeTruthy();
        const at = `${key} in ${lang}: ${source}`;
        if (source!.includes("{") || source!.startsWith(".")) {
          const errors: unknown[] = [];
          validate(parseMessage(source!), (kind) => errors.push(kind));
          expect(errors, at).toEqual([]);
          new MessageFormat([lang], source!);
        }
        expect(new Set(variables(source!)), at).toEqual(english);
      }
    }
});

test("Arabic has six plurals, and says them", () => {
  const bills = ".input {$n :number} .match $n zero {{z}} one {{o}} two {{t}} few {{f}} many {{m}} * {{x}}";
  const message = new MessageFormat(["ar"], bills);
  expect([0, 1, 2, 3, 11, 100].map((n) => message.format({ n }))).toEqual(["z", "o", "t", "f", "m", "x"]);
});

test("the browser's wish is met where it can be, and the city's own language serves otherwise", () => {
  expect(bestLang("fr-CI,fr;q=0.9,en;q=0.8", ["fr", "en"])).toBe("fr");
  expect(bestLang("wo", ["fr", "en"])).toBe("fr");
  expect(bestLang(undefined, ["ar", "fr"])).toBe("ar");
  expect(bestLang("<script>, ;;", ["ar", "fr"])).toBe("ar");
});
