import { type Columns, packColumns, unpackColumns } from "./batch-packing.ts";
import { type OfFile, type Row, SHORT_ID_BYTES } from "./batch-rows.ts";
import { flowCode, flowOf, numbers, Reader, readNumbers, Writer } from "./packing.ts";

/** In the place of the number of groups, of which there is always one: what is said of files comes first. */
const HAS_FILES = 0;

/** A channel of files, and a delivery with the time from which its word counts. */
type Channel = Pick<OfFile, "channel" | "flow" | "unit">;
interface Delivered {
  deliveryId: string;
  asOfS: number;
}

/**
 * Packs some meters' rows: a few columns for each channel, length of interval and power of ten. Of files it is said
 * once which channels and deliveries there are, and for each reading which delivery's word it is.
 *
 * @param rows  resolved
 */
export function packChunk(rows: readonly Row[]): Uint8Array {
  const channels = once(
    rows.flatMap(({ file }) => file ?? []),
    nameOf,
  );
  const deliveries = once(
    rows.flatMap(({ file, asOfS }) => (file ? { deliveryId: file.deliveryId, asOfS } : [])),
    ({ deliveryId }) => deliveryId,
  ).sort((a, b) => a.asOfS - b.asOfS || (a.deliveryId < b.deliveryId ? -1 : 1));
  const numberOf = new Map(deliveries.map(({ deliveryId }, i) => [deliveryId, i]));
  const channelOf = new Map(channels.map((channel, i) => [nameOf(channel), i + 1]));
  const out = new Writer();
  if (channels.length > 0) {
    out.unsigned(HAS_FILES);
    putFiles(out, channels, deliveries);
  }
  const groups = Map.groupBy(
    rows,
    ({ file, stepS, exponent }) => `${file ? channelOf.get(nameOf(file)) : 0} ${stepS} ${exponent}`,
  );
  out.unsigned(groups.size);
  for (const some of groups.values()) {
    const { file, stepS, exponent } = some[0]!;
    const bytes = packColumns(
      {
        ...{ stepS, exponent },
        meters: some.map(({ meter }) => meter),
        timesS: some.map(({ atS }) => atS),
        values: some.map(({ value }) => value),
        qualities: some.every(({ quality }) => quality === "A") ? undefined : some.map(({ quality }) => quality),
        asOfS: 0,
        asOfs: file ? undefined : some.map(({ asOfS }) => asOfS),
      },
      true,
    );
    if (channels.length > 0) out.unsigned(file ? channelOf.get(nameOf(file))! : 0);
    out.unsigned(bytes.length);
    out.bytes(bytes);
    if (file)
      numbers(
        out,
        some.map((row) => numberOf.get(row.file!.deliveryId)!),
      );
  }
  return out.done();
}

/** @throws {RangeError} bytes that `packChunk` did not write */
export function readChunk(bytes: Uint8Array): Columns[] {
  const from = new Reader(bytes);
  const first = from.unsigned();
  if (first !== HAS_FILES) return Array.from({ length: first }, () => unpackColumns(from.take(from.unsigned())));
  const { channels, deliveries } = readFiles(from);
  return Array.from({ length: from.unsigned() }, () => {
    const channel = channels[from.unsigned() - 1];
    const columns = unpackColumns(from.take(from.unsigned()));
    if (!channel) return columns;
    const words = deliveries.map(({ deliveryId }) => ({ ...channel, deliveryId }));
    const said = readNumbers(from, columns.values.length);
    return { ...columns, files: { said, words, asOfsS: deliveries.map(({ asOfS }) => asOfS) } };
  });
}

function putFiles(out: Writer, channels: readonly Channel[], deliveries: readonly Delivered[]): void {
  out.unsigned(channels.length);
  for (const { channel, flow, unit } of channels) {
    out.text(channel);
    out.byte(flowCode(flow));
    out.text(unit);
  }
  out.unsigned(deliveries.length);
  let beforeS = 0;
  for (const { deliveryId, asOfS } of deliveries) {
    out.bytes(Buffer.from(deliveryId.slice("dlv_".length), "hex"));
    out.signed(asOfS - beforeS);
    beforeS = asOfS;
  }
}

function readFiles(from: Reader): { channels: Channel[]; deliveries: Delivered[] } {
  const channels = Array.from({ length: from.unsigned() }, () => ({
    channel: from.text(),
    flow: flowOf(from.byte()),
    unit: from.text(),
  }));
  let asOfS = 0;
  const deliveries = Array.from({ length: from.unsigned() }, () => {
    const deliveryId = `dlv_${Buffer.from(from.take(SHORT_ID_BYTES)).toString("hex")}`;
    asOfS += from.signed();
    return { deliveryId, asOfS };
  });
  return { channels, deliveries };
}

const nameOf = ({ channel, flow, unit }: Channel): string => JSON.stringify([channel, flow, unit]);

const once = <T>(all: readonly T[], name: (one: T) => string): T[] => [
  ...new Map(all.map((one) => [name(one), one])).values(),
];
