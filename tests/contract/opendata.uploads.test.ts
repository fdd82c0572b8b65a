import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { newCity, soon, type TestCity, target } from "../city.ts";

const as = { as: "data_officer" } as const;
/** Makes a file long enough to be read by a task. */
const PADDING = "x".repeat(70);
const card = { title: "Counts", licence: "CC BY 4.0", source: "City", personal: "none" };

interface Draft {
  id: string;
  slug: string;
  state: string;
  rows: number;
  progress?: { rows: number; share: number };
  columns: { name: string; from: string; type: string; title?: string }[];
  mistakes: { pointer: string; detail: string }[];
  mistaken: number;
  notes: string[];
  sample: Record<string, unknown>[];
}
interface Upload {
  id: string;
  partBytes: number;
  parts: number;
  received: number[];
}

describe(`files in parts, ${target.name}`, () => {
  let city: TestCity;
  beforeAll(async () => {
    city = await newCity();
  });
  const begin = async (bytes: Uint8Array, name = "counts.csv"): Promise<Upload> => {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const begun = await city.post("/v1/uploads", { name, size: bytes.byteLength, sha256 }, as);
    expect(begun.status, await begun.clone().text()).toBe(201);
    return (await begun.json()) as Upload;
  };
  const put = async (upload: Upload, part: number, bytes: Uint8Array, headers: Record<string, string> = {}) => {
    const own = bytes.subarray((part - 1) * upload.partBytes, part * upload.partBytes);
    return fetch(`${city.url}/v1/uploads/${upload.id}/parts/${part}`, {
      method: "PUT",
      headers: {
        Authorization: `Bearer ${await city.token("data_officer")}`,
        "Content-Type": "application/octet-stream",
        ...headers,
      },
      body: own as NonNullable<RequestInit["body"]>,
    });
  };
  const send = async (text: string, name?: string): Promise<Upload> => {
    const bytes = new TextEncoder().encode(text);
    const upload = await begin(bytes, name);
    for (let part = 1; part <= upload.parts; part++) expect((await put(upload, part, bytes)).status).toBe(204);
    return upload;
  };
  const draftOf = async (answer: Promise<Response>, status: number): Promise<Draft> => {
    const got = await answer;
    expect(got.status, await got.clone().text()).toBe(status);
    return (await got.json()) as Draft;
  };

  test("a file of several parts is taken up where it was cut off, read by a task with progress, and published", async () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `${i},rue ${i % 90},${(i % 1000) / 10},${PADDING}\n`);
    const bytes = new TextEncoder().encode(`n,street,share,note\n${lines.join("")}`);
    const upload = await begin(bytes);
    expect(upload.parts).toBe(3);
    expect((await put(upload, 3, bytes)).status).toBe(204);
    expect((await put(upload, 1, bytes)).status).toBe(204);
    const early = await city.post("/v1/drafts", { ...card, title: "Early", upload: upload.id }, as);
    expect(early.status).toBe(409);
    expect(await early.text()).toContain("missing: 2");
    const { received } = (await (await city.get(`/v1/uploads/${upload.id}`, as)).json()) as Upload;
    expect(received).toEqual([1, 3]);
    const wrong = await put(upload, 2, bytes, { "Content-Digest": "sha-256=:AAAA:" });
    expect(wrong.status).toBe(422);
    const digest = createHash("sha256")
      .update(bytes.subarray(upload.partBytes, 2 * upload.partBytes))
      .digest("base64");
    expect((await put(upload, 2, bytes, { "Content-Digest": `sha-256=:${digest}:` })).status).toBe(204);
    expect((await put(upload, 2, bytes)).status).toBe(204);

    const draft = await draftOf(city.post("/v1/drafts", { ...card, upload: upload.id }, as), 202);
    expect(draft).toMatchObject({ state: "reading", progress: { share: expect.any(Number) } });
    expect((await city.post(`/v1/datasets/${draft.id}/publish`, undefined, as)).status).toBe(409);
    const done = await soon(
      async () => (await (await city.get(`/v1/drafts/${draft.id}`, as)).json()) as Draft,
      ({ state }) => state !== "reading",
    );
    expect(done).toMatchObject({ state: "ready", rows: 100_000, mistaken: 0 });
    expect((await city.post(`/v1/datasets/${draft.id}/publish`, undefined, as)).status).toBe(200);
    const page = await city.get("/v1/datasets/counts/records?cursor=99000&limit=1", { as: "nobody" });
    expect(await page.json()).toMatchObject({ records: [{ n: 99_000, street: "rue 0", share: 0 }], total: 100_000 });
  });

  // Guards against half a dataset, and against a draft that cannot be mended.
  test("mistakes are told by row, corrected, and then it can be published", async () => {
    const upload = await send("code;when;kept\n12;03/04/2026;a\n13;30/04/2026;b\n1x;05/05/2026;c\n");
    const draft = await draftOf(city.post("/v1/drafts", { ...card, title: "Mended", upload: upload.id }, as), 201);
    expect(draft.columns.map(({ type }) => type)).toEqual(["text", "date", "text"]);
    const columns = [
      { from: "code", name: "number", title: "The number", reading: { type: "integer" } },
      { from: "kept", isLeftOut: true },
    ];
    const at = `/v1/drafts/${draft.id}`;
    const none = ["code", "when", "kept"].map((from) => ({ from, isLeftOut: true }));
    expect((await city.patch(at, { columns: none }, as)).status).toBe(422);
    const wrong = await draftOf(city.patch(at, { columns }, as), 200);
    expect(wrong).toMatchObject({ state: "wrong", mistaken: 1, rows: 2 });
    expect(wrong.mistakes).toEqual([{ pointer: "#/line/4/number", detail: expect.stringContaining("1x") }]);
    const refused = await city.post(`/v1/datasets/${draft.id}/publish`, undefined, as);
    expect(refused.status).toBe(422);
    expect(((await refused.json()) as { errors: unknown }).errors).toEqual(wrong.mistakes);
    const right = await draftOf(city.patch(at, { leavesOutWrong: true }, as), 200);
    expect(right).toMatchObject({ state: "ready", mistaken: 1, sample: [{ number: 12, when: "2026-04-03" }, {}] });
    expect((await city.post(`/v1/datasets/${draft.id}/publish`, undefined, as)).status).toBe(200);
    const { records } = (await (await city.get("/v1/datasets/mended/records")).json()) as { records: unknown[] };
    expect(records).toEqual([
      { number: 12, when: "2026-04-03" },
      { number: 13, when: "2026-04-30" },
    ]);
  });

  test.each([
    [{ columns: [{ from: "nothing", name: "x" }] }, 422],
    [{ columns: [{ from: "a", name: "b" }] }, 422],
    [{ columns: [{ from: "a", reading: { type: "colour" } }] }, 422],
    [{ columns: [{ from: "a", name: "__proto__" }] }, 422],
    [{ hints: { encoding: "klingon" } }, 422],
    [{ hints: { epsg: 99_999 } }, 422],
    [{ surprise: true }, 422],
  ])("a correction that cannot be is refused, and the draft stays as it was: %j", async (change, status) => {
    const upload = await send("a,b,lon,lat\n1,2,3,4\n");
    const draft = await draftOf(city.post("/v1/drafts", { ...card, title: "Stays", upload: upload.id }, as), 201);
    const at = `/v1/drafts/${draft.id}`;
    const before = await (await city.get(at, as)).json();
    expect((await city.patch(at, change, as)).status).toBe(status);
    expect(await (await city.get(at, as)).json()).toEqual(before);
  });

  test("who may send files, what another city sees of them, and what is no part", async () => {
    const other = await newCity();
    const bytes = new TextEncoder().encode("a\n1\n");
    const upload = await begin(bytes);
    expect((await city.post("/v1/uploads", { name: "a", size: 1 }, { as: "resident" })).status).toBe(403);
    expect((await city.post("/v1/uploads", { name: "a", size: 1 }, { as: "nobody" })).status).toBe(401);
    expect((await city.post("/v1/uploads", { name: "a", size: 1e12 }, as)).status).toBe(422);
    expect((await put(upload, 2, bytes)).status).toBe(422);
    expect((await put(upload, 1, bytes.subarray(0, 2))).status).toBe(422);
    expect((await put({ ...upload, id: city.id("upl") }, 1, bytes)).status).toBe(404);
    expect((await put(upload, 1, bytes)).status).toBe(204);
    expect((await put(upload, 1, new TextEncoder().encode("a\n2\n"))).status).toBe(409);
    const plain = async (answer: Response) => (await answer.text()).replace(/urn:request:[\w-]+/, "");
    const foreign = await other.get(`/v1/uploads/${upload.id}`, as);
    const missing = await other.get(`/v1/uploads/${city.id("upl")}`, as);
    expect([foreign.status, await plain(foreign)]).toEqual([404, await plain(missing)]);
    expect((await other.post("/v1/drafts", { ...card, upload: upload.id }, as)).status).toBe(404);
    const { id } = await draftOf(city.post("/v1/drafts", { ...card, title: "Own", upload: upload.id }, as), 201);
    expect((await other.get(`/v1/drafts/${id}`, as)).status).toBe(404);
    expect((await other.patch(`/v1/drafts/${id}`, {}, as)).status).toBe(404);
  });

  // What is public has its rows, whoever corrects and publishes at the same moment.
  test("of a correction and publications at once one decides, and what is public can be read", async () => {
    const upload = await send("a,b\n1,2\n3,4\n");
    const draft = await draftOf(city.post("/v1/drafts", { ...card, title: "At once", upload: upload.id }, as), 201);
    const publish = () => city.post(`/v1/datasets/${draft.id}/publish`, undefined, as);
    const correct = (title: string) => city.patch(`/v1/drafts/${draft.id}`, { columns: [{ from: "a", title }] }, as);
    const answers = await Promise.all([correct("A"), publish(), publish(), correct("B"), publish()]);
    for (const { status } of answers) expect([200, 404, 409]).toContain(status);
    expect((await publish()).status).toBe(200);
    expect((await city.get("/v1/datasets/at-once/records")).status).toBe(200);
    expect((await Promise.all([publish(), publish()])).map(({ status }) => status)).toEqual([200, 200]);
  });

  test("a file that is not what was to be sent is not read", async () => {
    const begun = await city.post("/v1/uploads", { name: "a", size: 4, sha256: "0".repeat(64) }, as);
    const upload = (await begun.json()) as Upload;
    expect((await put(upload, 1, new TextEncoder().encode("a\n1\n"))).status).toBe(204);
    const answer = await city.post("/v1/drafts", { ...card, title: "Other", upload: upload.id }, as);
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain("sha256");
  });

  test("an agent corrects a draft on its page, without script", async () => {
    const browser = await city.browser("agent");
    const file = new File(["nom;n\nMarché;1,5\nGare;2\n"], "marches.csv");
    const drafted = await browser.submit("/staff/data", { file, ...card, title: "Marchés" }, "/staff/data");
    const at = drafted.headers.get("location")!;
    const page = await (await browser.get(at)).text();
    expect(page).toContain('name="from.1" value="n"');
    const fields = { "from.0": "nom", "name.0": "name", "from.1": "n", "type.1": "integer" };
    expect((await browser.submit(at, fields, at)).status).toBe(303);
    const wrong = await (await browser.get(at)).text();
    expect(wrong).toContain("1,5");
    expect(wrong).not.toContain("/publish");
    expect((await browser.submit(at, { ...fields, "type.1": "comma", epsg: "x" }, at)).status).toBe(422);
    expect((await browser.submit(at, { ...fields, "type.1": "comma" }, at)).status).toBe(303);
    expect((await browser.submit(`${at}/tags`, {}, at)).status).toBe(303);
    const published = await browser.submit(`${at}/publish`, {}, at);
    expect(published.status).toBe(303);
    const { records } = (await (await city.get("/v1/datasets/marches/records")).json()) as { records: unknown[] };
    expect(records[0]).toEqual({ name: "Marché", n: 1.5 });
  });

  test("of a draft what a page shows is corrected, confirmed and published, and nothing else", async () => {
    const [first, second] = [await city.browser("agent"), await city.browser("data_officer")];
    const file = new File(["place,phone book\nA,1\n"], "halls.csv");
    const drafted = await first.submit("/staff/data", { file, ...card, title: "Halls" }, "/staff/data");
    const at = drafted.headers.get("location")!;
    const shown = async () => /name="seen" value="([^"]+)"/.exec(await (await second.get(at)).text())![1]!;
    const before = await shown();
    const withoutPhone = { "from.0": "place", "from.1": "phone book", "out.1": "yes" };
    expect((await first.submit(at, withoutPhone, at)).status).toBe(303);
    // Its form has the column as it was.
    const late = { seen: before, "from.0": "place", "title.0": "Place" };
    const refused = await second.submit(at, late, at);
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain("modifié ou publié entre-temps");
    expect((await second.submit(`${at}/tags`, { seen: before }, at)).status).toBe(422);
    expect((await second.submit(`${at}/tags`, { seen: await shown() }, at)).status).toBe(303);

    const ready = await shown();
    expect((await first.submit(at, { ...withoutPhone, "name.0": "hall" }, at)).status).toBe(303);
    expect((await first.submit(`${at}/tags`, {}, at)).status).toBe(303);
    expect((await second.submit(`${at}/publish`, { seen: ready }, at)).status).toBe(422);
    expect((await city.get("/v1/datasets/halls")).status).toBe(404);
    expect((await second.submit(`${at}/publish`, { seen: await shown() }, at)).status).toBe(303);
    const { records } = (await (await city.get("/v1/datasets/halls/records")).json()) as { records: object[] };
    expect(records.map((record) => Object.keys(record))).toEqual([["hall"]]);
  });
});
