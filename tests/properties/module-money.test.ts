import fc from "fast-check";
import { expect, test } from "vitest";
import type { Price } from "../../marketplace/contract/price.ts";
import { BILLED, creditTransfers, leftOf, payableTo, transfersOf } from "../../marketplace/money/books.ts";
import { amountsOf, granted, leftOfLine, sharesLeft } from "../../marketplace/money/credit-note.ts";
import { type Based, lineOf, weightsOf } from "../../marketplace/money/domain.ts";
import { lessOf, settledLine, sum, summed, unitsOf } from "../../marketplace/money/lines.ts";
import { offsetsFrom, withOffsets } from "../../marketplace/money/offsets.ts";
import { type Agreement, type CreditNote, HOUSE, type Invoice, type Line } from "../../marketplace/money/schema.ts";
import { billedMinor, lowered } from "../../marketplace/money/sponsor-bills.ts";
import { type Tax, taxFor } from "../../marketplace/money/tax.ts";
import type { Transfer } from "../../shared/ledger.ts";

const party = fc.constantFrom("anna", "bert", "cleo", "dora", "emil");
const currency = fc.constantFrom("XOF", "MAD", "TND", "EUR");
const based = (levels: number): fc.Arbitrary<Based[]> =>
  fc.array(
    fc.record({
      party,
      basisPoints: fc.integer({ min: 1, max: 1_600 }),
      on: levels === 1 ? fc.constant([]) : based(levels - 1),
    }),
    { maxLength: 3 },
  );
const house = fc.integer({ min: 0, max: 2_000 });
const reviewer = fc.option(fc.record({ party, basisPoints: fc.integer({ min: 1, max: 2_000 }) }), { nil: undefined });
const weights = fc
  .record({ based: based(3), house, reviewer })
  .map((of) => weightsOf("acme/one", { per: "once", amounts: { EUR: 1 }, reviewer: of.reviewer }, of.based, of.house));
const tax: fc.Arbitrary<Tax> = fc
  .record({
    own: fc.constantFrom("FR", "CI", "SN"),
    seller: fc.option(
      fc.record({
        country: fc.constantFrom("FR", "CI", "SN"),
        basisPoints: fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined }),
        isExempt: fc.boolean(),
      }),
      { nil: undefined },
    ),
    city: fc.constantFrom(0, 0, 1_800),
  })
  .map(({ own, seller, city }) => taxFor({ country: own }, seller, city));

const INSTALL = "ins_01JD8Q6Z3W8M6W1YB1M0Q4S7XK" as Agreement["installId"];
const terms = `sha256:${"0".repeat(64)}`;
const lineWith = (
  of: { gross: number; weights: Agreement["weights"]; tax: Tax; module: string; sponsor?: string },
  more: Partial<Line> = {},
): Line =>
  settledLine({
    ...{ module: of.module, title: { en: of.module }, version: "1.0.0", what: "use", counted: 1, unitMinor: of.gross },
    ...{ weights: of.weights, creditedMinor: 0, netMinor: of.gross, tax: of.tax },
    ...(of.sponsor === undefined ? {} : { sponsor: of.sponsor }),
    ...more,
  });

/** Balances by account: debits less credits. */
function newBooks(code: string) {
  const balances = new Map<string, number>();
  return {
    balances,
    post(transfers: readonly Transfer[]) {
      for (const { debit, credit, amountMinor, currency: in_ } of transfers) {
        expect(in_).toBe(code);
        expect(amountMinor).toBeGreaterThan(0);
        balances.set(debit, (balances.get(debit) ?? 0) + amountMinor);
        balances.set(credit, (balances.get(credit) ?? 0) - amountMinor);
      }
      expect(sum([...balances.values()])).toBe(0);
    },
    of: (account: string) => balances.get(account) ?? 0,
  };
}

test("whatever is shared among whomever, the weights are the whole, and the publisher keeps something", () => {
  fc.assert(
    fc.property(weights, (all) => {
      expect(sum(all.map(({ weight }) => weight))).toBe(10_000 ** 3);
      expect(all[0]).toMatchObject({ party: "acme", role: "publisher" });
      expect(all[0]!.weight).toBeGreaterThan(0);
    }),
  );
});

