import { z } from "zod";
import { Id } from "../../../shared/ids.ts";
import { FieldMistake, MappingName, Reference } from "../schema.ts";
import { TamperKind } from "../tamper/schema.ts";

export const SourceId = Id("src");
export const DecoderId = Id("dec");
export const GapId = Id("gap");
export const Name = z.string().trim().min(1).max(80);

/** Who speaks: The Things Stack v3, ChirpStack v4, a program that signs its batches, a gateway that hands SMS on, or whoever lays files down. */
export const SourceKind = z.enum(["tts", "chirpstack", "batches", "sms", "drop"]);
export type SourceKind = z.infer<typeof SourceKind>;
export const SourceState = z.enum(["active", "paused"]);

/** Shorter than this, a clock that is ten minutes off would lose readings. */
const WINDOW_MIN_S = 900;
const WINDOW_MAX_S = 30 * 86_400;

const sourceFields = {
  name: Name,
  kind: SourceKind,
  /** What decodes its payloads where a device has no decoder of its own. */
  decoderId: DecoderId.optional(),
  /** Their names for whose devices these are: what comes under another one is refused. Never a city of ours. */
  tenant: z.string().trim().min(1).max(80).optional(),
  application: z.string().trim().min(1).max(80).optional(),
  /** How old a message may be, or how far ahead, to be taken. */
  replayWindowS: z.int().min(WINDOW_MIN_S).max(WINDOW_MAX_S),
  /** How plain files that are laid down are to be read, where their headings do not say it. */
  mapping: MappingName.optional(),
  /** Where the source is asked for what is missing: signed as it signs itself. */
  askAt: z
    .url({ protocol: /^https$/ })
    .max(300)
    .optional(),
  /** So many messages a minute. */
  perMinute: z.int().min(1).max(6_000),
};
const chosen = {
  id: SourceId.optional(),
  replayWindowS: sourceFields.replayWindowS.optional(),
  perMinute: sourceFields.perMinute.default(600),
};
export const NewSource = z.strictObject({ ...sourceFields, ...chosen }).meta({ id: "NewReadingSource" });
export type NewSource = z.infer<typeof NewSource>;
export const SourceChange = z
  .strictObject({
    name: Name,
    decoderId: DecoderId.nullable(),
    tenant: sourceFields.tenant.nullable(),
    application: sourceFields.application.nullable(),
    replayWindowS: sourceFields.replayWindowS,
    mapping: MappingName.nullable(),
    askAt: sourceFields.askAt.unwrap().nullable(),
    perMinute: sourceFields.perMinute,
    state: SourceState,
  })
  .partial()
  .meta({ id: "ReadingSourceChange" });
export type SourceChange = z.infer<typeof SourceChange>;

export const Source = z
  .object({
    id: SourceId,
    ...sourceFields,
    state: SourceState,
    /** How often its secret was made anew. */
    generation: z.int().min(1),
    /** The Things Stack's server whose storage can be asked for what is missing. Its key is kept apart, sealed. */
    storage: z.object({ server: z.string() }).optional(),
    createdAt: z.iso.datetime(),
    createdBy: z.string(),
  })
  .meta({ id: "ReadingSource" });
export type Source = z.infer<typeof Source>;

/** Where a source's messages go and how they show that they are its own. For who may set it up there, and nobody else. */
export const Access = z
  .object({
    /** Or the folder in which files are laid down. */
    url: z.string(),
    /** Of `X-Source-Secret`, or the password of basic authentication; it signs batches. A folder has none. */
    secret: z.string().optional(),
  })
  .meta({ id: "ReadingSourceAccess" });
export type Access = z.infer<typeof Access>;

/** The Things Stack's storage integration: an API key that may read an application's traffic. */
export const Storage = z
  .strictObject({ server: z.url({ protocol: /^https$/ }).max(200), apiKey: z.string().min(1).max(300) })
  .meta({ id: "ReadingSourceStorage" });
export type Storage = z.infer<typeof Storage>;

const Path = z
  .string()
  .regex(/^[\w$-]+(\.[\w$-]+){0,7}$/, "a name such as volume or meter.volume")
  .max(80);
