import { describe, expect, test } from "vitest";
import { newCity, soon, type TestCity, target } from "../city.ts";
import { deliver, json, type MadeSource, minutesAgo, newMeter, newSource } from "../lorawan.ts";

const agent = { as: "agent" } as const;
const PHONE = "+33612345678";

async function tiedMeter(city: TestCity, serial: string, contact: string, more: object = {}): Promise<string> {
  const account = await city.post("/v1/accounts", { number: `A-${serial}`, name: "Awa", contact, ...more }, agent);
  expect(account.status, await account.clone().text()).toBe(201);
  return newMeter(city, serial, { accountId: (await json(account))["id"] });
}
/** Dials of the days before, as a program delivers them: 10 m³ in ten days. */
async function before(city: TestCity, serial: string): Promise<void> {
  const readings = [0, 5, 10].map((day) => [serial, minutesAgo((12 - day) * 1_440), 100 + day]);
  const kept = await city.post("/v1/readings/batches", { delivery: "before", readings }, agent);
  expect(kept.status, await kept.clone().text()).toBe(201);
}
const used = async (city: TestCity, meter: string): Promise<number> => {
  const from = new Date(Date.now() - 20 * 86_400_000).toISOString();
  const answer = await json(await city.get(`/v1/meters/${meter}/readings?from=${from}&grain=interval`, agent));
  return (answer["readings"] as { quantity: number }[]).reduce((sum, { quantity }) => sum + quantity, 0);
};
const byHand = (city: TestCity, meter: string, body: object, as: object = agent) =>
  city.post(`/v1/meters/${meter}/hand-readings`, body, as);
const listed = async (city: TestCity, meter: string) =>
  (await json(await city.get(`/v1/meters/${meter}/hand-readings`, agent)))["readings"] as Record<string, unknown>[];

const sms = (city: TestCity, source: MadeSource, text: string, id: string, from = PHONE) =>
  deliver(city, source, { from, text, id, at: minutesAgo(1) });
/** The latest answer, once there are so many. */
const answers = (city: TestCity, count: number, to = PHONE) =>
  soon(
    () => city.messages(to),
    (all) => all.length >= count,
  );

/** A JPEG of two segments, with a place in its EXIF and a film at its end. */
const jpeg = (): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    Buffer.concat([
      Buffer.from([0xff, 0xd8]),
      Buffer.from([0xff, 0xe1, 0, 14]),
      Buffer.from("Exif\0\0GPS-41"),
      Buffer.from([0xff, 0xda, 0, 4, 1, 2, 0x11, 0xff, 0x00, 0x22, 0xff, 0xd9]),
      Buffer.from("film GPS-41"),
    ]),
  );

