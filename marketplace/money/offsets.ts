import type { Write } from "../../shared/table.ts";
import { leftOf } from "./books.ts";
import { sum } from "./lines.ts";
import type { CreditNote, Offset } from "./schema.ts";
import { noteWrite } from "./store.ts";

// What was credited of a paid invoice lowers what the same parties are paid next, by the same payer.

/** All that this payer's credit notes still have to take, the oldest first. */
export const offsetsFrom = (notes: readonly CreditNote[], payer: string | undefined): Offset[] =>
  notes
    .filter((note) => note.state === "granted" && note.payer === payer)
    .flatMap(({ number, back }) =>
      back
        .map((one) => ({ note: number, party: one.party, amountMinor: leftOf(one) }))
        .filter(({ amountMinor }) => amountMinor > 0),
    );

/** A note as it is once these offsets stand in the place of those. */
export function withOffsets(note: CreditNote, before: readonly Offset[], after: readonly Offset[]): CreditNote {
  const by = (offsets: readonly Offset[], party: string) =>
    sum(offsets.filter((one) => one.note === note.number && one.party === party).map((one) => one.amountMinor));
  const back = note.back.map((one) => ({
    ...one,
    offsetMinor: one.offsetMinor + by(after, one.party) - by(before, one.party),
  }));
  const isSame = back.every(({ offsetMinor }, i) => offsetMinor === note.back[i]!.offsetMinor);
  return isSame ? note : { ...note, back, revision: note.revision + 1 };
}

/** @param notes  at least those of both */
export const offsetWrites = (
  notes: readonly CreditNote[],
  before: readonly Offset[],
  after: readonly Offset[],
): Write[] =>
  notes.flatMap((note) => {
    const changed = withOffsets(note, before, after);
    return changed === note ? [] : [noteWrite(changed)];
  });
