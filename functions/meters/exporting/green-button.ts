import { createHash } from "node:crypto";
import { DAY_S } from "../formats/times.ts";
import { BASE_UNIT, type Kind } from "../schema.ts";
import type { Channel, Contents, Read } from "./contents.ts";
import { localTimeOf } from "./dst-rules.ts";

// The numbers of ESPI: what is served, the commodity, what is measured, the unit.
const SERVICES: Record<Kind, { service: number; commodity: number; kind: number }> = {
  electricity: { service: 0, commodity: 1, kind: 12 },
  gas: { service: 1, commodity: 7, kind: 58 },
  water: { service: 2, commodity: 9, kind: 58 },
};
const UNITS = { Wh: 72, L: 134 } as const;
const FLOWS = { consumption: 1, feedIn: 19 } as const;
const [CUMULATIVE, DELTA] = [3, 4];
const NORMAL = 12;
/** A is the default (0, valid); estimated by a like day, edited, validated though not as read. */
const QUALITIES: Record<string, number> = { E: 8, S: 7, F: 17 };
/** The powers of ten that ESPI lists. */
const POWERS = [12, 9, 6, 3, 2, 1, 0, -1, -2, -3, -6];

/** Green Button: an Atom feed of one UsagePoint, with a MeterReading, its ReadingType and a block a day for each channel. */
export function greenButtonOf({ meter, channels, timeZone, madeAt }: Contents): string {
  const at = madeAt.toISOString();
  const { service } = SERVICES[meter.kind];
  const point = `UsagePoint/${meter.id}`;
  const entry = (self: string, up: string, related: readonly string[], title: string, content: string) =>
    `<entry><id>${uuidOf(`${meter.id} ${self}`)}</id>` +
    `<link rel="self" href="${escaped(self)}"/><link rel="up" href="${escaped(up)}"/>` +
    related.map((href) => `<link rel="related" href="${escaped(href)}"/>`).join("") +
    `<title>${escaped(title)}</title><content type="application/xml">${content}</content>` +
    `<published>${at}</published><updated>${at}</updated></entry>`;
  const local = localTimeOf(madeAt, timeZone);
  const entries = [
    entry(
      point,
      "UsagePoint",
      [`${point}/MeterReading`, "LocalTimeParameters/1"],
      meter.serial,
      espi("UsagePoint", element("ServiceCategory", element("kind", service))),
    ),
    entry("LocalTimeParameters/1", "LocalTimeParameters", [], timeZone, espi("LocalTimeParameters", fields(local))),
  ];
  for (const [i, channel] of channels.entries()) {
    const power = powerOf(channel);
    const self = `${point}/MeterReading/${i + 1}`;
    const type = `ReadingType/${i + 1}`;
    entries.push(
      entry(self, `${point}/MeterReading`, [`${self}/IntervalBlock`, type], channel.name, espi("MeterReading", "")),
      entry(type, "ReadingType", [], "", espi("ReadingType", fields(typeOf(meter.kind, channel, power)))),
      ...blocksOf(channel, power).map((block, j) =>
        entry(`${self}/IntervalBlock/${j + 1}`, `${self}/IntervalBlock`, [], "", block),
      ),
    );
  }
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">` +
    `<id>${uuidOf(`${meter.id} ${at}`)}</id><title>Green Button: ${escaped(meter.serial)}</title><updated>${at}</updated>\n` +
    `${entries.join("\n")}\n</feed>\n`
  );
}

const typeOf = (kind: Kind, { flow, intervals }: Channel, power: number) => ({
  accumulationBehaviour: intervals.length > 0 ? DELTA : CUMULATIVE,
  commodity: SERVICES[kind].commodity,
  dataQualifier: NORMAL,
  defaultQuality: 0,
  flowDirection: FLOWS[flow as keyof typeof FLOWS],
  intervalLength: intervals.length > 0 ? intervals[0]!.toS - intervals[0]!.fromS : 0,
  kind: SERVICES[kind].kind,
  powerOfTenMultiplier: power,
  timeAttribute: 0,
  uom: UNITS[BASE_UNIT[kind]],
});

/** The largest listed power of ten of which every value is a whole number. */
function powerOf({ intervals, reads }: Channel): number {
  const finest = [...intervals, ...reads].reduce(
    (least, { digits, exponent }) => (digits === 0 ? least : Math.min(least, exponent)),
    POWERS[0]!,
  );
  return POWERS.find((power) => power <= finest)!;
}

/** One block for each day of UTC. */
function blocksOf({ intervals, reads }: Channel, power: number): string[] {
  const all = [
    ...intervals.map((one): Timed => ({ ...one, atS: one.fromS, durationS: one.toS - one.fromS })),
    ...reads.map((one): Timed => ({ ...one, durationS: 0 })),
  ];
  return [...Map.groupBy(all, ({ atS }) => Math.floor(atS / DAY_S)).values()].map((day) => {
    const [first, last] = [day[0]!, day.at(-1)!];
    const length = last.atS + last.durationS - first.atS;
    return espi(
      "IntervalBlock",
      element("interval", fields({ duration: length, start: first.atS })) +
        day.map((one) => readingOf(one, power)).join(""),
    );
  });
}

type Timed = Read & { durationS: number };

function readingOf({ atS, durationS, digits, exponent, quality }: Timed, power: number): string {
  const code = QUALITIES[quality[0]!];
  const value = digits === 0 ? "0" : `${digits}${"0".repeat(exponent - power)}`;
  return element(
    "IntervalReading",
    (code === undefined ? "" : element("ReadingQuality", element("quality", code))) +
      element("timePeriod", fields({ duration: durationS, start: atS })) +
      element("value", value),
  );
}

const element = (name: string, content: string | number): string => `<${name}>${content}</${name}>`;
const espi = (name: string, content: string): string => `<${name} xmlns="http://naesb.org/espi">${content}</${name}>`;
const fields = (all: object): string =>
  Object.entries(all)
    .map(([name, value]: [string, string | number]) => element(name, value))
    .join("");

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ESCAPES[sign]!);

/** The same resource has the same id in every export: version 8 of a UUID, out of a digest. */
function uuidOf(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
