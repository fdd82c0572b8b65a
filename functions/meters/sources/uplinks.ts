import { createHash } from "node:crypto";
import { z } from "zod";
import { invalid } from "../../../shared/errors.ts";
import { parsed } from "../../../shared/http.ts";
import { DeviceName, type Source, type Uplink } from "./schema.ts";

// What other systems send, and what of it counts here. They omit empty fields: a counter that is absent is 0.

const Text = z.string().max(120);
const Base64 = z
  .string()
  .regex(/^[A-Za-z0-9+/]*={0,2}$/, "base 64")
  .max(1_400);
const Counter = z.int().min(0).max(0xffff_ffff).default(0);
const Port = z.int().min(0).max(255).default(0);
const Instant = z
  .string()
  .max(40)
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/, "an instant with its offset")
  .refine((text) => !Number.isNaN(Date.parse(text)), "an instant with its offset");
const Eui = z.string().regex(/^[0-9A-Fa-f]{16}$/, "16 hexadecimal digits");
const Decoded = z.record(z.string(), z.unknown()).optional();

/** The Things Stack v3: an `ApplicationUp` as its webhooks and its storage send it. */
const TtsUp = z.looseObject({
  end_device_ids: z.looseObject({
    device_id: Text.min(1),
    application_ids: z.looseObject({ application_id: Text.min(1) }),
    // A device that was activated by hand need not have one.
    dev_eui: Eui.optional(),
  }),
  received_at: Instant,
  simulated: z.boolean().optional(),
  uplink_message: z
    .looseObject({
      session_key_id: z.string().max(3_000).default(""),
      f_cnt: Counter,
      f_port: Port,
      frm_payload: Base64.default(""),
      decoded_payload: Decoded,
      // The network server's, which is nearer to the radio than the application server's above.
      received_at: Instant.optional(),
    })
    .optional(),
});
/** Its other messages: none has readings. */
const TTS_OTHERS = /^(join_accept|downlink_\w+|uplink_normalized|location_solved|service_data)$/;

/** ChirpStack v4's event `up`. */
const ChirpStackUp = z.looseObject({
  deduplicationId: z.string().regex(/^[0-9a-zA-Z-]{1,60}$/),
  time: Instant,
  deviceInfo: z.looseObject({
    tenantId: Text.default(""),
    applicationId: Text.default(""),
    deviceName: Text.default(""),
    devEui: Eui,
  }),
  devAddr: Text.default(""),
  fCnt: Counter,
  fPort: Port,
  data: Base64.default(""),
  object: Decoded,
});

export type Read = Uplink | "ignored";

/**
 * Understands a message of The Things Stack. One that was simulated there is no meter's word.
 * @throws {Fault} invalid
 */
export function ttsUplink(body: unknown, source: Pick<Source, "application">): Read {
  const up = parsed(TtsUp, body);
  const message = up.uplink_message;
  if (!message) {
    if (Object.keys(up).some((name) => TTS_OTHERS.test(name))) return "ignored";
    throw invalid("#/uplink_message", "There is no message of The Things Stack in it.");
  }
  if (up.simulated) return "ignored";
  const { device_id: name, dev_eui } = up.end_device_ids;
  const { application_id: application } = up.end_device_ids.application_ids;
  demandTheirs(source.application, application, "#/end_device_ids/application_ids/application_id");
  const device = parsed(DeviceName, dev_eui?.toUpperCase() ?? `${application}.${name}`);
  const { session_key_id, f_cnt: frame, f_port: port, frm_payload: payload } = message;
  const session = short(session_key_id);
  return {
    // A device whose counter began again in the same session sends other bytes under an old number.
    delivery: `${dev_eui ? device : short(device)}:${session}:${frame}:${short(payload)}`,
    device,
    application,
    name,
    session,
    frame,
    port,
    payload,
    ...(message.decoded_payload ? { decoded: message.decoded_payload } : {}),
    at: instant(message.received_at ?? up.received_at),
  };
}

/** Understands a message of ChirpStack. @param event  the query parameter of its address @throws {Fault} invalid */
export function chirpStackUplink(
  event: string | undefined,
  body: unknown,
  source: Pick<Source, "tenant" | "application">,
): Read {
  if (event === undefined) throw invalid("query/event", "ChirpStack names its event in the address: ?event=up");
  if (event !== "up") return "ignored";
  const up = parsed(ChirpStackUp, body);
  const { tenantId, applicationId: application, deviceName: name, devEui } = up.deviceInfo;
  demandTheirs(source.tenant, tenantId, "#/deviceInfo/tenantId");
  demandTheirs(source.application, application, "#/deviceInfo/applicationId");
  return {
    delivery: up.deduplicationId.toLowerCase(),
    device: devEui.toUpperCase(),
    application,
    name,
    session: up.devAddr,
    frame: up.fCnt,
    port: up.fPort,
    payload: up.data,
    ...(up.object ? { decoded: up.object } : {}),
    at: instant(up.time),
  };
}

/** Their tenant and application say for whom they speak there: held against what was agreed, and nothing more. */
function demandTheirs(wanted: string | undefined, given: string, pointer: string): void {
  if (wanted !== undefined && wanted !== given) throw invalid(pointer, "This source is not set up for it.");
}

const instant = (text: string): string => new Date(text).toISOString();
const short = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 12);
