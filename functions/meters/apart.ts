import type { Here } from "../../shared/here.ts";
import type { Write } from "../../shared/table.ts";
import type { Plan } from "./plan.ts";

// question                                                        key
// which meters have intervals of files in a UTC month             pk APART   sk <yyyy-mm>#<meter>
// which have registers of files, or were ever set right           pk APART   sk ALWAYS#<meter>
//
// What batches say of thousands of meters is read at once (`many.ts`). The marks tell of which meters that is not all;
// each is written with what it tells of, and stays.

const ALWAYS = "ALWAYS";
/** More than that is no exception: its readings come in files. */
const MARKS_MAX = 5_000;

const mark = (when: string, meterId: string): Write => ({ put: { pk: "APART", sk: `${when}#${meterId}` } });

/** Of a meter that was set right. */
export const correctedMark = (meterId: string): Write => mark(ALWAYS, meterId);

/** Of the meters that a file tells of. */
export function fileMarks(index: Plan["index"]): Write[] {
  const marks = index.flatMap(({ meterId, month, pointers }) =>
    [...new Set(pointers.map(({ kind }) => (kind === "registers" ? ALWAYS : month)))].map(
      (when) => [`${when} ${meterId}`, mark(when, meterId)] as const,
    ),
  );
  return [...new Map(marks).values()];
}

/**
 * The meters of which batches do not say all.
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
    for await (const { sk } of table.all({ pk: "APART", ...range })) {
      if (meters.size === MARKS_MAX) return undefined;
      meters.add(sk.slice(sk.indexOf("#") + 1));
    }
  return meters;
}
