import { describe, expect, test } from "vitest";
import { ok } from "../billed.ts";
import { balances, dueOf, facts, proof } from "../books.ts";
import { target } from "../city.ts";
import { allCompared, FILES, mtnFile, unanswered, walletCity } from "../filed.ts";

const treasurer = { as: "treasurer" as const };

describe(`the file of a provider that gives no statement, ${target.name}`, () => {
  // Guards against money that is the city's and that no callback told of, and against a file that is read twice.
  test("settles a payment that is pending, books unknown money to suspense, and changes nothing when it comes again", async () => {
    const { city, bills, holder } = await walletCity();
    const [{ reference, totalMinor }] = bills;
    const { id } = await unanswered(city, reference);
    const file = mtnFile(
      { id: "9001", externalId: id, amount: totalMinor, fee: 7 },
      { id: "9002", message: "nobody knows", amount: 333 },
      { id: "9003", amount: -40 },
    );
    const kept = await ok<{ lines: number; newLines: number }>(city.upload(FILES, "mtn.csv", file, treasurer));
    expect(kept).toMatchObject({ lines: 3, newLines: 3 });
    const { days } = await allCompared(city);
    expect(days[0]).toMatchObject({ mismatchCount: 0, heardNow: 2, outMinor: 40, feesMinor: 7 });
    expect(await ok(city.get(`/v1/payments/${id}`))).toMatchObject({ state: "settled", providerRef: "9001" });
    const { witnesses } = await ok<{ witnesses: unknown[] }>(city.get(`/v1/payments/${id}/witnesses`, treasurer));
    expect(witnesses).toContainEqual(expect.objectContaining({ source: "statement", providerRef: "9001" }));
    expect(await dueOf(city, reference)).toBe(0);
    expect(await balances(city)).toMatchObject({ [holder]: totalMinor + 333 - 7, suspense: -333, "fees:momo": 7 });
    const once = await proof(city);
    expect(once.isSound).toBe(true);
    const again = await city.upload(FILES, "mtn.csv", file, treasurer);
    expect([again.status, await again.json()]).toEqual([200, kept]);
    await allCompared(city);
    expect(await proof(city)).toEqual(once);
    expect((await facts(city)).filter((type) => type === "payments.settled.v1")).toHaveLength(1);
  });
});
