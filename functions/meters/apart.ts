import type { Here } from "../../shared/here.ts";
import type { Item, Key, Write } from "../../shared/table.ts";
import type { Plan } from "./plan.ts";

// question                                                        key
// which meters have intervals of a file in no segment yet         pk APART   sk <yyyy-mm>#<meter>#<delivery>
// which have registers of files, or were ever set right           pk APART   sk ALWAYS#<meter>
//
// What batches and segments say of thousands of meters is read at once (`many.ts`). The marks tell of which meters that
// is not all; each is written with what it tells of. The first goes when a segment holds that, the second stays.

const ALWAYS = "ALWAYS";
/** More than that is no exception: its readings come in files. */
const MARKS_MAX = 5_000;

const pk = "APART";
const alwaysKey = (meterId: string): Key => ({ pk, sk: `${ALWAYS}#${meterId}` });

/** Of a meter that was set right. */
export const correctedMark = (meterId: string): Write => ({ put: { ...alwaysKey(meterId) } });

/** Of the meters that a file tells of. */
export function fileMarks(index: Plan["index"], deliveryId: string): Write[] {
  const marks = index.flatMap(({ meterId, month, pointers }) =>
    [...new Set(pointers.map(({ kind }) => kind))].map((kind): [string, Item] => {
      const key = kind === "registers" ? alwaysKey(meterId) : markKey(month, meterId, deliveryId);
      return [key.sk, { ...key }];
    }),
  );
  return [...new Map(marks).values()].map((put) => ({ put }));
}

/** Where it is said that a file has intervals of a meter's month, until a segment has them. */
export const markKey = (month: string, meterId: string, deliveryId: string): Key => ({
  pk,
  sk: `${month}#${meterId}#${deliveryId}`,
});

/**
 * The meters of which batches and segments do not say all.
 *
 * @returns undefined: it may be any
 */
export async function apart(
  { table }: Pick<Here, "table">,
  fromMonth: string,
  toMonth: string,
): Promise<ReadonlySet<string> | undefined> {
  const meters = new Set<string>();
  for (const range of [
    { from: fromMonth, to: `${toMonth}#~` },
    { from: `${ALWAYS}#`, to: `${ALWAYS}#~` },
  ])
    for await (const { sk } of table.all({ pk, ...range })) {
      if (meters.size === MARKS_MAX) return undefined;
      meters.add(sk.split("#")[1]!);
    }
  return meters;
}