export const MappedField = z.strictObject({
  /**
   * Of the decoded data, inner ones by dots: `meter.volume`. Where it is a list, or in a list (`history.volume`), each
   * of it is a reading.
   */
  field: Path,
  /** Which of the device's meters it is. */
  channel: z
    .string()
    .regex(/^[a-z0-9_-]{1,20}$/, "small letters, digits, _ and -")
    .default("main"),
  unit: z.string().min(1).max(10),
  /** What the dial shows, or what was used since the message before. */
  values: z.enum(["register", "interval"]).default("register"),
  /** Seconds of each interval. */
  intervalS: z.int().min(60).max(86_400).optional(),
  /** Where its time is, or the times of a list: seconds or milliseconds since 1970, or text. Intervals end at it. */
  time: Path.optional(),
  /** Of a list of registers that has no times: seconds from one to the next. Of intervals it is their length. */
  stepS: z.int().min(60).max(86_400).optional(),
  /** Which end of a list without times is the latest, which is as old as the message. */
  order: z.enum(["oldest_first", "newest_first"]).default("oldest_first"),
  /** To so many it is rounded: binary fractions that a decoder makes have no end. */
  decimals: z.int().min(0).max(9).default(3),
});
export type MappedField = z.infer<typeof MappedField>;

/** A field that tells of tampering: true or above zero, or the text that it then has. */
export const MappedEvent = z.strictObject({
  field: Path,
  kind: TamperKind,
  is: z.string().min(1).max(40).optional(),
  channel: MappedField.shape.channel,
});
export type MappedEvent = z.infer<typeof MappedEvent>;

const DECODED_MAX = 4_000;
const Hex = z
  .string()
  .regex(/^([0-9a-fA-F]{2})*$/, "pairs of hexadecimal digits")
  .max(1_024);
export const Sample = z.strictObject({
  port: z.int().min(0).max(255),
  bytes: Hex,
  /** Where the network's own server decodes: what it sends. */
  decoded: z
    .record(z.string().max(80), z.unknown())
    .refine((data) => JSON.stringify(data).length <= DECODED_MAX, `at most ${DECODED_MAX} signs as JSON`)
    .optional(),
});
export type Sample = z.infer<typeof Sample>;

const CODE_MAX = 64_000;
/** A payload formatter and what its fields mean. Without code, what the network's own server decoded is read. */
export const NewDecoder = z
  .strictObject({
    id: DecoderId.optional(),
    name: Name,
    /** A script with `decodeUplink({ bytes, fPort, recvTime })`, as The Things Stack and ChirpStack run it. */
    code: z.string().min(1).max(CODE_MAX).optional(),
    fields: z.array(MappedField).min(1).max(10),
    events: z.array(MappedEvent).max(10).default([]),
    /** Real payloads: each field must be found in one of them before the decoder is kept. */
    samples: z.array(Sample).min(1).max(5),
  })
  .superRefine(({ fields }, context) => {
    for (const [i, { values, intervalS }] of fields.entries())
      if ((values === "interval") !== (intervalS !== undefined))
        context.addIssue({
          code: "custom",
          path: ["fields", i, "intervalS"],
          message: "an interval has its length in seconds, and a register has none",
        });
  })
  .meta({ id: "NewPayloadDecoder" });
export type NewDecoder = z.infer<typeof NewDecoder>;

export const Decoder = z
  .object({
    id: DecoderId,
    name: Name,
    code: z.string().optional(),
    fields: z.array(MappedField),
    events: z.array(MappedEvent).default([]),
    samples: z.array(Sample),
    savedAt: z.iso.datetime(),
    savedBy: z.string(),
  })
  .meta({ id: "PayloadDecoder" });
export type Decoder = z.infer<typeof Decoder>;

/** A device EUI, or its application and name at The Things Stack where it has none. */
export const DeviceName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,79}$/, "a device EUI such as 0004A30B001C0530");
export const DeviceSettings = z
  .strictObject({
    /** Its meters by channel. Without any, the meter whose number is the device's EUI. */
    meters: z.record(z.string().regex(/^[a-z0-9_-]{1,20}$/), Reference).default({}),
    decoderId: DecoderId.optional(),
    /** How often it should speak: silent for twice as long, it is missed. */
    everyS: z
      .int()
      .min(60)
      .max(30 * 86_400)
      .optional(),
  })
  .meta({ id: "ReadingDeviceSettings" });
export type DeviceSettings = z.infer<typeof DeviceSettings>;

