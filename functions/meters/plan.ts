import { newId } from "../../shared/ids.ts";
import { dayOf } from "../../shared/time.ts";
import { counted, iso } from "./domain.ts";
import { Sum } from "./exact.ts";
import { FileMistakes, refuseFile } from "./formats/mistakes.ts";
import { type Block, pack } from "./packing.ts";
import { BASE_UNIT, type Delivery, faceUnit, type Kind, type Meter, type Preview } from "./schema.ts";
import { blocksOf, type ReadFile, type Series, unitOf } from "./series.ts";

/** A part is read whole, so it is small: 64 KB are about 50,000 readings. */
const PART_BYTES = 64 * 1024;
const READINGS_MAX = 4_000_000;
const METERS_SHOWN = 100;
const DAYS_SHOWN = 31;

/** Where a block lies: in which part of which delivery, from which byte, how long. */
export interface Pointer {
  kind: Block["kind"];
  fromS: number;
  toS: number;
  count: number;
  part: number;
  offset: number;
  length: number;
}

/** What a delivery would write, worked out before anything is written. */
export interface Plan {
  delivery: Delivery;
  newMeters: Meter[];
  /** Packed across meters, each meter's blocks side by side. */
  parts: Uint8Array[];
  /** A meter's blocks of one UTC month (`2026-11`). */
  index: { meterId: string; month: string; pointers: Pointer[] }[];
  days: Preview["days"];
}

export interface PlanOptions {
  deliveryId: string;
  /** By each name that a file may use. */
  known: ReadonlyMap<string, Meter>;
  register: boolean;
  kind?: Kind | undefined;
  timeZone: string;
  now: Date;
}

/** Numbers on meters are compared without regard to case and outer space. */
export const numberKey = (number: string): string => number.trim().toUpperCase();

/**
 * Says what a file would leave behind: which meters, which packed bytes, which pointers.
 *
 * @throws {Fault} invalid, by line: meters that nobody knows (unless they are to be registered), units that do not
 *   fit the meter, values that cannot be kept exactly
 */
export function planOf(file: ReadFile, options: PlanOptions): Plan {
  const { now, deliveryId } = options;
  const mistakes = new FileMistakes(file.place);
  const owners = new Owners(options, mistakes);
  const groups = Map.groupBy(file.series, (series) => owners.of(series));
  mistakes.refuse();

  const parts = new Parts();
  const index: Plan["index"] = [];
  const meters: Delivery["meters"] = [];
  const days: Preview["days"] = [];
  let readings = 0;
  let [fromS, toS] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [owner, all] of groups) {
    if (!owner) continue;
    for (const [i, series] of all.entries()) {
      const twin = all.slice(0, i).find((one) => one.channel === series.channel && one.kind === series.kind);
      if (twin) mistakes.tell(series.line, "twin", { place: mistakes.whereOf(twin.line) });
    }
    const blocks = all.flatMap((series) => {
      const converted = owners.unitOf(series, owner.meter);
      return converted ? blocksOf(series, ...converted, mistakes) : [];
    });
    if (mistakes.list.length > 0) continue;
    const months = new Map<string, Pointer[]>();
    let count = 0;
    let [meterFromS, meterToS] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const block of blocks) {
      const pointer = parts.add(block);
      const month = iso(pointer.fromS).slice(0, 7);
      months.set(month, [...(months.get(month) ?? []), pointer]);
      count += pointer.count;
      meterFromS = Math.min(meterFromS, pointer.fromS);
      meterToS = Math.max(meterToS, pointer.toS);
    }
    for (const [month, pointers] of months) index.push({ meterId: owner.meter.id, month, pointers });
    readings += count;
    fromS = Math.min(fromS, meterFromS);
    toS = Math.max(toS, meterToS);
    const channels = [...new Set(blocks.map((block) => block.channel))];
    const codes = [...new Set(all.flatMap((series) => series.code ?? []))];
    if (meters.length < METERS_SHOWN)
      meters.push({
        meterId: owner.meter.id,
        serial: owner.meter.serial,
        channels,
        ...(codes.length === 0 ? {} : { codes }),
        readings: count,
        from: iso(meterFromS),
        to: iso(meterToS),
        isNew: owner.isNew,
      });
    if (days.length < DAYS_SHOWN)
      days.push(...firstDays(owner.meter, blocks, options.timeZone).slice(0, DAYS_SHOWN - days.length));
  }
  mistakes.refuse();
  if (readings === 0) refuseFile(1, "no_value_at_all");
  if (readings > READINGS_MAX) refuseFile(1, "readings_many", { count: readings, most: READINGS_MAX });
  // A clock that runs ahead must not win over every later word.
  const asOf = new Date(
    Math.min(now.getTime(), file.madeAtS === undefined ? Number.POSITIVE_INFINITY : file.madeAtS * 1000),
  );
  const packed = parts.done();
  const delivery: Delivery = {
    id: deliveryId,
    format: file.format,
    receivedAt: now.toISOString(),
    asOf: asOf.toISOString(),
    readings,
    meterCount: [...groups.keys()].filter(Boolean).length,
    meters,
    from: iso(fromS),
    to: iso(toS),
    packedBytes: packed.reduce((sum, part) => sum + part.length, 0),
    ...(file.aside?.length ? { errors: [...file.aside] } : {}),
  };
  return { delivery, newMeters: owners.registered(), parts: packed, index, days };
}

