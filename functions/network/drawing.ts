import { isDeepStrictEqual } from "node:util";
import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { Write } from "../../shared/table.ts";
import { AccountById } from "../accounts/events.ts";
import { ASKED_MAX, MetersNamed } from "../meters/events.ts";
import { changed, heldAt, hindrance, SPELLS_MAX } from "./domain.ts";
import {
  type Area,
  type AreaChange,
  EARLIEST,
  type Input,
  type Kind,
  type MeterUse,
  type NewArea,
  type NewPoint,
  type Point,
  type PointChange,
  type Standing,
} from "./schema.ts";
import { type Kept, networkStore } from "./store.ts";

interface Named {
  meterId: string;
  serial: string;
  kind: Kind;
}

/** What a file or a request will touch, so that it is read at once. */
export interface Touches {
  points?: Iterable<string>;
  meters?: Iterable<string>;
}

/**
 * The network as a sheet that is drawn on: read once, changed in memory by the same rules for one change and for a
 * file of thousands, and then written, or thrown away where only a preview was asked.
 */
export async function drawing(here: Here, { points = [], meters = [] }: Touches) {
  const store = networkStore(here);
  const areas = await store.areas();
  const sheet = new Map((await store.pointsNamed([...points])).map((one) => [one.is.code, one]));
  const named = await metersNamed(here, [...new Set(meters)]);
  const before = [...sheet.values()].flatMap(({ is }) => is.meters.map(({ meterId }) => meterId));
  const uses = new Map(
    (await store.meters([...[...named.values()].map(({ meterId }) => meterId), ...before])).map((one) => [
      one.is.meterId,
      one,
    ]),
  );
  /** The things themselves, not their copies: each is written once. */
  const touched = new Set<Kept<unknown>>();
  /** Told to the meters once it is kept, by point. */
  const registers: Record<string, Telling["registers"]> = {};
  const registersOf = (code: string) => (registers[code] ??= []);

  const replace = <T>(kept: Kept<T>, is: T): void => {
    if (isDeepStrictEqual(plain(kept.is), plain(is))) return;
    kept.is = is;
    touched.add(kept);
  };
  const areaOf = (code: string, pointer: string): Kept<Area> => {
    const found = areas.get(code);
    if (!found) throw invalid(pointer, `There is no area ${code}.`);
    return found;
  };
  const meterOf = (name: string, kind: Kind, pointer: string): Named => {
    const found = named.get(name);
    if (!found) throw invalid(pointer, "No meter with this number or id is registered here.");
    if (found.kind !== kind) throw invalid(pointer, `It counts ${found.kind}, and this is of ${kind}.`);
    return found;
  };
  const useOf = (meterId: string): Kept<MeterUse> => {
    const found = uses.get(meterId) ?? { is: { meterId, stands: [], measures: [] }, version: 0 };
    uses.set(meterId, found);
    return found;
  };

  /** Sets or takes away the meter of a point. @returns the spells of the point's meters */
  function stand(point: Point, at: string, change: PointChange): readonly Standing[] {
    const { meter: name, opening, closing } = change;
    const next = name === null || name === undefined ? undefined : meterOf(name, point.kind, "#/meter");
    const open = point.meters.at(-1);
    const spells = changed<Standing>(
      point.meters,
      at,
      next && { meterId: next.meterId, serial: next.serial, ...(opening === undefined ? {} : { opening }) },
      ({ meterId }) => meterId === next?.meterId,
      closing === undefined ? {} : { closing },
    );
    if (spells === point.meters) return spells;
    if (open && open.to === undefined) {
      const use = useOf(open.meterId);
      const stands = changed(use.is.stands, at, undefined, () => false);
      replace(use, { ...use.is, stands: [...stands] });
      if (closing !== undefined) registersOf(point.code).push({ meterId: open.meterId, at, value: closing });
    }
    if (next) {
      const use = useOf(next.meterId);
      const there = heldAt(use.is.stands, at);
      if (there)
        throw new Fault("conflict", `Meter ${next.serial} stands at ${there.point} until it is taken away there.`, {
          hindrance: "stands_elsewhere",
        });
      const stands = changed(use.is.stands, at, { point: point.code }, ({ point: code }) => code === point.code);
      replace(use, { ...use.is, stands: [...stands] });
      if (opening !== undefined) registersOf(point.code).push({ meterId: next.meterId, at, value: opening });
    }
    return spells;
  }

  return {
    setArea(code: string, facts: NewArea): Area {
      const kept = areas.get(code) ?? { is: { code, ...facts, within: [], inputs: [] }, version: 0 };
      const { kind, level } = kept.is;
      if (kind !== facts.kind || level !== facts.level)
        throw new Fault("conflict", `${code} is a ${level} of ${kind}: enter another code for another thing.`, {
          hindrance: "another_thing",
        });
      if (!areas.has(code)) {
        if (areas.size >= AREAS_MAX)
          throw new Fault("conflict", `A network has at most ${AREAS_MAX} areas.`, { hindrance: "too_many" });
        touched.add(kept);
      }
      areas.set(code, kept);
      replace(kept, { ...kept.is, ...facts });
      return kept.is;
    },

    changeArea(code: string, change: AreaChange): Area {
      const kept = areaOf(code, "#/code");
      const { at, within, input, endsInput } = change;
      let { is } = kept;
      if (within !== undefined) {
        const reason =
          within === null ? undefined : hindrance(is, areas.get(within)?.is, (code) => areas.get(code)?.is);
        if (reason) throw invalid("#/within", reason);
        const next = within === null ? undefined : { area: within };
        is = { ...is, within: [...changed(is.within, at, next, ({ area }) => area === within)] };
      }
      const measured = (name: string, pointer: string, direction?: "in" | "out") => {
        const { meterId, serial } = meterOf(name, is.kind, pointer);
        const [own, others] = [
          is.inputs.filter((one) => one.meterId === meterId),
          is.inputs.filter((one) => one.meterId !== meterId),
        ];
        const next = direction && { meterId, serial, direction };
        const spells = changed<Input>(own, at, next, (one) => one.direction === direction);
        is = { ...is, inputs: [...others, ...spells].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0)) };
        const use = useOf(meterId);
        const elsewhere = use.is.measures.filter(({ area }) => area !== code);
        const here = spells.map((one) => ({
          ...{ area: code, direction: one.direction, from: one.from },
          ...(one.to === undefined ? {} : { to: one.to }),
        }));
        if (Math.max(is.inputs.length, elsewhere.length + here.length) > SPELLS_MAX)
          throw new Fault(
            "conflict",
            `At most ${SPELLS_MAX} bulk meters of an area, and areas of a bulk meter, are kept.`,
            { hindrance: "too_many" },
          );
        replace(use, { ...use.is, measures: [...elsewhere, ...here] });
      };
      if (input) measured(input.meter, "#/input/meter", input.direction);
      if (endsInput !== undefined) measured(endsInput, "#/endsInput");
      replace(kept, is);
      return is;
    },

    setPoint(code: string, facts: NewPoint): Point {
      const kept = sheet.get(code) ?? { is: { code, ...facts, areas: [], accounts: [], meters: [] }, version: 0 };
      if (kept.is.kind !== facts.kind)
        throw new Fault("conflict", `${code} is of ${kept.is.kind}: enter another code for another kind.`, {
          hindrance: "another_thing",
        });
      if (!sheet.has(code)) touched.add(kept);
      sheet.set(code, kept);
      replace(kept, { ...kept.is, ...facts });
      return kept.is;
    },

    changePoint(code: string, change: PointChange): Point {
      const kept = sheet.get(code);
      if (!kept) throw invalid("#/code", `There is no connection point ${code}.`);
      const { at, area, accountId, meter } = change;
      let { is } = kept;
      if (area !== undefined) {
        const feeds = area === null ? undefined : areaOf(area, "#/area").is;
        if (feeds && feeds.kind !== is.kind) throw invalid("#/area", `${feeds.code} is of ${feeds.kind}.`);
        is = { ...is, areas: [...changed(is.areas, at, feeds && { area: feeds.code }, (one) => one.area === area)] };
      }
      if (accountId !== undefined)
        is = {
          ...is,
          accounts: [
            ...changed(
              is.accounts,
              at,
              accountId === null ? undefined : { accountId },
              (one) => one.accountId === accountId,
            ),
          ],
        };
      if (meter !== undefined) is = { ...is, meters: [...stand(is, at, change)] };
      else if (change.opening !== undefined || change.closing !== undefined)
        throw invalid(
          `#/${change.opening === undefined ? "closing" : "opening"}`,
          "A register belongs to a meter that is set or taken away.",
        );
      replace(kept, is);
      return is;
    },

    get changed(): number {
      return touched.size;
    },

    /** What is to be written, in parts that each fit a transaction, with what the meters are to be told of each. */
    async parts(): Promise<Part[]> {
      const points = [...sheet.values()].filter((one) => touched.has(one));
      const groups: Part[] = [
        ...[...areas.values()].filter((one) => touched.has(one)).map((one) => part([store.areaWrite(one)])),
        ...[...uses.values()].filter((one) => touched.has(one)).map((one) => part([store.meterWrite(one)])),
        ...points.map((one) =>
          part(store.pointWrites(one), {
            registers: registers[one.is.code] ?? [],
            ties: tiesOf(one.is, (meterId) => useOf(meterId).is.stands.length),
          }),
        ),
        ...(await store.servedWrites(points.map(({ is }) => is))).map((one) => part([one])),
      ];
      const parts: Part[] = [];
      for (const group of groups) {
        const last = parts.at(-1);
        if (!last || last.writes.length + group.writes.length > WRITES_MAX) parts.push(group);
        else {
          last.writes.push(...group.writes);
          last.registers.push(...group.registers);
          last.ties.push(...group.ties);
        }
      }
      return parts;
    },
  };
}
export type Drawing = Awaited<ReturnType<typeof drawing>>;

