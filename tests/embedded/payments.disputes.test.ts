import { expect, test } from "vitest";
import { billedCity, ok } from "../billed.ts";
import { balances, compared, dueOf, proof } from "../books.ts";
import { soon } from "../city.ts";

/** A bill that was paid by card, whose owner then disputes it, or the bank decides; `isQuiet` tells nobody. */
async function paidByCard() {
  const { city, bills } = await billedCity([5_000]);
  const { reference, totalMinor } = bills[0]!;
  const { id, sessionId, checkoutUrl } = await ok<{ id: string; sessionId: string; checkoutUrl: string }>(
    city.post("/v1/payments", { reference }),
  );
  await fetch(checkoutUrl, { method: "POST", body: new URLSearchParams({ outcome: "pay" }), redirect: "manual" });
  const state = async () => (await ok<{ state: string }>(city.get(`/v1/payments/${id}`))).state;
  expect(await state()).toBe("settled");
  const dispute = (does: "open" | "won" | "lost", isQuiet: boolean) =>
    ok(
      fetch(new URL(`/stand-in/sessions/${sessionId}/dispute`, checkoutUrl), {
        method: "POST",
        body: JSON.stringify({ does, isQuiet }),
      }),
    );
  return { city, id, reference, totalMinor, state, dispute };
}

// Guards against money that a bank took back, of which no callback came, and that the books still show.
test("a dispute that nobody told of is booked from the provider's statement, and so is its end", async () => {
  const { city, id, reference, totalMinor, state, dispute } = await paidByCard();
  const day = new Date().toISOString().slice(0, 10);

  await dispute("open", true);
  expect(await state()).toBe("settled");
  // Heard of now, it is no mismatch, and both sides come to the same.
  const opened = await compared(city, "stand_in", day);
  expect(opened).toMatchObject({ lines: 2, heardNow: 1, mismatchCount: 0, statedMinor: 0, bookedMinor: 0 });
  expect(await state()).toBe("disputed");
  expect(await balances(city)).toMatchObject({ [`disputed:${id}`]: totalMinor });

  await dispute("won", true);
  const won = await compared(city, "stand_in", day);
  expect(won).toMatchObject({ lines: 3, heardNow: 1, mismatchCount: 0 });
  expect([won.statedMinor, won.bookedMinor]).toEqual([totalMinor, totalMinor]);
  expect(await state()).toBe("settled");
  expect((await balances(city))[`disputed:${id}`]).toBeUndefined();
  expect(await dueOf(city, reference)).toBe(0);

  // Compared once more, nothing moves.
  const once = await proof(city);
  expect(await compared(city, "stand_in", day)).toMatchObject({ heardNow: 0, mismatchCount: 0 });
  expect(await proof(city)).toEqual(once);
  expect(once.isSound).toBe(true);
});

// Guards against books that show more than the provider holds, as a payment went back and was taken back too.
test("of a payment that was given back and is disputed, the books say what the statement says: it went twice", async () => {
  const { city, id, reference, totalMinor, state, dispute } = await paidByCard();
  const refund = await ok<{ id: string }>(
    city.post(`/v1/payments/${id}/refunds`, { reason: "Moved away" }, { as: "agent" }),
  );
  await ok(city.post(`/v1/refunds/${refund.id}/approval`, undefined, { as: "treasurer" }));
  await soon(state, (found) => found === "refunded");
  await dispute("open", true);
  const day = new Date().toISOString().slice(0, 10);
  expect(await compared(city, "stand_in", day)).toMatchObject({
    ...{ lines: 3, heardNow: 1, mismatchCount: 0, statedMinor: -totalMinor, bookedMinor: -totalMinor },
  });
  expect(await state()).toBe("disputed");
  await dispute("lost", false);
  await soon(state, (found) => found === "refunded");
  const books = await balances(city);
  expect(books).toMatchObject({ "dispute_losses:stripe": totalMinor });
  expect(books[`disputed:${id}`]).toBeUndefined();
  expect(books["provider:stripe:stand_in"]! + books["fees:stripe"]!).toBe(-totalMinor);
  expect(await dueOf(city, reference)).toBe(totalMinor);
  expect(await proof(city)).toMatchObject({ isSound: true });
});