// Guards against money that is lost or made by rounding, at the invoice, in its shares, and in the books.
test("shares are the invoice, for any amounts, shares, tax and currency; so are the books, also after credits", () => {
  const lines = fc.array(
    fc.record({
      gross: fc.integer({ min: 0, max: 10 ** 11 }),
      weights,
      tax,
      module: fc.constantFrom("acme/one", "acme/two", "bert/three"),
      sponsor: fc.constantFrom(undefined, "dora"),
      credited: fc.nat(10_000),
    }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(lines, currency, fc.constantFrom(undefined, "dora"), (all, code, payer) => {
      const before = all.map(({ sponsor, ...of }) => lineWith({ ...of, ...(sponsor ? { sponsor } : {}) }));
      const after = before.map((line, i) => lessOf(line, Math.floor((line.netMinor * all[i]!.credited) / 10_000)));
      const of = { id: "2026-10", currency: code, ...(payer ? { payer } : {}) };
      const books = newBooks(code);
      for (const [from, to] of [
        [[] as Line[], before],
        [before, after],
      ] as const) {
        for (const [i, line] of to.entries()) {
          expect(sum(line.shares.map(({ amountMinor }) => amountMinor))).toBe(line.netMinor);
          // Nobody gets more by a credit, nor less than nothing.
          for (const [j, { amountMinor }] of line.shares.entries()) {
            expect(amountMinor).toBeGreaterThanOrEqual(0);
            if (from[i]) expect(amountMinor).toBeLessThanOrEqual(from[i].shares[j]!.amountMinor);
          }
        }
        const sums = summed(to, payer);
        books.post(transfersOf(of, { lines: from, offsets: [] }, { lines: to, offsets: [] }));
        const paid = sum(sums.payouts.map(({ amountMinor }) => amountMinor));
        expect(paid - books.of("vat")).toBe(sums.totalMinor);
        for (const { party: one, amountMinor } of sums.payouts)
          expect(0 - books.of(payableTo("2026-10", one))).toBe(amountMinor);
      }
    }),
    { numRuns: 200 },
  );
});

// Guards against credits that give back more than was paid, to whom nothing is due, or not exactly what they say.
test("invoice less credit notes is what everybody keeps, in however many notes, for any line", () => {
  const kinds = fc.constantFrom<Pick<Line, "what" | "of" | "counted">>(
    { what: "use", counted: 977 },
    { what: "month", counted: 29, of: 31 },
    { what: "once", counted: 1 },
  );
  fc.assert(
    fc.property(
      kinds,
      fc.integer({ min: 1, max: 10 ** 9 }),
      fc.record({ weights, tax }),
      currency,
      fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 12 }),
      (kind, unitMinor, of, code, asks) => {
        const whole = lineWith({ ...of, gross: 1, module: "acme/one" }, { ...kind, unitMinor });
        const none = { takenUnits: 0, netMinor: Number.MAX_SAFE_INTEGER };
        const { amountMinor: netMinor } = amountsOf(whole, { units: unitsOf(whole), unitMinor }, none);
        const line = settledLine({ ...whole, netMinor });
        const notes: CreditNote[] = [];
        for (const units of asks) {
          const left = leftOfLine(line, 1, notes);
          if (units > unitsOf(line) - left.takenUnits) continue;
          const amounts = amountsOf(line, { units, unitMinor }, left);
          if (amounts.amountMinor > 0) notes.push(granted(noteOf(code, notes.length + 1, units, amounts), line, notes));
        }
        const kept = sharesLeft(line, 1, notes);
        const creditedMinor = sum(notes.map(({ amountMinor }) => amountMinor));
        expect(sum(kept.map(({ amountMinor }) => amountMinor))).toBe(line.netMinor - creditedMinor);
        for (const { amountMinor } of kept) expect(amountMinor).toBeGreaterThanOrEqual(0);
        // The whole of it given back is exactly the whole, with its tax.
        const left = leftOfLine(line, 1, notes);
        const rest = { units: unitsOf(line) - left.takenUnits, unitMinor };
        if (rest.units > 0) {
          const { amountMinor, taxMinor } = amountsOf(line, rest, left);
          expect(amountMinor + creditedMinor).toBe(line.netMinor);
          expect(taxMinor + sum(notes.map((note) => note.taxMinor))).toBe(line.taxMinor);
        }
        const books = newBooks(code);
        const invoice = { id: "2026-10", currency: code };
        books.post(transfersOf(invoice, undefined, { lines: [line], offsets: [] }));
        for (const note of notes) books.post(creditTransfers(note, line));
        expect(books.of("module_costs:acme:one")).toBe(
          line.netMinor +
            costTax(line, line.taxMinor) -
            creditedMinor -
            costTax(line, sum(notes.map((n) => n.taxMinor))),
        );
      },
    ),
    { numRuns: 150 },
  );
});
const costTax = (line: Line, taxMinor: number) => (line.tax.basisPoints > 0 ? taxMinor : 0);