/** All of them are read for each change, and for each area of an analysis. */
const AREAS_MAX = 5_000;
const WRITES_MAX = 90;
const laterOf = (...instants: [string, string]): string => instants.sort()[1]!;
/** As it is kept: a field that is undefined is none. */
const plain = (is: unknown): unknown => JSON.parse(JSON.stringify(is));

/** What dials showed at exchanges, and whose meters they are now. */
export interface Telling {
  registers: { meterId: string; at: string; value: string }[];
  ties: { meterId: string; accountId: string | null; from?: string }[];
}
export interface Part extends Telling {
  writes: Write[];
}
const part = (writes: Write[], { registers, ties }: Telling = { registers: [], ties: [] }): Part => ({
  writes,
  registers: [...registers],
  ties: [...ties],
});

/**
 * Whose the meter is that stands at a point now. Where nobody said whose the point is, the meter's own tie stays, unless
 * it comes from another point: whoever was there does not see what it counts here. Of what has held ever since, no
 * instant is told: who has it now does not see what it counted for those before.
 *
 * @param stood  how often the meter was set somewhere
 */
function tiesOf({ accounts, meters: spells }: Point, stood: (meterId: string) => number): Telling["ties"] {
  const [account, standing] = [accounts.at(-1), spells.at(-1)];
  if (!standing || standing.to !== undefined) return [];
  const { meterId, from } = standing;
  const tie = (accountId: string | null, since: string) => [
    { meterId, accountId, ...(since === EARLIEST ? {} : { from: since }) },
  ];
  if (account && account.to === undefined) return tie(account.accountId, laterOf(account.from, from));
  if (account?.to !== undefined) return tie(null, laterOf(account.to, from));
  return stood(meterId) > 1 ? tie(null, from) : [];
}

