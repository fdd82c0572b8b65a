import { createHash } from "node:crypto";
import { z } from "zod";
import { Mistakes, quoted, refuseLine, rowsOf, textOf } from "../../shared/delimited.ts";
import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { parsed } from "../../shared/http.ts";
import { defineTask, does, dropped, planned } from "../../shared/tasks.ts";
import { AccountsByNumber } from "../accounts/events.ts";
import { areaFacts, columnsOf, isNone, type Line, linesOf, named, pointFacts, registerOf, sayBy } from "./csv.ts";
import { type Drawing, drawing } from "./drawing.ts";
import { keep } from "./keeping.ts";
import { AreaChange, type Imported, PointChange } from "./schema.ts";

const LINES_MAX = 20_000;
const BYTES_MAX = 8_000_000;
const ACCOUNTS_AT_ONCE = 100;
const LATER_MS = 120_000;
const TRIES_MAX = 5;

/** The rest of a file that was accepted, should the process that accepted it die. */
const GoOn = defineTask("network.import", z.object({ of: z.enum(["areas", "points"]), by: z.string() }));
const blobOf = (id: string) => `network/imports/${id}`;

/**
 * Takes a file of areas or connection points in, or refuses it whole with every mistake by line. The same file again
 * changes nothing.
 *
 * @throws {Fault} invalid by line, too_large
 */
export async function takeNetwork(
  here: Here,
  of: Imported["of"],
  file: Uint8Array,
  { by, isPreview }: { by: string; isPreview: boolean },
): Promise<Imported> {
  if (file.length > BYTES_MAX) throw new Fault("too_large", `A file has at most ${BYTES_MAX} bytes. Send it in parts.`);
  const id = `nim_${createHash("sha256").update(of).update(file).digest("hex")}`;
  const answer = async ({ drawn, lines }: Awaited<ReturnType<typeof drawFile>>): Promise<Imported> => {
    const changed = drawn.changed;
    return { id, of, lines, changed, unchanged: Math.max(0, lines - changed), isPreview };
  };
  const first = await drawFile(here, of, file);
  if (isPreview || first.drawn.changed === 0) return answer(first);
  await here.blobs.put(blobOf(id), file);
  await here.commit([planned(GoOn, id, new Date(here.clock.now().getTime() + LATER_MS), { of, by })]);
  const done = async () => {
    await here.commit([dropped(GoOn, id)]);
    await here.blobs.delete(blobOf(id));
  };
  try {
    await keepFile(here, of, file, id, by, first);
  } catch (error) {
    // What others changed meanwhile contradicts the file: the caller is told, and nobody goes on with it.
    if (error instanceof Fault && ["invalid", "conflict"].includes(error.kind)) await done();
    throw error;
  }
  await done();
  return answer(first);
}

/** Writes a file's drawing; where somebody else changed something meanwhile, draws it anew and goes on. */
async function keepFile(
  here: Here,
  of: Imported["of"],
  file: Uint8Array,
  id: string,
  by: string,
  first: Awaited<ReturnType<typeof drawFile>>,
): Promise<void> {
  for (let tries = 1, next = first; ; tries++) {
    try {
      return await keep(here, next.drawn, id, by);
    } catch (error) {
      if (!(error instanceof Fault) || error.kind !== "conflict" || tries === TRIES_MAX) throw error;
      next = await drawFile(here, of, file);
    }
  }
}

export const goingOn = does(GoOn, async (here, id, { of, by }) => {
  const file = await here.blobs.get(blobOf(id));
  if (!file) return {};
  try {
    await keepFile(here, of, file, id, by, await drawFile(here, of, file));
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== "invalid") throw error;
    here.log.error("a file of the network contradicts what was changed since", { error });
  }
  await here.blobs.delete(blobOf(id));
  return {};
});