// Guards against a sponsor of whose bill the city gives something up, and parties that are paid as if it had come.
test("however little of a sponsor’s bill is left, no more is paid out than that", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ gross: fc.integer({ min: 0, max: 10 ** 6 }), weights, tax }), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.array(fc.record({ party, amountMinor: fc.integer({ min: 1, max: 10 ** 6 }) }), { maxLength: 4 }),
      fc.nat(10_000),
      (all, back, share) => {
        const lines = all.map((of) => lineWith({ ...of, module: "acme/one", sponsor: "dora" }));
        const offsets = back.map((one, i) => ({ ...one, note: `2026-09-C${i + 1}` }));
        const before = { lines, payer: "dora", ...summed(lines, "dora", offsets) };
        const most = Math.floor((billedMinor(before) * share) / 10_000);
        const { payouts, ...after } = lowered(before, most);
        expect(billedMinor(after)).toBeLessThanOrEqual(most);
        expect(sum(payouts.map(({ amountMinor }) => amountMinor))).toBeLessThanOrEqual(most);
      },
    ),
    { numRuns: 150 },
  );
});

const noteOf = (
  code: string,
  n: number,
  units: number,
  amounts: { amountMinor: number; taxMinor: number },
  more: Partial<CreditNote> = {},
): CreditNote => ({
  ...{ number: `2026-10-C${n}`, invoice: "2026-10", currency: code, line: 1, module: "acme/one", cause: "disputed" },
  ...{ units, reason: "why", ...amounts, shares: [], back: [], state: "asked", askedBy: "per_a" },
  ...{ askedAt: "2026-11-02T08:00:00Z", revision: 0, ...more },
});

// Guards against a year that costs more or less when it is paid month by month.
test("twelve whole months are exactly the year’s price, and no part of a month costs more than the whole", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 12, max: 10 ** 9 }),
      currency,
      fc.integer({ min: 1, max: 30 }),
      (amount, code, days) => {
        const agreement = agreed({ per: "year", bands: [{ amounts: { [code]: amount } }] }, [
          { party: "acme", role: "publisher", weight: 9 },
          { party: HOUSE, role: "house", weight: 1 },
        ]);
        const months = Array.from({ length: 12 }, (_, i) => `2026-${String(i + 1).padStart(2, "0")}`);
        const none = taxFor({ country: "SN" }, undefined, 0);
        const line = (month: string, served: number) =>
          lineOf({ agreement, days: served, uses: 0, isFirst: false }, month, 30, code, { taxBasisPoints: 0 }, none);
        expect(sum(months.map((month) => line(month, 30)!.netMinor))).toBe(amount);
        for (const month of months)
          expect(line(month, days)?.netMinor ?? 0).toBeLessThanOrEqual(line(month, 30)!.netMinor);
      },
    ),
  );
});
const agreed = (price: Price, all: Agreement["weights"], module = "acme/one"): Agreement => ({
  ...{ installId: INSTALL, module, title: { en: "One" }, version: "1.0.0", sponsoredUntil: "2027-12" },
  ...{ terms, price, weights: all, at: "2026-01-01T00:00:00Z", by: "per_a" },
});

