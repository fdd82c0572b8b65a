import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { reasonIn } from "../../functions/meters/sources/reasons.ts";

const FOLDER = "functions/meters/sources/";

// Guards against a reason that is changed where it is told, and is then shown in English to everyone.
test("what is told of parked and refused messages is said in the reader's language", () => {
  const code = readdirSync(FOLDER)
    .filter((name) => name.endsWith(".ts") && name !== "reasons.ts")
    .map((name) => readFileSync(FOLDER + name, "utf8"))
    .join("\n");
  const told = [
    ...code.matchAll(/(?:new (?:Undecodable|Waits)|refused|"(?:forbidden|too_many)",)\s*\(?\s*(["`])(.*?)\1/gs),
  ]
    .map(([, , sentence]) => sentence!.replace(/\$\{[^}]*\}/g, "7"))
    .filter((sentence) => /^[A-Z7].*[.]$/.test(sentence));
  expect(told.length).toBeGreaterThan(12);
  for (const sentence of told)
    for (const lang of ["fr", "ar"] as const) expect(reasonIn(lang, sentence), sentence).not.toBe(sentence);
  expect(reasonIn("fr", "This device has no meter for its channel cold.")).toContain("cold");
  expect(reasonIn("en", "This device has no meter for its channel cold.")).toContain("no meter for its channel");
  expect(reasonIn("fr", "Something else.")).toBe("Something else.");
});
