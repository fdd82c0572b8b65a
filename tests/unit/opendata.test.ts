import { expect, test } from "vitest";
import { folded, readBox, readWhen, slugOf } from "../../functions/opendata/domain.ts";
import { csvOf } from "../../functions/opendata/exports/csv.ts";
import type { Fault } from "../../shared/errors.ts";
import { opened, textOf } from "../stored.ts";

function fault(read: () => unknown): { kind: string; errors: { pointer: string; detail: string }[] } {
  try {
    read();
  } catch (error) {
    const { kind, members } = error as Fault;
    return { kind, errors: members?.errors ?? [] };
  }
  throw new Error("it was taken");
}

// Guards against a spreadsheet that runs what somebody typed into a form.
test("a formula is made harmless on its way out", async () => {
  const cells = [['=HYPERLINK("http://x")', "+1 2", "@x", "plain"]];
  const data = await opened({ columns: [{ name: "name", type: "text" }], cells });
  const lines = (await textOf(csvOf(data))).split("\r\n");
  expect(lines.slice(1, 5)).toEqual([`"'=HYPERLINK(""http://x"")"`, "'+1 2", "'@x", "plain"]);
});

test("boxes, instants, addresses and searching", () => {
  expect(readBox("1,2,3,4")).toEqual([1, 2, 3, 4]);
  expect(readBox("1,2,0,3,4,9")).toEqual([1, 2, 3, 4]);
  for (const text of ["", "1,2,3", "a,b,c,d", "1,5,3,4", "1,,3,4"])
    expect(fault(() => readBox(text)).kind).toBe("malformed");
  expect(readWhen("2026-01-01/..")).toEqual({ from: "2026-01-01", to: undefined });
  expect(readWhen("2026-01-01")).toEqual({ from: "2026-01-01", to: "2026-01-01" });
  // As RFC 3339 has them: in any zone, a plus sign as an address leaves it, a fraction, small letters.
  expect(readWhen("2026-01-01T01:00:00+02:00/2026-01-01T01:00:00.5 02:00")).toEqual({
    from: "2025-12-31T23:00:00Z",
    to: "2025-12-31T23:00:00.500Z",
  });
  expect(readWhen("2026-01-01t00:00:00z/")).toEqual({ from: "2026-01-01T00:00:00Z", to: undefined });
  for (const text of ["2026-01-01T00:00:00", "2026-01-01T00:00Z", "2026-01-01T00:00:00+99:00", "1/1/2026"])
    expect(fault(() => readWhen(text)).kind, text).toBe("malformed");
  for (const text of ["today", "2026-01-01/2026-02-01/x", "2026-13-45"])
    expect(fault(() => readWhen(text)).kind).toBe("malformed");
  expect(slugOf("Marchés d’Abidjan (2026)", "ds_x")).toBe("marches-d-abidjan-2026");
  expect(slugOf("أسواق الدار البيضاء", "ds_01JD8Q6Z3W8M6W1YB1M0Q4S7XK")).toBe("dataset-m0q4s7xk");
  expect(folded("Éléments")).toBe("elements");
  expect(folded("أسواقٌ")).toBe(folded("اسواق"));
});
