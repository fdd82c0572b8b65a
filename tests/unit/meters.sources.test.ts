import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { left, take } from "../../functions/meters/rate.ts";
import { decoded as decodedOf } from "../../functions/meters/sources/decoding.ts";
import { counted, filled, opened, sizeOf, widened, without } from "../../functions/meters/sources/frames.ts";
import { uplinkOfProtobuf } from "../../functions/meters/sources/protobuf.ts";
import { type Frames, type Gap, MappedEvent, MappedField } from "../../functions/meters/sources/schema.ts";
import { chirpStackUplink, ttsUplink } from "../../functions/meters/sources/uplinks.ts";
import { processSandbox } from "../../shared/sandbox/index.ts";
import { chirpStackUp, litres, protobufOf, ttsUp } from "../lorawan.ts";

const NOW = new Date("2026-11-25T20:00:00Z");
const at = (minute: number) => new Date(NOW.getTime() + minute * 60_000).toISOString();
const GAP: Gap = {
  id: "gap_01JD8Q6Z3W8M6W1YB1M0Q4S7XK",
  sourceId: "src_01JD8Q6Z3W8M6W1YB1M0Q4S7XK",
  device: "0004A30B001C0530",
  kind: "frames",
  state: "open",
  missing: [],
  frames: 0,
  from: at(0),
  openedAt: at(0),
};

/** What is missing after these frames of one session, as the room counts them. */
function missingAfter(frames: readonly number[]): { frames: Frames | undefined; gap: Gap } {
  let [heard, gap] = [undefined as Frames | undefined, GAP];
  for (const frame of frames) {
    const result = counted(heard, { session: "s", frame, at: at(frame) }, gap.missing);
    if (result.filled !== undefined) gap = filled(gap, result.filled, NOW);
    if (result.hole) gap = widened({ ...gap, state: "open" }, result.hole, at(frame));
    heard = result.frames ?? heard;
  }
  return { frames: heard, gap };
}

describe("frames", () => {
  // Guards against a hole that nobody is told of, and one that stays open although all of it came.
  test("in any order and however often they come, exactly what did not come is missing", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 50 }),
        fc.array(fc.nat(49), { maxLength: 20 }),
        (later, repeated) => {
          // The first that is heard begins the count.
          const frames = [0, ...later, ...repeated.flatMap((i) => later[i] ?? [])];
          const { gap, frames: heard } = missingAfter(frames);
          const top = Math.max(...later);
          const missing = Array.from({ length: top }, (_, i) => i).filter((frame) => !frames.includes(frame));
          expect(
            gap.missing
              .flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i))
              .sort((a, b) => a - b),
          ).toEqual(missing);
          expect(heard?.top).toBe(top);
        },
      ),
    );
  });

  test("a session counts from nothing, a late frame of the one before begins nothing, and a lost count begins again", () => {
    const before: Frames = { session: "a", top: 9, lastAt: at(9), open: {} };
    expect(counted(before, { session: "b", frame: 0, at: at(10) }, [])).toEqual({
      frames: { ...before, session: "b", top: 0, lastAt: at(10) },
    });
    expect(counted(before, { session: "b", frame: 3, at: at(10) }, []).hole).toEqual([0, 2]);
    expect(counted({ ...before, session: "b" }, { session: "a", frame: 4, at: at(4) }, [[4, 5]])).toEqual({
      filled: 4,
    });
    expect(counted({ ...before, session: "b" }, { session: "a", frame: 4, at: at(4) }, [])).toEqual({});
    expect(counted(before, { session: "a", frame: 0, at: at(20) }, [])).toEqual({
      frames: { ...before, top: 0, lastAt: at(20) },
    });
    expect(counted(before, { session: "a", frame: 9, at: at(9) }, [])).toEqual({});
    expect(counted(before, { session: "a", frame: 1_000_000, at: at(20) }, []).hole).toEqual([995_000, 999_999]);
  });

  // Guards against a device that is heard every other time for a year, whose gap no item of the table holds any more.
  test("a gap has no endless list of holes, however they come to be", () => {
    const { gap } = missingAfter(Array.from({ length: 3_000 }, (_, i) => 2 * i));
    expect(gap.missing).toHaveLength(1_000);
    expect(gap.missing.at(-1)).toEqual([5_997, 5_997]);
    expect(gap.frames).toBe(2_999);
    const wide = { ...GAP, missing: Array.from({ length: 1_000 }, (_, i): [number, number] => [10 * i, 10 * i + 8]) };
    expect(filled(wide, 9_994, NOW).missing).toHaveLength(1_000);
  });

  test("ranges lose one frame at a time, and old sessions are forgotten", () => {
    expect(without([[2, 4]], 3)).toEqual([
      [2, 2],
      [4, 4],
    ]);
    expect(without([[2, 2]], 2)).toEqual([]);
    expect(without([[2, 4]], 9)).toEqual([[2, 4]]);
    expect(
      sizeOf([
        [2, 4],
        [9, 9],
      ]),
    ).toBe(4);
    const many = ["a", "b", "c", "d", "e"].reduce((open, session) => opened(open, session, GAP.id), {});
    expect(Object.keys(many)).toEqual(["b", "c", "d", "e"]);
  });
});