/** The same ties, and of meters that the network says another of by now, that one. */
export async function tiesNow(here: Here, ties: Telling["ties"]): Promise<Telling["ties"]> {
  const store = networkStore(here);
  const uses = new Map((await store.meters(ties.map(({ meterId }) => meterId))).map(({ is }) => [is.meterId, is]));
  const standsAt = [...uses.values()].flatMap(({ stands }) => stands.at(-1)?.point ?? []);
  const now = (await store.pointsNamed(standsAt)).flatMap(({ is }) =>
    tiesOf(is, (meterId) => uses.get(meterId)?.stands.length ?? 0),
  );
  return ties.map((tie) => now.find(({ meterId }) => meterId === tie.meterId) ?? tie);
}

async function metersNamed(here: Here, names: readonly string[]): Promise<Map<string, Named>> {
  const found = new Map<string, Named>();
  for (let at = 0; at < names.length; at += ASKED_MAX)
    for (const { name, ...meter } of await here.ask(MetersNamed, { names: names.slice(at, at + ASKED_MAX) }))
      found.set(name, meter);
  return found;
}

/** @throws {Fault} invalid: there is no such account */
export async function demandAccount(here: Here, accountId: string | null | undefined): Promise<void> {
  if (accountId === undefined || accountId === null) return;
  try {
    await here.ask(AccountById, { accountId });
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== "absent") throw error;
    throw invalid("#/accountId", "There is no account with this id.");
  }
}