describe(`readings by hand, ${target.name}`, () => {
  // Guards against a reading that counts twice when a telephone loses its signal, and a typing slip that is billed.
  test("a value is kept once; a strange one is asked about once, then kept and marked", async () => {
    const city = await newCity();
    const meter = await newMeter(city, "W-1");
    await before(city, "W-1");
    const order = { id: city.id("hnd"), value: "112,5" };
    const kept = await byHand(city, meter, order);
    expect(kept.status, await kept.clone().text()).toBe(201);
    expect(await json(kept)).toMatchObject({
      state: "kept",
      usedSince: "2.5",
      reading: { value: "112.5", unit: "m3", by: "staff", quality: "A" },
    });
    const again = await byHand(city, meter, order);
    expect(again.status).toBe(200);
    expect(await used(city, meter)).toBe(12_500);
    expect((await byHand(city, meter, { ...order, value: "113" })).status).toBe(409);

    const low = { id: city.id("hnd"), value: "12" };
    const asked = await byHand(city, meter, low);
    expect([asked.status, await json(asked)]).toEqual([200, { state: "asked", doubt: "below", last: "112.5" }]);
    expect(await json(await byHand(city, meter, { id: city.id("hnd"), value: "9000" }))).toMatchObject({
      state: "asked",
      doubt: "above",
    });
    expect(await listed(city, meter)).toHaveLength(1);
    // A confirmation is of that value and no other.
    expect(await json(await byHand(city, meter, { ...low, confirmed: "13" }))).toMatchObject({ state: "asked" });
    const confirmed = await byHand(city, meter, { ...low, confirmed: "12" });
    expect(confirmed.status).toBe(201);
    expect(await json(confirmed)).toMatchObject({ reading: { doubt: "below", quality: "S64" } });
    for (const value of ["", "-3", "12..5", "1e9", "1234567890123", "٤٧x"])
      expect((await byHand(city, meter, { value })).status, value).toBe(422);
  });

  // Guards against a customer's slip that stands against what the city's own staff saw.
  test("a customer's value is theirs until the staff reads, and stays in the list", async () => {
    const city = await newCity();
    const [mine, meter] = [{ as: { token: await city.signIn(PHONE) } }, await tiedMeter(city, "W-2", PHONE)];
    await before(city, "W-2");
    const told = await byHand(city, meter, { value: "١١٤" }, mine);
    expect(told.status, await told.clone().text()).toBe(201);
    expect(await json(told)).toMatchObject({ reading: { value: "114", by: "customer", quality: "S67" } });
    expect(await used(city, meter)).toBe(14_000);
    const read = await byHand(city, meter, { value: "111", confirmed: "111" });
    expect(read.status).toBe(201);
    expect(await used(city, meter)).toBe(11_000);
    const [byStaff, byCustomer] = await listed(city, meter);
    expect(byCustomer).toMatchObject({ value: "114", by: "customer", setAsideBy: byStaff?.["id"] });
  });

  // Guards against a neighbour who reads, or reads about, another home.
  test("another's meter and photo are as absent as one that is not there", async () => {
    const city = await newCity();
    const meter = await tiedMeter(city, "W-3", PHONE);
    const [owner, stranger] = await Promise.all([
      city.browser({ contact: PHONE }),
      city.browser({ contact: "+33687654321" }),
    ]);
    const path = `/meters/${meter}/hand-readings`;
    const id = city.id("hnd");
    const photo = new File([jpeg()], "dial.jpg", { type: "text/html" });
    const sent = await owner.submit(path, { id, value: "7", photo }, path);
    expect(sent.status, await sent.clone().text()).toBe(303);
    const shown = await owner.get(`${path}/${id}/photo`);
    expect([shown.status, shown.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
    const bytes = Buffer.from(await shown.arrayBuffer());
    expect(bytes.includes("GPS-41")).toBe(false);
    expect(bytes.subarray(-2)).toEqual(Buffer.from([0xff, 0xd9]));
    expect((await (await city.browser("agent")).get(`${path}/${id}/photo`)).status).toBe(200);
    expect((await (await city.browser("treasurer")).get(`${path}/${id}/photo`)).status).toBe(404);
    expect((await stranger.get(`${path}/${id}/photo`)).status).toBe(404);
    expect((await stranger.get(path)).status).toBe(404);
    const token = { as: { token: await city.signIn("+33687654321") } };
    expect((await byHand(city, meter, { value: "8" }, token)).status).toBe(404);
    expect((await byHand(city, meter, { value: "8" }, { as: "nobody" })).status).toBe(401);
    expect((await byHand(city, meter, { value: "8" }, { as: "treasurer" })).status).toBe(404);
    const wrong = new File(["<script>"], "dial.jpg", { type: "image/jpeg" });
    const refused = await owner.submit(path, { id: city.id("hnd"), value: "9", photo: wrong }, path);
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('href="#f-photo"');
  });

  test("a round: each stop is read, asked about or skipped with its reason, on pages of few bytes", async () => {
    const city = await newCity();
    for (const serial of ["R-1", "R-2", "R-3"]) await newMeter(city, serial);
    const browser = await city.browser("agent");
    const rounds = "/staff/meters/rounds";
    const unknown = await browser.submit(rounds, { name: "North", numbers: "R-1\nR-9" }, rounds);
    expect(unknown.status).toBe(422);
    expect(await unknown.text()).toContain("R-9");
    const made = await browser.submit(rounds, { name: "North", numbers: "R-2\r\nR-1\r\nR-3\r\nR-2" }, rounds);
    const at = String(made.headers.get("location"));
    const first = await (await browser.get(`${at}/1`)).text();
    expect(first).toContain("R-2");
    expect(first.length).toBeLessThan(40_000);
    const id = /name="id" value="(hnd_\w+)"/.exec(first)?.[1] ?? "";
    const local = (path: string) => path.slice(path.indexOf("/staff"));
    const read = await browser.submit(local(`${at}/1`), { id, value: "5" }, local(`${at}/1`));
    expect(read.headers.get("location")).toBe(`${at}/2`);
    const skipped = await browser.submit(local(`${at}/2/skip`), { reason: "dog" }, local(`${at}/2`));
    expect(skipped.headers.get("location")).toBe(`${at}/3`);
    expect((await browser.submit(local(`${at}/3/skip`), { reason: "cat" }, local(`${at}/3`))).status).toBe(422);
    const round = at.split("/").at(-1)!;
    const { stops } = (await json(await city.get(`/v1/readings/rounds/${round}`, agent))) as { stops: object[] };
    expect(stops).toMatchObject([
      { serial: "R-2", state: "read", readingId: id },
      { serial: "R-1", state: "skipped", reason: "dog" },
      { serial: "R-3", state: "open" },
    ]);
    expect((await browser.get(`${at}/4`)).status).toBe(404);
    for (const lang of ["fr", "ar"]) expect((await browser.get(`${at}?lang=${lang}`)).status).toBe(200);
    // Another city's round and meter are not there.
    const other = await newCity();
    expect((await other.get(`/v1/readings/rounds/${round}`, agent)).status).toBe(404);
    expect((await city.get(`/v1/readings/rounds/${round}`, { as: "resident" })).status).toBe(403);
    const [meter] = await Promise.all([newMeter(city, "R-4")]);
    expect((await byHand(other, meter, { value: "1" })).status).toBe(404);
    expect((await other.get(`/v1/meters/${meter}/hand-readings`, agent)).status).toBe(404);
  });
});

describe(`readings by SMS, ${target.name}`, () => {
  // Guards against a value that is lost, one that counts twice, and an answer that is sent twice.
  test("a resident's value is kept, answered with its use, and a message that comes twice is one", async () => {
    const city = await newCity({ languages: ["fr", "en", "ar"] });
    const meter = await tiedMeter(city, "12345", PHONE);
    await before(city, "12345");
    const source = await newSource(city, "sms");
    const kept = await sms(city, source, "compteur 12345 index 113", "m-1");
    expect(kept.status, await kept.clone().text()).toBe(201);
    expect(await json(kept)).toEqual({ id: "m-1", state: "kept" });
    expect((await sms(city, source, "compteur 12345 index 113", "m-1")).status).toBe(200);
    const [first] = await answers(city, 1);
    expect(first).toContain("113 m³");
    expect(first).toMatch(/Depuis le .*: 3 m³/);
    expect(await used(city, meter)).toBe(13_000);
    expect(await listed(city, meter)).toMatchObject([{ by: "sms", quality: "S67", who: source.id }]);
    // In Arabic digits; far above what is usual, so it is asked about, and kept when it comes again.
    // A gateway that is impatient confirms nothing in its sender's name.
    const twice = await Promise.all([0, 1].map(() => sms(city, source, "عداد ١٢٣٤٥ قراءة ٦٧٨٩٠", "m-2")));
    for (const one of twice) expect(await json(one)).toMatchObject({ state: "asked" });
    expect((await answers(city, 2))[0]).toMatch(/12345.*مرة أخرى/s);
    expect(await json(await sms(city, source, "عداد ١٢٣٤٥ قراءة ٦٧٨٩٠", "m-3"))).toMatchObject({ state: "kept" });
    expect((await answers(city, 3)).length).toBe(3);
    expect((await listed(city, meter))[0]).toMatchObject({ value: "67890", doubt: "above" });
    expect(await json(await sms(city, source, "bonjour", "m-4"))).toMatchObject({ state: "unread" });
  });

  // Guards against a stranger who learns which meters there are, or reads for somebody else.
  test("a stranger learns nothing, and strangers to the gateway open nothing", async () => {
    const city = await newCity();
    const meter = await tiedMeter(city, "777", PHONE);
    const source = await newSource(city, "sms");
    const other = "+33687654321";
    expect(await json(await sms(city, source, "METER 777 5", "s-1", other))).toMatchObject({ state: "refused" });
    expect(await json(await sms(city, source, "METER 778 5", "s-2", other))).toMatchObject({ state: "refused" });
    const [second, first] = await answers(city, 2, other);
    expect(second).toBe(first);
    expect(await listed(city, meter)).toEqual([]);
    expect((await sms(city, { ...source, secret: "whsec_x" }, "METER 777 5", "s-3")).status).toBe(401);
    const elsewhere = await newCity();
    expect((await sms(elsewhere, source, "METER 777 5", "s-3")).status).toBe(404);
    expect((await sms(city, source, "METER 777 5", "s-4", "a@b.example")).status).toBe(422);
    const late = { from: PHONE, text: "METER 777 5", id: "s-5", at: minutesAgo(5 * 1_440) };
    expect((await deliver(city, source, late)).status).toBe(422);
    expect((await deliver(city, source, { from: PHONE, id: "s-6" })).status).toBe(422);
    // What one telephone may send is bounded, whatever it says.
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await sms(city, source, "?", `f-${i}`, other)).status);
    expect(statuses.at(-1)).toBe(429);
    expect((await sms(city, source, "METER 777 5", "s-7")).status).toBe(201);
  });

  test("AWS's two-way SMS comes bare or within SNS, whose question is told to whoever set it up", async () => {
    const city = await newCity();
    await tiedMeter(city, "900", PHONE);
    const source = await newSource(city, "sms");
    const bare = { originationNumber: PHONE, destinationNumber: "+33600000000", messageKeyword: "METER" };
    const first = { ...bare, messageBody: "METER 900 5", inboundMessageId: "a-1" };
    expect(await json(await deliver(city, source, first))).toEqual({ id: "a-1", state: "kept" });
    const within = (type: string, more: object) =>
      city.post(source.path, JSON.stringify({ Type: type, MessageId: "n", Timestamp: minutesAgo(1), ...more }), {
        headers: {
          Authorization: `Basic ${Buffer.from(`sns:${source.secret}`).toString("base64")}`,
          "Content-Type": "text/plain; charset=UTF-8",
          "x-amz-sns-message-type": type,
        },
      });
    const asked = await within("SubscriptionConfirmation", { SubscribeURL: "https://sns.example/confirm" });
    expect([asked.status, (await json(asked))["state"]]).toEqual([200, "ignored"]);
    const second = await within("Notification", { Message: JSON.stringify({ ...first, inboundMessageId: "a-2" }) });
    expect([second.status, await json(second)]).toEqual([201, { id: "a-2", state: "kept" }]);
    expect((await within("Notification", { Message: "no JSON" })).status).toBe(422);
    const told = await city.get(`/v1/readings/sources/${source.id}/refusals`, { as: "administrator" });
    expect(await told.text()).toContain("https://sns.example/confirm");
  });
});
