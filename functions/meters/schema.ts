import { z } from "zod";
import { Id } from "../../shared/ids.ts";
import { isTimeZone } from "../../shared/time.ts";

/** What a meter counts. Electricity is kept in Wh, water and gas in litres. */
export const Kind = z.enum(["electricity", "water", "gas"]);
export type Kind = z.infer<typeof Kind>;
export const BASE_UNIT = { electricity: "Wh", water: "L", gas: "L" } as const satisfies Record<Kind, string>;
export const BaseUnit = z.enum(["Wh", "L"]);

/**
 * Counting units that a meter's own face may show. Each is a power of ten of its base unit, so nothing is rounded; what a
 * pulse stands for is the multiplier of its dial, and until that is known pulses count nothing.
 */
export const RegisterUnit = z.enum(["Wh", "kWh", "MWh", "L", "m3", "pulse"]);
export type RegisterUnit = z.infer<typeof RegisterUnit>;

export const MeterId = Id("mtr");
export const AccountId = Id("acc");
/** The file's digest, so that the same file is the same delivery however often it comes. */
export const DeliveryId = z.string().regex(/^dlv_[0-9a-f]{64}$/, "an id such as dlv_3f1c…");
/** A number printed on a meter, or the one of its connection point. */
export const Reference = z
  .string()
  .trim()
  .min(1)
  .max(40)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._/-]*$/u, "letters, digits, space and . _ / -");
export const Month = z.string().regex(/^[12][0-9]{3}-(0[1-9]|1[0-2])$/, "a month such as 2026-11");

const meterFields = {
  /** As printed on it. */
  serial: Reference,
  kind: Kind,
  /** The number of its connection point, where files name that instead of the meter (an NMI, a PRM). */
  point: Reference.optional(),
  accountId: AccountId.optional(),
  /** What its face counts in: the unit of a file that does not name one. */
  registerUnit: RegisterUnit.optional(),
};
const fits = ({ kind, registerUnit }: { kind: Kind; registerUnit?: RegisterUnit | undefined }) =>
  registerUnit === undefined || registerUnit === "pulse" || registerUnit.endsWith("Wh") === (kind === "electricity");
const FITS = {
  path: ["registerUnit"],
  message: "electricity counts Wh, kWh or MWh, water and gas L or m3, any pulses",
};
/** What a meter is, where a unit does not fit it. */
export const noUnitOf = ({ kind, registerUnit }: { kind: Kind; registerUnit: string }): string =>
  registerUnit === "pulse" ? "a meter that counts pulses" : `a ${kind} meter`;
/** The unit, or its powers of ten, in which a meter's readings come. */
export const faceUnit = ({ kind, registerUnit }: { kind: Kind; registerUnit: string }): string =>
  registerUnit === "pulse" ? "pulse" : BASE_UNIT[kind];

/** The id is chosen by the caller if it likes, so that sending it twice registers one meter. */
export const NewMeter = z
  .strictObject({ id: MeterId.optional(), ...meterFields })
  .refine(fits, FITS)
  .meta({ id: "NewMeter" });
export type NewMeter = z.infer<typeof NewMeter>;

export const Meter = z
  .object({
    id: MeterId,
    ...meterFields,
    registerUnit: RegisterUnit,
    registeredAt: z.iso.datetime(),
    /** From when on the account's people may see what it counted: what was before is another home's. */
    accountFrom: z.iso.datetime().optional(),
  })
  .meta({ id: "Meter" });
export type Meter = z.infer<typeof Meter>;

/** Ties a meter to an account, or (with null) unties it. */
export const MeterChange = z
  .strictObject({
    accountId: AccountId.nullable(),
    /** When the account took the meter over; else the first one sees all of it, and a later one what is to come. */
    from: z.iso.datetime().optional(),
  })
  .meta({ id: "MeterChange" });

/** A yes as forms and queries send it. */
const Yes = z
  .enum(["true", "false"])
  .default("false")
  .transform((given) => given === "true");