/** What was last heard of a device. */
export const Frames = z.object({
  /** The Things Stack's session key, ChirpStack's device address: frames are counted anew with each. */
  session: z.string(),
  /** The highest frame counter. */
  top: z.int(),
  lastAt: z.iso.datetime(),
  /** Gaps that are open, by session. */
  open: z.record(z.string(), GapId).default({}),
  /** The gap of its silence. */
  silence: GapId.optional(),
});
export type Frames = z.infer<typeof Frames>;

export const Device = z
  .object({ device: DeviceName, settings: DeviceSettings, heard: Frames.optional() })
  .meta({ id: "ReadingDevice" });
export type Device = z.infer<typeof Device>;

export const Gap = z
  .object({
    id: GapId,
    /** Or the key or person whose batches they are. */
    sourceId: z.string(),
    device: DeviceName.optional(),
    /** Frames that never came, a device that is silent, or intervals of a UTC day that are missing between others. */
    kind: z.enum(["frames", "silence", "intervals"]),
    state: z.enum(["open", "closed"]),
    session: z.string().optional(),
    /** The frame counters that are missing still, from and to, both among them. */
    missing: z.array(z.tuple([z.int(), z.int()])),
    /** How many were missing in all. */
    frames: z.int(),
    /** How many intervals are missing still, of how many meters; more than these, if there was no room for all. */
    intervals: z.int().optional(),
    meters: z.int().optional(),
    isMore: z.literal(true).optional(),
    /** What lies around it: when it was heard before, and when after. */
    from: z.iso.datetime(),
    to: z.iso.datetime().optional(),
    openedAt: z.iso.datetime(),
    closedAt: z.iso.datetime().optional(),
    /** Whose storage is asked to send it again, by its own name for the device. */
    backfill: z.object({ application: z.string(), name: z.string() }).optional(),
    /** How the source was asked last: its network's storage, its address, or a list in its folder. */
    asked: z.object({ at: z.iso.datetime(), by: z.enum(["storage", "address", "folder"]) }).optional(),
  })
  .meta({ id: "ReadingGap" });
export type Gap = z.infer<typeof Gap>;

/** Intervals of one meter that are missing, one after the other: what the source is asked for. */
export const MissingIntervals = z
  .object({
    meterId: z.string(),
    serial: z.string(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    intervalS: z.int(),
  })
  .meta({ id: "MissingIntervals" });
export type MissingIntervals = z.infer<typeof MissingIntervals>;

/** What a source is asked for. */
export const GapRequest = z
  .object({
    gap: Gap,
    /** The first five hundred runs of missing intervals; of frames, the gap says which. */
    intervals: z.array(MissingIntervals).max(500),
    /** There are more of them: ask `/v1/readings/gaps/{id}/missing`. */
    isMore: z.boolean(),
  })
  .meta({ id: "ReadingGapRequest" });
export type GapRequest = z.infer<typeof GapRequest>;

/** A message as it was understood, whatever system it came from. */
export const Uplink = z.object({
  /** Its own id with the source: sent twice, it counts once. */
  delivery: z.string(),
  device: DeviceName,
  application: z.string(),
  /** Their name of the device. */
  name: z.string(),
  session: z.string(),
  frame: z.int(),
  port: z.int(),
  /** Base 64. */
  payload: z.string(),
  decoded: z.record(z.string(), z.unknown()).optional(),
  at: z.iso.datetime(),
});
export type Uplink = z.infer<typeof Uplink>;

/** What became of a message: the same each time that it comes. */
export const UplinkAnswer = z
  .object({
    delivery: z.string().optional(),
    /** Parked: kept as it came until somebody mends what it waits for. Ignored: no readings are in such a message. */
    state: z.enum(["kept", "parked", "ignored"]),
    readings: z.int(),
    receivedAt: z.iso.datetime().optional(),
    reason: z.string().optional(),
  })
  .meta({ id: "UplinkAnswer" });
export type UplinkAnswer = z.infer<typeof UplinkAnswer>;

export const Parked = z
  .object({ delivery: z.string(), at: z.iso.datetime(), reason: z.string(), uplink: Uplink })
  .meta({ id: "ParkedUplink" });
export type Parked = z.infer<typeof Parked>;

/** One refusal, as the source got it. */
export const Refusal = z
  .object({
    at: z.iso.datetime(),
    code: z.string(),
    detail: z.string(),
    delivery: z.string().optional(),
    errors: z.array(FieldMistake),
  })
  .meta({ id: "ReadingRefusal" });
export type Refusal = z.infer<typeof Refusal>;
