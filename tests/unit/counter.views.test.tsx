import { expect, test } from "vitest";
import { counterTexts } from "../../functions/counter/texts.ts";
import { DayPage, type Shown } from "../../functions/counter/views.tsx";

const s = { here: { url: (path: string) => path }, lang: "fr", csrf: "", t: counterTexts.in("fr") } as unknown as Shown;
const till = (code: string, takenMinor: number, differenceMinor: number) => ({
  ...{ till: code, currency: "XOF", receipts: 2, takenMinor, reversed: 0, reversedMinor: 0 },
  ...{ netMinor: takenMinor, differenceMinor },
});
const cells = (tills: ReturnType<typeof till>[]) =>
  [
    ...String(<DayPage s={s} day="2026-11-26" report={{ day: "2026-11-26", tills } as never} />).matchAll(
      /<td[^>]*>(.*?)<\/td>/g,
    ),
  ].map(([, cell]) => cell!.replaceAll(/<[^>]+>/g, "").replaceAll(/\s/g, " "));

test("a day of several tills ends with their sums; of one it says everything once", () => {
  expect(cells([till("T1", 1_500, -50), till("T2", 2_000, 20)]).slice(12)).toEqual([
    ...["Toutes les caisses", "4", "3 500 F CFA", "0 F CFA", "3 500 F CFA", "-30 F CFA"],
  ]);
  expect(cells([till("T1", 1_500, -50)])).toHaveLength(6);
});
