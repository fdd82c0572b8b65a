import { fromBinary, toJson } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { StructSchema, TimestampSchema, timestampDate } from "@bufbuild/protobuf/wkt";
import { Fault } from "../../../shared/errors.ts";

type Reads = Record<number, [name: string, read: (reader: BinaryReader) => unknown]>;
const text = (reader: BinaryReader): string => reader.string();
const count = (reader: BinaryReader): number => reader.uint32();

/** The fields that count here, by their numbers in ChirpStack's `integration.proto`; all others are skipped. */
const DEVICE: Reads = {
  1: ["tenantId", text],
  3: ["applicationId", text],
  7: ["deviceName", text],
  8: ["devEui", text],
};
const UPLINK: Reads = {
  1: ["deduplicationId", text],
  2: ["time", (reader) => timestampDate(fromBinary(TimestampSchema, reader.bytes())).toISOString()],
  3: ["deviceInfo", (reader) => fieldsIn(reader.bytes(), DEVICE)],
  4: ["devAddr", text],
  7: ["fCnt", count],
  8: ["fPort", count],
  10: ["data", (reader) => Buffer.from(reader.bytes()).toString("base64")],
  11: ["object", (reader) => toJson(StructSchema, fromBinary(StructSchema, reader.bytes()))],
};

function fieldsIn(bytes: Uint8Array, reads: Reads): Record<string, unknown> {
  const reader = new BinaryReader(bytes);
  const found: Record<string, unknown> = {};
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    const field = reads[number];
    if (field) found[field[0]] = field[1](reader);
    else reader.skip(type, number);
  }
  return found;
}

/**
 * An `UplinkEvent` of ChirpStack v4 in Protocol Buffers, as its JSON would be.
 *
 * @throws {Fault} malformed
 */
export function uplinkOfProtobuf(body: Uint8Array): Record<string, unknown> {
  try {
    return fieldsIn(body, UPLINK);
  } catch {
    // Whatever the library stumbles over is the sender's: cut off, of another type, nested without end.
    throw new Fault("malformed", "The body is no UplinkEvent of ChirpStack in Protocol Buffers.");
  }
}