const heading = z.string().trim().min(1).max(80).optional();
/** Which column of a source's plain files holds what, by heading; kept under a name of the city's choice. */
export const Mapping = z
  .strictObject({
    columns: z
      .strictObject({
        meter: heading,
        /** First instant of an interval, or when a register was read. */
        start: heading,
        end: heading,
        /** Day and time of day in two columns. */
        date: heading,
        clock: heading,
        /** A quantity of an interval. */
        value: heading,
        /** What the dial showed. */
        register: heading,
        quality: heading,
        unit: heading,
        channel: heading,
        flow: heading,
      })
      .refine((columns) => columns.value !== undefined || columns.register !== undefined, {
        path: ["value"],
        message: "name the column of the values or of the registers",
      })
      .refine(
        ({ start, end, date, clock }) => [start, end, date && clock].some(Boolean) && Boolean(date) === Boolean(clock),
        { path: ["start"], message: "name the column of the start or the end, or both date and clock" },
      ),
    unit: z.string().trim().min(1).max(10).optional(),
    /** Of times without an offset, where it is not the city's. */
    timeZone: z.string().max(40).refine(isTimeZone, { message: "a time zone such as Africa/Nairobi" }).optional(),
    /** What the source's own marks of quality mean. */
    qualities: z.record(z.string().min(1).max(20), z.enum(["A", "E", "S", "F", "N"])).optional(),
  })
  .refine(({ qualities = {} }) => Object.keys(qualities).length <= 50, { path: ["qualities"], message: "at most 50" })
  .meta({ id: "ReadingMapping" });
export type Mapping = z.infer<typeof Mapping>;
export const MappingName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "lower-case letters, digits and hyphens");

/** How a file is to be read, where it does not say so itself. */
export const Reading = z
  .strictObject({
    /** The one meter of a file without a meter column: its id, serial or connection point. */
    meter: z.string().trim().min(1).max(40).optional(),
    unit: z.string().trim().min(1).max(10).optional(),
    values: z.enum(["intervals", "registers"]).optional(),
    /** The name of a kept mapping, for a plain file whose headings say nothing here. */
    mapping: MappingName.optional(),
    /** Of IEC 61968-9: keep what is good, and report the rest. */
    partial: Yes,
    /** Register the meters that the file names and the city does not know. */
    register: Yes,
    /** What those meters count, where the file's unit does not tell water from gas. */
    kind: Kind.optional(),
    /** Read, check and answer what would be kept, and keep nothing. */
    preview: Yes,
  })
  .meta({ id: "ReadingOptions" });
export type Reading = z.infer<typeof Reading>;