describe("messages of other systems", () => {
  test("what The Things Stack omits is empty, and one frame has one id whatever is around it", () => {
    const up = ttsUplink(ttsUp("0004A30B001C0530", 0, litres(7), at(0)), {});
    expect(up).toMatchObject({ device: "0004A30B001C0530", frame: 0, port: 2, application: "water", at: at(0) });
    const other = { ...ttsUp("0004A30B001C0530", 0, litres(7), at(0)), received_at: at(5), correlation_ids: [] };
    expect(ttsUplink(other, {})).toEqual(up);
    const id = (body: object) => (ttsUplink(body, {}) as { delivery: string }).delivery;
    const ids = [
      ttsUp("0004A30B001C0530", 0, litres(7), at(0)),
      ttsUp("0004A30B001C0530", 1, litres(7), at(0)),
      ttsUp("0004A30B001C0531", 0, litres(7), at(0)),
      ttsUp("0004A30B001C0530", 0, litres(7), at(0), { session_key_id: "other" }),
      // Activated by hand, its counter lost: an old number, another payload.
      ttsUp("0004A30B001C0530", 0, litres(8), at(0)),
    ].map(id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const one of ids) expect(one).toMatch(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,76}$/);
    const nameless = ttsUp("0004A30B001C0530", 0, new Uint8Array(), at(0));
    const { dev_eui: _, ...ids_ } = nameless.end_device_ids;
    expect(ttsUplink({ ...nameless, end_device_ids: ids_ }, {})).toMatchObject({
      device: "water.eui-0004a30b001c0530",
      payload: "",
    });
  });

  // Guards against a message of any shape that becomes a bug instead of a refusal.
  test("any JSON is understood, ignored or refused", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom("up", "join", undefined), (body, event) => {
        for (const read of [() => ttsUplink(body, {}), () => chirpStackUplink(event, body, {})])
          try {
            read();
          } catch (error) {
            expect((error as { kind?: string }).kind).toBe("invalid");
          }
      }),
    );
    expect(chirpStackUplink("up", chirpStackUp("0004A30B001C0530", "d-1", 0, litres(1), at(0)), {})).toMatchObject({
      delivery: "d-1",
      frame: 0,
      session: "00189440",
    });
  });

  // Guards against a meter whose network server sends Protocol Buffers, and that is read otherwise than by JSON.
  test("ChirpStack's two encodings say the same, and bytes of any kind are refused, never broken by", () => {
    const object = { meter: { volume: 12.5, alarms: ["leak", null, true] } };
    for (const frame of [0, 70_000]) {
      const up = chirpStackUp("0004A30B001C0530", "d-1", frame, litres(1), at(0));
      const read = chirpStackUplink("up", uplinkOfProtobuf(protobufOf(up, object)), {});
      expect(read).toEqual(chirpStackUplink("up", { ...up, object }, {}));
    }
    const whole = protobufOf(chirpStackUp("0004A30B001C0530", "d-1", 7, litres(1), at(0)), object);
    const nested = Uint8Array.from({ length: 60_000 }, (_, i) => [0x5a, 0xff, 0xff, 0x03][i % 4]!);
    const cut = fc.nat(whole.length - 1).map((length) => whole.slice(0, length));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), cut, fc.constant(nested)), (bytes) => {
        try {
          chirpStackUplink("up", uplinkOfProtobuf(bytes), {});
        } catch (error) {
          expect(["malformed", "invalid"]).toContain((error as { kind?: string }).kind);
        }
      }),
    );
  });
});