/** @throws {Fault} invalid by line */
async function drawFile(here: Here, of: Imported["of"], file: Uint8Array): Promise<{ drawn: Drawing; lines: number }> {
  const [head, ...rows] = rowsOf(textOf(file));
  if (!head) refuseLine(1, "empty: there is nothing in the file.");
  if (rows.length === 0) refuseLine(head.line, "empty: there is no line below the headings.");
  if (rows.length > LINES_MAX) refuseLine(head.line, `It has more than ${LINES_MAX} lines. Send it in parts.`);
  const mistakes = new Mistakes();
  const lines = linesOf(rows, columnsOf(head, of), here.city.timeZone, mistakes);
  const meters = lines.flatMap(({ text }) => text("meter") ?? []).filter((one) => !isNone(one) && one.length <= 60);
  const [drawn, accounts] = await Promise.all([
    drawing(here, { points: of === "points" ? lines.map(({ code }) => code) : [], meters }),
    accountsNamed(here, lines),
  ]);
  // Areas first exist, then lie within each other, in whatever order the file has them.
  const passes = of === "areas" ? [areaIsThere(drawn), areaIsSo(drawn)] : [pointLine(drawn, accounts)];
  for (const pass of passes)
    for (const line of lines) {
      try {
        pass(line);
      } catch (error) {
        mistakes.at(line.line, sayBy(error));
      }
    }
  mistakes.list.sort((a, b) => lineIn(a.pointer) - lineIn(b.pointer));
  mistakes.refuse();
  return { drawn, lines: rows.length };
}
const lineIn = (pointer: string): number => Number(pointer.slice("#/line/".length));

async function accountsNamed(here: Here, lines: readonly Line[]): Promise<Map<string, string>> {
  const names = [...new Set(lines.flatMap(({ text }) => text("account") ?? []))].filter(
    (one) => !isNone(one) && one.length <= 40,
  );
  const found = new Map<string, string>();
  for (let at = 0; at < names.length; at += ACCOUNTS_AT_ONCE)
    for (const { number, id } of await here.ask(AccountsByNumber, { numbers: names.slice(at, at + ACCOUNTS_AT_ONCE) }))
      found.set(number, id);
  return found;
}

const areaIsThere =
  (drawn: Drawing) =>
  (line: Line): void => {
    const facts = areaFacts(line);
    if (facts) drawn.setArea(line.code, facts);
  };

const areaIsSo =
  (drawn: Drawing) =>
  ({ code, from: at, to, text }: Line): void => {
    const [within, meter] = [text("within"), text("meter")];
    const direction = named(["in", "out"], text("direction"));
    const since = at === undefined ? {} : { at };
    drawn.changeArea(
      code,
      parsed(AreaChange, { ...since, ...(within === undefined ? {} : { within: isNone(within) ? null : within }) }),
    );
    if (meter !== undefined) {
      if (direction !== undefined && direction !== "in" && direction !== "out")
        throw new Fault("invalid", "direction: in or out.");
      drawn.changeArea(code, parsed(AreaChange, { ...since, input: { meter, ...(direction ? { direction } : {}) } }));
    }
    if (to === undefined) return;
    if (within !== undefined) drawn.changeArea(code, { at: to, within: null });
    if (meter !== undefined) drawn.changeArea(code, { at: to, endsInput: meter });
  };

const pointLine =
  (drawn: Drawing, accounts: ReadonlyMap<string, string>) =>
  (line: Line): void => {
    const { code, from: at, to, text } = line;
    const facts = pointFacts(line);
    if (facts) drawn.setPoint(code, facts);
    const [area, account, meter] = [text("area"), text("account"), text("meter")];
    const [opening, closing] = [registerOf(text("opening")), registerOf(text("closing"))];
    const accountId = account === undefined || isNone(account) ? null : accounts.get(account);
    if (accountId === undefined) throw new Fault("invalid", `account: there is no account ${quoted(account ?? "")}.`);
    const said = {
      ...(area === undefined ? {} : { area: isNone(area) ? null : area }),
      ...(account === undefined ? {} : { accountId }),
      ...(meter === undefined ? {} : { meter: isNone(meter) ? null : meter }),
    };
    // The register of a meter that this very line takes away again is its own; else that of the one before it.
    const closes = closing === undefined ? {} : { closing };
    drawn.changePoint(
      code,
      parsed(PointChange, {
        ...(at === undefined ? {} : { at }),
        ...said,
        ...(opening === undefined ? {} : { opening }),
        ...(to === undefined ? closes : {}),
      }),
    );
    if (to === undefined) return;
    const ended = Object.fromEntries(Object.keys(said).map((name) => [name, null]));
    drawn.changePoint(code, parsed(PointChange, { at: to, ...ended, ...(meter === undefined ? {} : closes) }));
  };