const MONTHS = ["2026-01", "2026-02", "2026-03", "2026-04"];
const happens = fc.record({
  days: fc.integer({ min: 0, max: 28 }),
  uses: fc.integer({ min: 0, max: 500 }),
  /** Of 10,000: what is taken off the first line before it is paid. */
  off: fc.constantFrom(0, 0, 3_333, 10_000),
  sponsorPays: fc.boolean(),
  isPaid: fc.boolean(),
  /** Which line of which earlier invoice is disputed, and how much of it. */
  disputes: fc.array(fc.record({ at: fc.nat(20), line: fc.nat(3), units: fc.integer({ min: 1, max: 300 }) }), {
    maxLength: 3,
  }),
  /** Whether somebody gives back by a bill instead of being paid less. */
  returns: fc.boolean(),
});

// Guards against any life of a city's modules in which money is made or lost, or somebody is paid what never came.
test("through any life of a city the books are zero, and nobody is paid more than was received for them", () => {
  fc.assert(
    fc.property(
      fc.record({
        weights,
        tax,
        use: fc.integer({ min: 1, max: 10 ** 6 }),
        month: fc.integer({ min: 1, max: 10 ** 8 }),
      }),
      fc.integer({ min: 1, max: 10 ** 9 }),
      currency,
      fc.array(happens, { minLength: MONTHS.length, maxLength: MONTHS.length }),
      (of, most, code, months) => {
        const books = newBooks(code);
        const [byUse, byMonth, once] = [
          agreed({ per: "use", amounts: { [code]: of.use }, sponsor: "dora" }, of.weights, "acme/one"),
          agreed({ per: "month", bands: [{ amounts: { [code]: of.month } }] }, of.weights, "acme/two"),
          agreed({ per: "once", amounts: { [code]: of.month } }, of.weights, "acme/three"),
        ];
        const invoices: Invoice[] = [];
        let notes: CreditNote[] = [];
        const [paidTo, cameFrom, returnedBy] = [new Map<string, number>(), { dora: 0 }, new Map<string, number>()];
        const add = (map: Map<string, number>, key: string, minor: number) => map.set(key, (map.get(key) ?? 0) + minor);
        const aside = new Map<string, number>();
        let pledged = most;
        for (const [i, month] of MONTHS.entries()) {
          const did = months[i]!;
          const counted = { days: did.days, uses: did.uses, isFirst: i === 0 };
          const line = (agreement: Agreement, left?: number) =>
            lineOf({ agreement, ...counted }, month, 28, code, { taxBasisPoints: 0 }, of.tax, left);
          const lines = [line(byUse, pledged), line(byMonth), line(once)].filter((one) => one !== undefined);
          pledged -= sum(lines.filter(({ sponsor }) => sponsor).map(({ netMinor }) => netMinor));
          expect(pledged).toBeGreaterThanOrEqual(0);
          for (const payer of [undefined, "dora"]) {
            let own = lines.filter(({ sponsor }) => sponsor === payer);
            if (own.length === 0) continue;
            let sums = summed(own, payer, offsetsFrom(notes, payer));
            notes = notes.map((note) => withOffsets(note, [], sums.offsets));
            const id = payer ? `${month}.${payer}` : month;
            const head = { id, currency: code, ...(payer ? { payer } : {}) };
            if (payer === undefined) {
              books.post(transfersOf(head, undefined, { lines: own, offsets: sums.offsets }));
              const less = own.with(0, lessOf(own[0]!, Math.floor((own[0]!.netMinor * did.off) / 10_000)));
              const after = summed(less, payer, sums.offsets);
              books.post(transfersOf(head, { lines: own, ...sums }, { lines: less, ...after }));
              notes = notes.map((note) => withOffsets(note, sums.offsets, after.offsets));
              [own, sums] = [less, after];
            } else {
              const billMinor = billedMinor(sums);
              if (billMinor > 0) {
                books.post([{ debit: "due:bill", credit: BILLED, amountMinor: billMinor, currency: code }]);
                if (!did.sponsorPays) {
                  // What credit notes take off it is set aside, and booked once it is paid.
                  for (const { party: to, amountMinor } of sums.offsets) add(aside, to, amountMinor);
                  continue;
                }
                books.post([{ debit: "provider:any", credit: "due:bill", amountMinor: billMinor, currency: code }]);
                cameFrom.dora += billMinor;
              }
              books.post(transfersOf(head, undefined, { lines: own, offsets: sums.offsets }));
            }
            if (!did.isPaid) continue;
            for (const { party: to, amountMinor } of sums.payouts) {
              books.post([{ debit: payableTo(id, to), credit: "in_transit", amountMinor, currency: code }]);
              add(paidTo, `${payer ?? "city"} ${to}`, amountMinor);
              expect(books.of(payableTo(id, to))).toBe(0);
            }
            invoices.push({ ...head, month, lines: own, ...sums } as unknown as Invoice);
          }
          for (const { at, line: n, units } of did.disputes) {
            const invoice = invoices[at % Math.max(1, invoices.length)];
            const disputed = invoice?.lines[n % invoice.lines.length];
            if (!invoice || !disputed || disputed.what === "once") continue;
            const nth = (n % invoice.lines.length) + 1;
            const own = notes.filter((note) => note.invoice === invoice.id);
            const left = leftOfLine(disputed, nth, own);
            if (units > unitsOf(disputed) - left.takenUnits) continue;
            const amounts = amountsOf(disputed, { units, unitMinor: disputed.unitMinor }, left);
            if (amounts.amountMinor === 0) continue;
            const more = {
              ...{ number: `${invoice.id}-C${own.length + 1}`, invoice: invoice.id, line: nth },
              ...{ module: disputed.module, ...(invoice.payer ? { payer: invoice.payer } : {}) },
            };
            const note = granted(noteOf(code, 1, units, amounts, more), disputed, own);
            books.post(creditTransfers(note, disputed));
            notes.push(note);
          }
          const last = notes.at(-1);
          const back = last?.back[0];
          if (did.returns && last && last.payer === undefined && back && leftOf(back) > 0) {
            const amountMinor = leftOf(back);
            books.post([
              { debit: "provider:any", credit: BILLED, amountMinor, currency: code },
              { debit: BILLED, credit: payableTo(last.invoice, back.party), amountMinor, currency: code },
            ]);
            add(returnedBy, back.party, amountMinor);
            const bill = { amountMinor, paidAt: "2026-12-01T00:00:00Z" };
            notes = notes.map((note) =>
              note === last ? { ...note, back: note.back.with(0, { ...back, bill }) } : note,
            );
          }
        }
        // Of what a sponsor pays for, all together were paid at most what came from it.
        const ofSponsor = [...paidTo].filter(([key]) => key.startsWith("dora "));
        expect(sum(ofSponsor.map(([, minor]) => minor))).toBeLessThanOrEqual(cameFrom.dora);
        // Each has what was not credited of its shares, and what it has still to give back; the books say the same.
        const parties = new Set([...paidTo.keys()].map((key) => key.split(" ")[1]!));
        for (const one of parties) {
          const paid = sum([...paidTo].filter(([key]) => key.endsWith(` ${one}`)).map(([, minor]) => minor));
          const back = notes.flatMap((note) => note.back.filter((each) => each.party === one && !each.bill));
          const open = sum(back.map(leftOf)) + (aside.get(one) ?? 0);
          const isTheirs = ([name]: [string, number]) => name.startsWith("payable:") && name.endsWith(`:${one}`);
          const balances = [...books.balances].filter(isTheirs).map(([, minor]) => minor);
          expect(sum(balances.filter((minor) => minor > 0))).toBe(open);
          expect(paid).toBeGreaterThanOrEqual(returnedBy.get(one) ?? 0);
        }
      },
    ),
    { numRuns: 150 },
  );
});