interface Owner {
  meter: Meter;
  isNew: boolean;
}

/** Whose the readings are: the known meters, and those that are registered with the file. */
class Owners {
  private byName = new Map<string, Owner>();
  private refused = new Set<string>();
  constructor(
    private readonly options: PlanOptions,
    private readonly mistakes: FileMistakes,
  ) {
    // One meter may be named in several ways, and is still one.
    const one = new Map([...options.known.values()].map((meter) => [meter.id, meter]));
    const owners = new Map([...one.values()].map((meter): [string, Owner] => [meter.id, { meter, isNew: false }]));
    for (const [name, meter] of options.known) this.byName.set(name, owners.get(meter.id)!);
  }

  of(series: Series): Owner | undefined {
    const found = series.names.map((name) => this.byName.get(numberKey(name))).find(Boolean);
    if (found) return found;
    const name = series.names[0]!;
    if (this.refused.has(name)) return undefined;
    const made = this.options.register ? this.make(series) : undefined;
    if (made) return made;
    this.refused.add(name);
    if (!this.options.register) this.mistakes.tell(series.line, "meter_unknown", { meter: name });
    return undefined;
  }

  private make(series: Series): Owner | undefined {
    const { serial, point, line } = series;
    const electric = series.unit !== undefined && !["L", undefined].includes(unitOf(series.unit)?.[0]);
    const kind = series.counts ?? (point !== undefined || electric ? "electricity" : this.options.kind);
    if (kind === undefined) {
      this.mistakes.tell(line, "meter_kind", { meter: serial });
      return undefined;
    }
    if (!/^[\p{L}\p{N}][\p{L}\p{N} ._/-]*$/u.test(serial)) {
      this.mistakes.tell(line, "meter_number", { meter: serial });
      return undefined;
    }
    // A serial that is another meter's already does not become this one's as well.
    const own = this.byName.has(numberKey(serial)) ? series.names[0]! : serial;
    const meter: Meter = {
      id: newId("mtr", this.options.now),
      serial: own,
      kind,
      ...(point === undefined || numberKey(point) === numberKey(own) ? {} : { point }),
      registerUnit: kind === "electricity" ? "kWh" : "m3",
      registeredAt: this.options.now.toISOString(),
    };
    const owner = { meter, isNew: true };
    for (const name of [own, series.names[0]!]) this.byName.set(numberKey(name), owner);
    return owner;
  }

  registered(): Meter[] {
    return [...new Set(this.byName.values())].filter((owner) => owner.isNew).map((owner) => owner.meter);
  }

  /** What a series is kept in: the file's unit, else the one on the meter's face. Undefined (a mistake): it does not fit. */
  unitOf(series: Series, meter: Meter): [string, number] | undefined {
    const [unit, power] = unitOf(series.unit ?? meter.registerUnit)!;
    if (series.flow !== "other" && series.counts !== undefined && series.counts !== meter.kind) {
      const { counts } = series;
      this.mistakes.tell(series.line, "counts_other", { counts, meter: meter.serial, kind: meter.kind });
      return undefined;
    }
    if (series.flow !== "other" && unit !== faceUnit(meter)) {
      const key = meter.registerUnit === "pulse" ? "unit_not_of_pulses" : "unit_not_of_kind";
      this.mistakes.tell(series.line, key, { unit: series.unit ?? "", kind: meter.kind, meter: meter.serial });
      return undefined;
    }
    return [unit === "pulse" ? BASE_UNIT[meter.kind] : unit, power];
  }
}

/** Packs blocks one behind the other, and begins a new part before one grows too large. */
class Parts {
  private all: Uint8Array[][] = [[]];
  private length = 0;

  add(block: Block): Pointer {
    const bytes = pack(block);
    if (this.length > 0 && this.length + bytes.length > PART_BYTES) {
      this.all.push([]);
      this.length = 0;
    }
    const offset = this.length;
    this.all.at(-1)!.push(bytes);
    this.length += bytes.length;
    const toS = block.kind === "registers" ? block.timesS!.at(-1)! : block.startS + block.values.length * block.stepS;
    const count = block.qualities.reduce((sum, quality) => sum + (quality.startsWith("N") ? 0 : 1), 0);
    return {
      kind: block.kind,
      fromS: block.startS,
      toS,
      count,
      part: this.all.length - 1,
      offset,
      length: bytes.length,
    };
  }
  done(): Uint8Array[] {
    return this.all.map((blocks) => Buffer.concat(blocks)).map((part) => new Uint8Array(part));
  }
}

/** A meter's first days for the preview, so that a wrong unit or clock meets the eye before it is kept. */
function firstDays(meter: Meter, blocks: Block[], zone: string): Preview["days"] {
  const sums = new Map<string, Sum>();
  const first = blocks.filter((block) => block.kind === "intervals").slice(0, 4);
  for (const one of counted(first.map((block) => ({ block, asOfS: 0, deliveryId: "" })))) {
    if (one.flow !== "consumption") continue;
    const day = dayOf(new Date(one.fromS * 1000), zone);
    const sum = sums.get(day) ?? new Sum();
    sum.add(one.digits, one.exponent);
    sums.set(day, sum);
    if (sums.size > 4) break;
  }
  return [...sums]
    .slice(0, 3)
    .map(([day, sum]) => ({ day, meter: meter.serial, quantity: sum.whole(), unit: BASE_UNIT[meter.kind] }));
}