export const DeliveredMeter = z.object({
  meterId: MeterId.optional(),
  serial: z.string(),
  /** The channels that the file has of it: NEM12's suffixes, or `main` and `register`. */
  channels: z.array(z.string()),
  /** The codes by which the file names what it has of it: CIM's reading types. */
  codes: z.array(z.string()).optional(),
  readings: z.int(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  isNew: z.boolean(),
});

/** What a file may be; it is known by its contents, not by its name. */
export const FileFormat = z.enum(["nem12", "nem13", "csv", "cim-xml", "cim-json", "green-button"]);
export type FileFormat = z.infer<typeof FileFormat>;

/** One mistake: where, a sentence in English, and what it says as the name of a text with its values. */
export const FieldMistake = z.object({
  pointer: z.string(),
  detail: z.string(),
  says: z.object({ key: z.string(), values: z.record(z.string(), z.string()) }).optional(),
});

/** What was kept of a file. The same file has the same id and gets the same answer. */
export const Delivery = z
  .object({
    id: DeliveryId,
    format: FileFormat,
    /** The source, key or person that sent it first. */
    sourceId: z.string().optional(),
    receivedAt: z.iso.datetime(),
    /** When the file says it was made, else when it came: of two values for one interval the later one counts. */
    asOf: z.iso.datetime(),
    readings: z.int(),
    meterCount: z.int(),
    /** The first hundred of them. */
    meters: z.array(DeliveredMeter).max(100),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    /** Bytes of the packed readings. */
    packedBytes: z.int(),
    /** The first fifty elements that were left aside, where a part was asked for and not all was good. */
    errors: z.array(FieldMistake).max(50).optional(),
  })
  .meta({ id: "Delivery" });
export type Delivery = z.infer<typeof Delivery>;

/** What a file would bring. Nothing of it is kept. */
export const Preview = Delivery.omit({ receivedAt: true })
  .extend({
    isKnown: z.boolean(),
    days: z.array(z.object({ day: z.string(), meter: z.string(), quantity: z.int(), unit: z.string() })),
  })
  .meta({ id: "DeliveryPreview" });
export type Preview = z.infer<typeof Preview>;

/** What a meter's readings can be taken away in. */
export const ExportFormat = z.enum(["green-button", "nem12", "csv"]);
export type ExportFormat = z.infer<typeof ExportFormat>;

export const Grain = z.enum(["interval", "day", "month"]);
export type Grain = z.infer<typeof Grain>;

/** Quantities are whole base units, each rounded once from what is kept exactly. */
export const Usage = z.object({
  /** `2026-11-23` or `2026-11` in the city's zone; for intervals their first instant. */
  at: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  quantity: z.int(),
  /** What was given back to the network, where the meter counts it. */
  fedIn: z.int().optional(),
  /** NEM12's letter and method, for intervals: A actual, E estimated, S substituted, F finally substituted. */
  quality: z.string().optional(),
  channel: z.string().optional(),
  /** At least a part of it was not read from the meter. */
  isEstimated: z.boolean(),
  /** How much of the time with readings is estimated, and how much of all time has readings: 0 to 1. */
  estimatedShare: z.number().min(0).max(1),
  coverage: z.number().min(0).max(1),
});
export type Usage = z.infer<typeof Usage>;

export const MeterReadings = z
  .object({
    meterId: MeterId,
    kind: Kind,
    unit: BaseUnit,
    grain: Grain,
    timeZone: z.string(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    readings: z.array(Usage),
  })
  .meta({ id: "MeterReadings" });

/** A delivery of readings over HTTP as a program sends it; read by hand (`batch.ts`), described here. */
export const NewBatch = z
  .strictObject({
    /** The source's own id: sent twice, it counts once. */
    delivery: z.string().min(1).max(80),
    /** Seconds of each interval. Without it values are registers, read at their time. */
    interval: z.int().min(60).max(86_400).optional(),
    /** Else each meter's own. */
    unit: z.string().max(10).optional(),
    /** When the source made it: of two values for one time the later delivery's counts. Else its latest reading's time. */
    madeAt: z.iso.datetime({ offset: true }).optional(),
    /** Keep what is good and report the rest. */
    partial: z.boolean().optional(),
    /** Meter number or id; seconds since 1970 or an instant; value; NEM12 quality (else A). Or a table, as below. */
    readings: z
      .array(
        z
          .tuple([z.string().max(40), z.union([z.int(), z.string()]), z.union([z.number(), z.string()])])
          .rest(z.string()),
      )
      .min(1)
      .max(5_000)
      .optional(),
    /** In the place of `readings`: equal intervals down from here, the meters across, at most 5,000 values. */
    start: z.union([z.int(), z.iso.datetime({ offset: true })]).optional(),
    meters: z.array(z.string().max(40)).min(1).max(5_000).optional(),
    /** For each interval a value for each meter; null where there is none. */
    values: z
      .array(z.array(z.union([z.number(), z.string(), z.null()])))
      .min(1)
      .optional(),
  })
  .meta({ id: "NewReadingBatch" });

/** What was kept of a batch: the same each time that it comes. */
export const BatchAnswer = z
  .object({
    delivery: z.string(),
    receivedAt: z.iso.datetime(),
    readings: z.int(),
    refused: z.int(),
    /** Readings whose clock was more than ten minutes ahead: kept all the same. */
    aheadOfTime: z.int(),
    /** The first fifty of those that were refused. */
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
  })
  .meta({ id: "ReadingBatch" });
export type BatchAnswer = z.infer<typeof BatchAnswer>;