// Guards against a frame of 24 hours of which one is kept, or all of them at the hour in which it came.
describe("several readings in one frame", () => {
  const hourly = { unit: "m3", channel: "main", values: "register", decimals: 3 } as const;
  const found = async (field: object, decoded: Record<string, unknown>) => {
    const fields = [MappedField.parse({ ...hourly, ...field })];
    const { readings: all } = await decodedOf(
      { fields, events: [] },
      { payload: "", port: 2, at: "2026-11-25T20:00:31.000Z", decoded },
      processSandbox("rome"),
    );
    return all.map(({ value, atS }) => `${new Date(atS * 1000).toISOString().slice(11, 19)} ${value}`);
  };

  test.each([
    ["one value is as old as its message", { field: "m" }, { m: 1 }, ["20:00:31 1"]],
    ["or has a time of its own", { field: "m", time: "t" }, { m: 1, t: 1_795_636_800 }, ["20:00:00 1"]],
    [
      "objects with their times, in milliseconds or as text",
      { field: "history.volume", time: "history.time" },
      { history: [{ time: 1_795_629_600_000, volume: 7 }, { time: "2026-11-25T19:00:00Z", volume: 8 }, {}] },
      ["18:00:00 7", "19:00:00 8"],
    ],
    [
      "two lists side by side",
      { field: "v", time: "t" },
      { v: [7, 8], t: [1_795_629_600, 1_795_633_200] },
      ["18:00:00 7", "19:00:00 8"],
    ],
    [
      "equal steps back from the message, those that are missing left out",
      { field: "hours", values: "interval", intervalS: 3600 },
      { hours: [1, null, 3] },
      ["18:00:00 1", "20:00:00 3"],
    ],
    [
      "the latest first, and back from the time that is told",
      { field: "hours", stepS: 3600, order: "newest_first", time: "t" },
      { hours: [3, 2, 1], t: "2026-11-25T10:00:04Z" },
      ["10:00:00 3", "09:00:00 2", "08:00:00 1"],
    ],
    ["nothing in it", { field: "hours", stepS: 3600 }, { hours: [] }, []],
  ])("%s", async (_, field, decoded, expected) => {
    expect(await found(field, decoded)).toEqual(expected);
  });

  test.each([
    ["a list without times or steps", { field: "v" }, { v: [1, 2] }, /say where its times are/],
    ["times that are too few", { field: "v", time: "t" }, { v: [1, 2], t: [1_795_629_600] }, /no time before/],
    ["a time to come", { field: "v", time: "t" }, { v: 1, t: "2026-11-26T20:00:00Z" }, /no time before/],
    ["a clock that was never set", { field: "v", time: "t" }, { v: 1, t: 12 }, /no time before/],
    ["no number", { field: "v.x", stepS: 60 }, { v: [{ x: "?" }] }, /no number/],
    ["a list without end", { field: "v", stepS: 60 }, { v: Array(201).fill(1) }, /more than 200/],
  ])("%s is told", async (_, field, decoded, reason) => {
    await expect(found(field, decoded)).rejects.toThrow(reason);
  });
});

// Guards against a magnet on a meter that reports it in each frame, and nobody is told.
test("fields that tell of tampering tell it when they are on, or say what they were mapped to", async () => {
  const events = [
    { field: "alarms.magnet", kind: "magnet" },
    { field: "lid", kind: "cover_opened", is: "open" },
    { field: "reverse", kind: "reversed" },
  ].map((one) => MappedEvent.parse(one));
  const told = async (decoded: Record<string, unknown>) => {
    const uplink = { payload: "", port: 2, at: at(0), decoded };
    return (await decodedOf({ fields: [], events }, uplink, processSandbox("rome"))).events.map(({ kind }) => kind);
  };
  expect(await told({ alarms: { magnet: true }, lid: "open", reverse: 3 })).toEqual([
    "magnet",
    "cover_opened",
    "reversed",
  ]);
  expect(await told({ alarms: { magnet: false }, lid: "closed", reverse: 0 })).toEqual([]);
  expect(await told({ alarms: null, reverse: "no" })).toEqual([]);
});

test("what is spent comes back with time, and one name's spending is no other's", () => {
  const allowance = { burst: 2, perSecond: 0.5 };
  expect([take("a", allowance, 0), take("a", allowance, 0), take("a", allowance, 0)]).toEqual([0, 0, 2]);
  expect(take("b", allowance, 0)).toBe(0);
  expect([left("a", allowance, 1_000), take("a", allowance, 2_000), take("a", allowance, 2_000)]).toEqual([0.5, 0, 2]);
  expect(left("a", allowance, 1e9)).toBe(2);
});
