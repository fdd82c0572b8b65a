import { expect, test } from "vitest";
import { newCity } from "../city.ts";

const as = { as: "data_officer" } as const;
interface Draft {
  id: string;
  state: string;
  notes: string[];
  columns: { name: string; type: string; title?: string; personal: string; isProposed?: true }[];
  mistakes: { pointer: string; detail: string }[];
}

// Guards against an agent who corrects the same columns of the same file every month.
test("the next version's file is proposed to be read as the one before was corrected, says so, and lets go of what does not fit", async () => {
  const city = await newCity();
  const fields = { title: "Counts", licence: "CC0-1.0", source: "Made up" };
  const first = "code;when;amount;junk\n01;03/04/2026;1,5;x\n02;05/04/2026;2,5;y\n";
  const columns = [
    { from: "code", title: "Code", reading: { type: "text" }, personal: "no" },
    { from: "when", name: "day", reading: { type: "date", days: "mdy" }, personal: "no" },
    { from: "junk", isLeftOut: true },
  ];
  const send = async (text: string, more: Record<string, string>) => {
    const sent = await city.upload("/v1/datasets", "c.csv", text, { ...as, fields: { ...fields, ...more } });
    expect(sent.status, await sent.clone().text()).toBe(201);
    return (await sent.json()) as Draft;
  };
  const made = await send(first, { columns: JSON.stringify(columns), personal: "none" });
  const hints = { delimiter: ";", decimal: "," };
  expect((await city.patch(`/v1/drafts/${made.id}`, { hints, columns, personal: "none" }, as)).status).toBe(200);
  expect((await city.post(`/v1/datasets/${made.id}/publish`, undefined, as)).status).toBe(200);

  const next = await send("code;when;amount;new\n03;06/04/2026;3,5;z\n", { updates: "counts" });
  expect(next.columns).toMatchObject([
    { name: "code", title: "Code", type: "text", personal: "no" },
    { name: "day", type: "date", personal: "no" },
    { name: "amount", type: "number", personal: "no" },
    { name: "new", isProposed: true },
  ]);
  expect(next.notes).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/as that of the version before/),
      expect.stringMatching(/2 columns .*code, when/),
    ]),
  );
  // What is said now goes before what is remembered, and another kind of file is read as it is.
  const said = await send("code;when;amount\n03;06/04/2026;3,5\n", {
    updates: "counts",
    columns: JSON.stringify([{ from: "code", reading: { type: "integer" } }]),
  });
  expect(said.columns[0]).toMatchObject({ name: "code", type: "integer" });
  const other = await send('[{"code":"04","amount":4.5}]', { updates: "counts" });
  expect(other.columns).toMatchObject([
    { name: "code", type: "text" },
    { name: "amount", type: "number" },
  ]);
  expect(other.notes.join()).not.toContain("as that of the version before");
});

// Guards against pages that refuse in a language which their reader has not chosen, and a rule that nobody gave a reason for.
test("what stands in the way of publishing is said in the reader's language; a small group needs a reason, which is kept", async () => {
  const city = await newCity({ languages: ["fr", "ar"] });
  const officer = await city.browser("data_officer");
  const fields = { title: "Gens", licence: "CC0-1.0", source: "Inventé" };
  const sent = await city.upload("/v1/datasets", "g.csv", "ville,valeur\nA,1\n", { ...as, fields });
  const { id } = (await sent.json()) as Draft;
  const refused = await officer.submit(`/staff/data/${id}/publish?lang=fr`, {}, `/staff/data/${id}`);
  expect(refused.status).toBe(422);
  expect(await refused.text()).toContain("n’est pas qualifiée");

  const rule = (more: Record<string, string>) => officer.submit("/staff/data-people", more, "/staff/data-people");
  expect((await rule({ k: "2" })).status).toBe(422);
  expect((await rule({ k: "4" })).status).toBe(422);
  expect((await city.put("/v1/people-rule", { k: 3 }, as)).status).toBe(422);
  expect((await rule({ k: "4", reason: "Petits hameaux" })).status).toBe(303);
  expect(await (await city.get("/v1/people-rule")).json()).toEqual({ k: 4, reason: "Petits hameaux" });
  expect((await rule({ k: "5" })).status).toBe(303);
  const page = await (await officer.get("/staff/data-people")).text();
  expect(page).toContain("Petits hameaux");
  expect((await (await city.browser("agent")).get("/staff/data-people")).status).toBe(403);
});
