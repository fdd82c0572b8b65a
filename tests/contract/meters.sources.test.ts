import { describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";
import {
  chirpStackUp,
  deliver,
  FORMATTER,
  json,
  litres,
  type MadeSource,
  minutesAgo,
  newDecoder,
  newMeter,
  newSource,
  protobufOf,
  signed,
  ttsUp,
} from "../lorawan.ts";

const EUI = "0004A30B001C0530";
const admin = { as: "administrator" } as const;

/** What a meter counted, from the first reading on, in its base unit. */
async function used(city: TestCity, meter: string): Promise<number> {
  // Ten minutes ahead may be tomorrow.
  const [from, to] = [-5, 2].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
  const path = `/v1/meters/${meter}/readings?from=${from}&to=${to}&grain=day`;
  const answer = await json(await city.get(path, { as: "agent" }));
  return (answer["readings"] as { quantity: number }[]).reduce((sum, { quantity }) => sum + quantity, 0);
}
const refusals = async (city: TestCity, { id }: MadeSource) =>
  (await json(await city.get(`/v1/readings/sources/${id}/refusals`, admin)))["refusals"] as {
    code: string;
    detail: string;
    errors: { pointer: string; detail: string }[];
  }[];

async function waterSource(city: TestCity, kind = "tts", more: object = {}) {
  const [meter, decoderId] = await Promise.all([newMeter(city, EUI), newDecoder(city)]);
  return { meter, decoderId, source: await newSource(city, kind, { decoderId, ...more }) };
}

describe(`sources of readings, ${target.name}`, () => {
  // Guards against a reading that is acknowledged and not there, and one that counts twice.
  test("The Things Stack: a frame is decoded, kept and readable, and sent twice it counts once with the same answer", async () => {
    const city = await newCity();
    const { meter, source } = await waterSource(city);
    const first = ttsUp(EUI, 0, litres(1_000), minutesAgo(120));
    const kept = await deliver(city, source, first, "/uplink/message");
    expect(kept.status, await kept.clone().text()).toBe(201);
    const answer = await json(kept);
    expect(answer).toMatchObject({ state: "kept", readings: 1 });
    expect((await deliver(city, source, ttsUp(EUI, 1, litres(1_450), minutesAgo(60)))).status).toBe(201);
    expect(await used(city, meter)).toBe(450);
    // The network sends it again, with other words around it.
    const again = await deliver(city, source, { ...first, correlation_ids: ["as:up:other"] });
    expect(again.status).toBe(200);
    expect(await json(again)).toEqual(answer);
    expect(await used(city, meter)).toBe(450);
    // What else it tells is heard, and holds no readings.
    for (const other of [
      { ...first, uplink_message: undefined, join_accept: { session_key_id: "x" } },
      { ...ttsUp(EUI, 9, litres(9_999), minutesAgo(1)), simulated: true },
    ])
      expect(await json(await deliver(city, source, other, "/join"))).toMatchObject({ state: "ignored", readings: 0 });
    expect(await used(city, meter)).toBe(450);
  });

  test("ChirpStack: its deduplication id names the message, and its tenant is held against what was agreed", async () => {
    const city = await newCity();
    const tenant = "52f14cd4-c6f1-4fbd-8f87-4025e1d49242";
    const { meter, source } = await waterSource(city, "chirpstack", { tenant });
    const up = (id: string, frame: number, count: number, minutes: number) =>
      chirpStackUp(EUI, id, frame, litres(count), minutesAgo(minutes));
    const body = up("3ac7e3c4-4401-4b8d-9386-a5c902f9202d", 0, 70, 50);
    const kept = await deliver(city, source, body, "?event=up");
    expect(kept.status, await kept.clone().text()).toBe(201);
    expect((await deliver(city, source, up("d-2", 1, 95, 40), "?event=up")).status).toBe(201);
    const again = await deliver(city, source, body, "?event=up");
    expect(again.status).toBe(200);
    expect(await json(again)).toEqual(await json(kept));
    expect(await used(city, meter)).toBe(25);
    expect(await json(await deliver(city, source, {}, "?event=status"))).toMatchObject({ state: "ignored" });
    const other = await deliver(
      city,
      source,
      { ...body, deduplicationId: "d-3", deviceInfo: { ...body.deviceInfo, tenantId: "another" } },
      "?event=up",
    );
    expect(other.status).toBe(422);
    expect(await json(other)).toMatchObject({ errors: [{ pointer: "#/deviceInfo/tenantId" }] });
    expect((await deliver(city, source, body)).status).toBe(422);
    const protobuf = (bytes: Uint8Array) =>
      city.post(`${source.path}?event=up`, bytes, {
        headers: { "X-Source-Secret": source.secret, "Content-Type": "application/octet-stream" },
      });
    expect((await protobuf(protobufOf(up("d-4", 2, 99, 30)))).status).toBe(201);
    expect(await used(city, meter)).toBe(29);
    expect((await protobuf(protobufOf(body).slice(0, -3))).status).toBe(400);
  });

  // Guards against readings that are lost because two clocks do not agree.
  test("a clock ten minutes off either way loses nothing", async () => {
    const city = await newCity();
    const { meter, source } = await waterSource(city, "tts", { replayWindowS: 900 });
    for (const [frame, minutes] of [10, -10].entries()) {
      const answer = await deliver(city, source, ttsUp(EUI, frame, litres(100 + frame * 7), minutesAgo(minutes)));
      expect(answer.status, await answer.clone().text()).toBe(201);
    }
    expect(await used(city, meter)).toBe(7);
    const batches = await newSource(city, "batches");
    for (const offS of [-600, 600]) {
      const atS = Math.floor(Date.now() / 1000) + offS;
      const body = JSON.stringify({ delivery: `d${offS}`, readings: [[EUI, atS, 0.2]] });
      const answer = await city.post(batches.path, body, { headers: signed(batches.secret, body, atS) });
      expect(answer.status, await answer.clone().text()).toBe(201);
    }
  });

  test("forged, stale, misshapen and foreign messages are refused, each told in the report, and nothing is kept", async () => {
    const city = await newCity();
    const other = await newCity();
    const { meter, source } = await waterSource(city, "tts", { application: "water" });
    const body = ttsUp(EUI, 1, litres(5), minutesAgo(5));
    const forged = { ...source, secret: `${source.secret.slice(0, -2)}x=` };
    const refused: [string, Promise<Response>, number][] = [
      ["no secret", city.post(source.path, body), 401],
      ["a wrong one", deliver(city, forged, body), 401],
      ["too old", deliver(city, source, ttsUp(EUI, 1, litres(5), minutesAgo(4 * 24 * 60))), 422],
      ["too far ahead", deliver(city, source, ttsUp(EUI, 1, litres(5), minutesAgo(-4 * 24 * 60))), 422],
      ["no JSON", deliver(city, source, "{"), 400],
      ["a form", city.post(source.path, "a=b", { headers: { "X-Source-Secret": source.secret } }), 415],
      ["nothing in it", deliver(city, source, {}), 422],
      ["no message", deliver(city, source, { ...body, uplink_message: undefined }), 422],
      ["no counter", deliver(city, source, ttsUp(EUI, 1, litres(5), minutesAgo(5), { f_cnt: -1 })), 422],
      ["no base 64", deliver(city, source, ttsUp(EUI, 1, litres(5), minutesAgo(5), { frm_payload: "%%" })), 422],
      ["no EUI", deliver(city, source, ttsUp("../../etc", 1, litres(5), minutesAgo(5))), 422],
      ["too long", deliver(city, source, { ...body, more: "x".repeat(140_000) }), 413],
      ["nested", deliver(city, source, `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`), 422],
      [
        "nested, and decoded there",
        deliver(
          city,
          source,
          ttsUp(EUI, 1, litres(5), minutesAgo(5), {
            decoded_payload: JSON.parse(`${'{"a":'.repeat(40)}1${"}".repeat(40)}`),
          }),
        ),
        422,
      ],
      ["another kind", city.post(`${source.path.replace("/tts", "/chirpstack")}?event=up`, body), 404],
      ["another city", other.post(source.path, body, { headers: { "X-Source-Secret": source.secret } }), 404],
      [
        "another application",
        deliver(city, source, {
          ...body,
          end_device_ids: { ...body.end_device_ids, application_ids: { application_id: "elsewhere" } },
        }),
        422,
      ],
    ];
    for (const [name, answer, status] of refused) expect((await answer).status, name).toBe(status);
    const told = await refusals(city, source);
    expect(told.map(({ code }) => code)).toEqual(
      expect.arrayContaining(["unauthenticated", "invalid", "unsupported_media", "too_large"]),
    );
    expect(told.flatMap(({ errors }) => errors.map(({ pointer }) => pointer))).toEqual(
      expect.arrayContaining([
        "#/received_at",
        "#/uplink_message",
        "#/uplink_message/f_cnt",
        "#/end_device_ids/dev_eui",
      ]),
    );
    expect(await used(city, meter)).toBe(0);
    // A secret that was made anew closes the door to the one before.
    const anew = await json(await city.post(`/v1/readings/sources/${source.id}/secret`, undefined, admin));
    expect((await deliver(city, source, body)).status).toBe(401);
    expect((await deliver(city, { ...source, secret: String(anew["secret"]) }, body)).status).toBe(201);
    const basic = Buffer.from(`hansa:${anew["secret"]}`).toString("base64");
    const byBasic = await city.post(source.path, body, { headers: { Authorization: `Basic ${basic}` } });
    expect(byBasic.status).toBe(200);
    await city.patch(`/v1/readings/sources/${source.id}`, { state: "paused" }, admin);
    expect((await deliver(city, { ...source, secret: String(anew["secret"]) }, body)).status).toBe(403);
  });

  test("signed batches: forged, stale and replayed ones change nothing", async () => {
    const city = await newCity();
    const meter = await newMeter(city, "W-1");
    const source = await newSource(city, "batches");
    const nowS = Math.floor(Date.now() / 1000);
    const send = (body: string, headers: Record<string, string>) => city.post(source.path, body, { headers });
    const body = JSON.stringify({
      delivery: "d-1",
      readings: [
        ["W-1", nowS - 7_200, 1],
        ["W-1", nowS - 3_600, 1.25],
      ],
    });
    const first = await send(body, signed(source.secret, body));
    expect(first.status, await first.clone().text()).toBe(201);
    const replayed = await send(body, signed(source.secret, body));
    expect([replayed.status, await replayed.json()]).toEqual([200, await first.json()]);
    expect((await send(`${body} `, signed(source.secret, body))).status).toBe(401);
    expect((await send(body, signed("whsec_AAAA", body))).status).toBe(401);
    expect((await send(body, signed(source.secret, body, nowS - 901))).status).toBe(401);
    expect((await send(body, { "Content-Type": "application/json" })).status).toBe(401);
    const changed = body.replace("1.25", "9.25");
    expect((await send(changed, signed(source.secret, changed))).status).toBe(409);
    const partly = JSON.stringify({
      delivery: "d-2",
      partial: true,
      readings: [
        ["W-1", nowS, 2],
        ["nobody", nowS, 1],
      ],
    });
    expect(await json(await send(partly, signed(source.secret, partly)))).toMatchObject({ readings: 1, refused: 1 });
    expect(await used(city, meter)).toBe(1_000);
    expect((await refusals(city, source)).flatMap(({ errors }) => errors.map(({ pointer }) => pointer))).toContain(
      "#/readings/1",
    );
  });

  // Guards against one message that stands in the way of all behind it, and one that is lost because a meter was late.
  test("what cannot be read yet is parked as it came, holds nobody back, and is kept once it is mended", async () => {
    const city = await newCity();
    const decoderId = await newDecoder(city);
    const source = await newSource(city, "tts", { decoderId });
    const [known, unknown] = [await newMeter(city, EUI), "70B3D57ED0000001"];
    const late = ttsUp(unknown, 0, litres(10), minutesAgo(90));
    const parked = await deliver(city, source, late);
    expect(parked.status).toBe(202);
    const answer = await json(parked);
    expect(answer).toMatchObject({ state: "parked", readings: 0, reason: expect.stringContaining(unknown) });
    expect(await json(await deliver(city, source, late))).toEqual(answer);
    // Poison: the formatter refuses it.
    const poison = await deliver(city, source, ttsUp(EUI, 1, new Uint8Array([1]), minutesAgo(80)));
    expect(await json(poison)).toMatchObject({ state: "parked", reason: expect.stringContaining("too short") });
    expect((await deliver(city, source, ttsUp(EUI, 2, litres(20), minutesAgo(70)))).status).toBe(201);
    expect((await deliver(city, source, ttsUp(EUI, 3, litres(24), minutesAgo(60)))).status).toBe(201);
    expect(await used(city, known)).toBe(4);
    const list = async () =>
      (await json(await city.get(`/v1/readings/sources/${source.id}/parked`, admin)))["parked"] as {
        delivery: string;
      }[];
    expect(await list()).toHaveLength(2);

    const meter = await newMeter(city, "P-7");
    const set = await city.put(
      `/v1/readings/sources/${source.id}/devices/${unknown}`,
      { meters: { main: "P-7" } },
      { as: "agent" },
    );
    expect(set.status, await set.clone().text()).toBe(200);
    expect(
      await json(await city.post(`/v1/readings/sources/${source.id}/parked/retry`, undefined, { as: "agent" })),
    ).toEqual({
      kept: 1,
      parked: 1,
    });
    expect(await json(await deliver(city, source, late))).toMatchObject({ state: "kept", readings: 1 });
    expect((await deliver(city, source, ttsUp(unknown, 1, litres(13), minutesAgo(50)))).status).toBe(201);
    expect(await used(city, meter)).toBe(3);
    const [rest] = await list();
    expect(
      (await city.delete(`/v1/readings/sources/${source.id}/parked/${rest!.delivery}`, { as: "agent" })).status,
    ).toBe(204);
    expect(await list()).toEqual([]);
  });

  // Guards against a source that takes what others need.
  test("a source that floods is slowed, by itself alone", async () => {
    const [city, neighbour] = await Promise.all([newCity(), newCity()]);
    const { decoderId, source } = await waterSource(city, "tts", { perMinute: 3 });
    const answers = [];
    for (let frame = 0; frame < 6; frame++)
      answers.push(await deliver(city, source, ttsUp(EUI, frame, litres(frame), minutesAgo(30 - frame))));
    expect(answers.map(({ status }) => status).slice(0, 3)).toEqual([201, 201, 201]);
    const slowed = answers.find(({ status }) => status === 429)!;
    expect(Number(slowed.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await refusals(city, source)).map(({ code }) => code)).toContain("too_many");
    const other = await newSource(city, "tts", { decoderId });
    expect((await deliver(city, other, ttsUp(EUI, 9, litres(9), minutesAgo(2)))).status).toBe(201);
    const theirs = await waterSource(neighbour);
    expect((await deliver(neighbour, theirs.source, ttsUp(EUI, 0, litres(9), minutesAgo(2)))).status).toBe(201);
  });

  test("a decoder is tried on its samples before it is kept", async () => {
    const city = await newCity();
    const order = {
      name: "Water",
      code: FORMATTER,
      fields: [{ field: "meter.volume", unit: "m3" }],
      samples: [{ port: 2, bytes: "000004d2" }],
    };
    const keep = (more: object) => city.post("/v1/readings/decoders", { ...order, ...more }, admin);
    const made = await keep({});
    expect(await json(made)).toMatchObject({
      decoder: { name: "Water" },
      results: [[{ field: "meter.volume", channel: "main", unit: "m3", value: 1.234, at: expect.any(String) }]],
    });
    const refused: [string, object, string][] = [
      ["a sample that fails", { samples: [{ port: 2, bytes: "01" }] }, "#/samples/0"],
      ["a field that is nowhere", { fields: [{ field: "flow", unit: "m3" }] }, "#/fields/0/field"],
      ["a unit that nobody knows", { fields: [{ field: "meter.volume", unit: "gallon" }] }, "#/fields/0/unit"],
      ["no number", { fields: [{ field: "state", unit: "m3" }] }, "#/samples/0"],
      ["no end", { code: "function decodeUplink() { for (;;); }" }, "#/samples/0"],
      ["no such function", { code: "function Decoder() { return {}; }" }, "#/samples/0"],
      ["odd digits", { samples: [{ port: 2, bytes: "0" }] }, "#/samples/0/bytes"],
      [
        "an interval without length",
        { fields: [{ field: "a", unit: "L", values: "interval" }] },
        "#/fields/0/intervalS",
      ],
    ];
    for (const [name, more, pointer] of refused) {
      const answer = await keep(more);
      expect(answer.status, name).toBe(422);
      expect(((await json(answer))["errors"] as { pointer: string }[])[0]!.pointer, name).toBe(pointer);
    }
    const all = await json(await city.get("/v1/readings/decoders", { as: "agent" }));
    expect(all["decoders"]).toHaveLength(1);
  });

  test("what the network's own server decoded can be read, in several channels and units", async () => {
    const city = await newCity();
    const decoderId = await newDecoder(city, {
      code: undefined,
      fields: [
        { field: "hot.l", channel: "hot", unit: "L" },
        { field: "hot.past.l", time: "hot.past.t", channel: "hot", unit: "L" },
        { field: "cold.l", channel: "cold", unit: "L" },
        { field: "wh", channel: "heat", unit: "Wh", values: "interval", intervalS: 900 },
      ],
      samples: [
        { port: 1, bytes: "", decoded: { hot: { l: 1, past: [{ l: 1, t: 1_000_000_000 }] }, cold: { l: 2 }, wh: 3 } },
      ],
    });
    const source = await newSource(city, "chirpstack", { decoderId });
    const ids = await Promise.all([
      newMeter(city, "HOT"),
      newMeter(city, "COLD"),
      newMeter(city, "HEAT", { kind: "electricity", registerUnit: "Wh" }),
    ]);
    const meters = { hot: "HOT", cold: "COLD", heat: "HEAT" };
    await city.put(`/v1/readings/sources/${source.id}/devices/${EUI}`, { meters }, { as: "agent" });
    const up = (frame: number, minutes: number, hot: number, cold: number, wh: number, past: object[] = []) =>
      deliver(
        city,
        source,
        {
          ...chirpStackUp(EUI, `d-${frame}`, frame, new Uint8Array(), minutesAgo(minutes)),
          object: { hot: { l: hot, past }, cold: { l: cold }, wh },
        },
        "?event=up",
      );
    const first = await up(0, 90, 100, 50, 20);
    expect(await json(first)).toMatchObject({ state: "kept", readings: 3 });
    expect((await up(1, 30, 104, 53, 22)).status).toBe(201);
    expect(await json(await up(1, 30, 104, 53, 22))).toMatchObject({ state: "kept", readings: 3 });
    expect(await Promise.all(ids.map((id) => used(city, id)))).toEqual([4, 3, 42]);
    // What a frame brings of the past is kept at its own time: two hours ago the dial showed less.
    const past = [{ l: 88, t: minutesAgo(120) }];
    expect(await json(await up(2, 15, 104, 53, 22, past))).toMatchObject({ state: "kept", readings: 4 });
    expect(await used(city, ids[0]!)).toBe(16);
    expect(await json(await up(3, 1, 104, 53, 22, [{ l: 0, t: "yesterday" }]))).toMatchObject({ state: "parked" });
  });

  test("only an administrator makes sources and sees a secret; what is another city's is not there", async () => {
    const [city, other] = await Promise.all([newCity(), newCity()]);
    const decoderId = await newDecoder(city);
    const source = await newSource(city, "tts", { decoderId });
    for (const as of ["agent", "treasurer", "resident", "nobody"] as const) {
      const status = as === "nobody" ? 401 : 403;
      expect((await city.post("/v1/readings/sources", { name: "x", kind: "tts" }, { as })).status).toBe(status);
      expect((await city.get(`/v1/readings/sources/${source.id}/access`, { as })).status).toBe(status);
    }
    const missing = await other.get("/v1/readings/sources/src_01JD8Q6Z3W8M6W1YB1M0Q4S7XK", admin);
    const said = { ...(await json(missing)), instance: "" };
    for (const path of ["", "/access", "/refusals", "/parked", "/devices"]) {
      const answer = await other.get(`/v1/readings/sources/${source.id}${path}`, admin);
      expect(answer.status, path).toBe(404);
      expect({ ...(await json(answer)), instance: "" }, path).toEqual(said);
    }
    for (const answer of [
      other.patch(`/v1/readings/sources/${source.id}`, { name: "Mine" }, admin),
      other.post(`/v1/readings/sources/${source.id}/secret`, undefined, admin),
      other.post(`/v1/readings/sources/${source.id}/parked/retry`, undefined, admin),
      other.put(`/v1/readings/sources/${source.id}/devices/${EUI}`, {}, admin),
    ])
      expect((await answer).status).toBe(404);
    const foreign = await other.post("/v1/readings/sources", { name: "x", kind: "tts", decoderId }, admin);
    expect(await json(foreign)).toMatchObject({ errors: [{ pointer: "#/decoderId" }] });
    expect(await json(await city.get("/v1/readings/sources", { as: "agent" }))).toMatchObject({
      sources: [{ id: source.id, kind: "tts", state: "active" }],
    });
    expect(await json(await other.get("/v1/readings/sources", { as: "agent" }))).toEqual({ sources: [] });
  });
});
