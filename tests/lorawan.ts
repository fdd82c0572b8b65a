import { createHmac } from "node:crypto";
import { fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { StructSchema, TimestampSchema, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { expect } from "vitest";
import type { TestCity } from "./city.ts";

export const json = async (answer: Response) => (await answer.json()) as Record<string, unknown>;

/** A water meter's formatter as its maker writes it: a script for The Things Stack or ChirpStack. */
export const FORMATTER = `
var STATES = ["ok", "low battery"];
function decodeUplink(input) {
  if (input.fPort !== 2) return { data: {}, warnings: ["a status, no reading"] };
  if (input.bytes.length < 4) return { errors: ["payload is too short"] };
  var litres = (input.bytes[0] << 24 | input.bytes[1] << 16 | input.bytes[2] << 8 | input.bytes[3]) >>> 0;
  return { data: { meter: { volume: litres * 0.001 }, state: STATES[0], at: input.recvTime.toISOString() } };
}`;
/** Litres on the dial as the meter sends them. */
export const litres = (count: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(count);
  return bytes;
};

export interface MadeSource {
  id: string;
  secret: string;
  path: string;
}

export async function newDecoder(city: TestCity, more: object = {}): Promise<string> {
  const made = await city.post(
    "/v1/readings/decoders",
    {
      name: "Water pulse",
      code: FORMATTER,
      fields: [{ field: "meter.volume", unit: "m3" }],
      samples: [{ port: 2, bytes: litres(1_234).toString("hex") }],
      ...more,
    },
    { as: "administrator" },
  );
  expect(made.status, await made.clone().text()).toBe(201);
  return ((await json(made))["decoder"] as { id: string }).id;
}

export async function newSource(city: TestCity, kind: string, more: object = {}): Promise<MadeSource> {
  const made = await city.post("/v1/readings/sources", { name: `The ${kind}`, kind, ...more }, { as: "administrator" });
  expect(made.status, await made.clone().text()).toBe(201);
  const { id } = (await json(made)) as { id: string };
  const access = await json(await city.get(`/v1/readings/sources/${id}/access`, { as: "administrator" }));
  return { id, secret: String(access["secret"]), path: String(access["url"]).slice(city.url.length) };
}

export async function newMeter(city: TestCity, serial: string, more: object = {}): Promise<string> {
  const order = { serial, kind: "water", registerUnit: "m3", ...more };
  const made = await city.post("/v1/meters", order, { as: "agent" });
  expect(made.status, await made.clone().text()).toBe(201);
  return String((await json(made))["id"]);
}

export const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

/** A message of The Things Stack: like it, without the fields that are empty. */
export const ttsUp = (eui: string, frame: number, payload: Uint8Array, at: string, more: object = {}) => ({
  end_device_ids: {
    device_id: `eui-${eui.toLowerCase()}`,
    application_ids: { application_id: "water" },
    dev_eui: eui,
    join_eui: "0000000000000000",
    dev_addr: "260B1234",
  },
  correlation_ids: ["as:up:01J0000000000000000000TEST"],
  received_at: at.replace("Z", "868680Z"),
  uplink_message: {
    session_key_id: "AXPoziFRvbcEguvZQoCCZw==",
    ...(frame === 0 ? {} : { f_cnt: frame }),
    f_port: 2,
    ...(payload.length === 0 ? {} : { frm_payload: Buffer.from(payload).toString("base64") }),
    rx_metadata: [{ gateway_ids: { gateway_id: "gw-1" }, rssi: -80 }],
    settings: { data_rate: { lora: { bandwidth: 125_000, spreading_factor: 7 } } },
    received_at: at,
    ...more,
  },
});

export const chirpStackUp = (eui: string, id: string, frame: number, payload: Uint8Array, at: string) => ({
  deduplicationId: id,
  time: at.replace("Z", "+00:00"),
  deviceInfo: {
    tenantId: "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
    tenantName: "ChirpStack",
    applicationId: "17c82e96-be03-4f38-aef3-f83d48582d97",
    applicationName: "Water",
    deviceProfileId: "14855bf7-d10d-4aee-b618-ebfcb64dc7ad",
    deviceProfileName: "Water",
    deviceName: "Pump",
    devEui: eui.toLowerCase(),
    tags: {},
  },
  devAddr: "00189440",
  dr: 1,
  ...(frame === 0 ? {} : { fCnt: frame }),
  fPort: 2,
  data: Buffer.from(payload).toString("base64"),
  rxInfo: [{ gatewayId: "0016c001f153a14c", rssi: -57 }],
});

/** The same in Protocol Buffers: field numbers as ChirpStack's `integration.proto` has them, with some that nobody reads. */
export function protobufOf(up: ReturnType<typeof chirpStackUp>, object?: Record<string, JsonValue>): Uint8Array {
  const of = up.deviceInfo;
  const device = new BinaryWriter();
  for (const [number, value] of [
    ...([
      [1, of.tenantId],
      [2, of.tenantName],
      [3, of.applicationId],
      [4, of.applicationName],
    ] as const),
    ...([
      [5, of.deviceProfileId],
      [6, of.deviceProfileName],
      [7, of.deviceName],
      [8, of.devEui],
    ] as const),
  ])
    device.tag(number, WireType.LengthDelimited).string(value);
  const event = new BinaryWriter();
  const bytes = (number: number, value: Uint8Array) => event.tag(number, WireType.LengthDelimited).bytes(value);
  bytes(1, new TextEncoder().encode(up.deduplicationId));
  bytes(2, toBinary(TimestampSchema, timestampFromDate(new Date(up.time))));
  bytes(3, device.finish());
  bytes(4, new TextEncoder().encode(up.devAddr));
  event.tag(6, WireType.Varint).uint32(up.dr);
  if (up.fCnt !== undefined) event.tag(7, WireType.Varint).uint32(up.fCnt);
  event.tag(8, WireType.Varint).uint32(up.fPort);
  bytes(10, Buffer.from(up.data, "base64"));
  if (object) bytes(11, toBinary(StructSchema, fromJson(StructSchema, object)));
  bytes(12, new TextEncoder().encode("what gateways heard"));
  return event.finish();
}

export const deliver = (city: TestCity, { path, secret }: MadeSource, body: unknown, more = "") =>
  city.post(path + more, body, { headers: { "Content-Type": "application/json", "X-Source-Secret": secret } });

/** As Standard Webhooks signs. */
export function signed(secret: string, body: string, atS = Math.floor(Date.now() / 1000), id = "msg_1") {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${atS}.${body}`).digest("base64");
  return {
    "Content-Type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(atS),
    "webhook-signature": `v1,AAAA v1,${signature}`,
  };
}
