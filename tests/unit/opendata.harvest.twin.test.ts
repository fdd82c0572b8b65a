import { afterAll, beforeAll, expect, test } from "vitest";
import { changedDraft, findDraft, keepReading } from "../../functions/opendata/drafts/store.ts";
import { harvesting } from "../../functions/opendata/harvest/running.ts";
import { NewSource } from "../../functions/opendata/harvest/schema.ts";
import { addSource, removeSource, runs, sources } from "../../functions/opendata/harvest/store.ts";
import { card, type StandIn, standIn, text } from "../harvested.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
let there: StandIn;
beforeAll(async () => {
  inner = await innerHouse();
  there = await standIn();
});
afterAll(async () => {
  there.close();
  await inner.stop();
});

// Guards against a source that waits for nobody: a task may run twice at once, and each turn begins the draft.
test("a run whose twin has begun the draft anew asks once more, and waits only for whoever works on it", async () => {
  const { here } = inner.newHere();
  const row = `1,${"x".repeat(1_000)}\n`;
  there.answers["/long.csv"] = text(`n,note\n${row.repeat(9_000)}`);
  const given = { kind: "file", address: `${there.url}/long.csv`, card, personal: "none", schedule: { every: "day" } };
  const { id, datasetId } = await addSource(here, NewSource.parse(given));
  const turn = (data: unknown) => harvesting.run(here, id, data);
  const [first, twin] = [await turn({}), await turn({})];
  expect((await findDraft(here, datasetId))?.attempt).toBe(2);
  expect(twin.again!.data).toMatchObject({ reading: { attempt: 2 } });
  const again = await turn(first.again!.data);
  expect(again.writes).toBeUndefined();
  expect(again.again!.data).not.toHaveProperty("reading");
  expect((await turn(again.again!.data)).again!.data).toMatchObject({ reading: { attempt: 3 } });
  const draft = (await findDraft(here, datasetId))!;
  await keepReading(here, changedDraft(draft, {}), draft);
  const ended = await turn(twin.again!.data);
  await here.commit(ended.writes!);
  expect((await runs(here, id))[0]).toMatchObject({ outcome: "waiting" });
});

// Guards against datasets of a catalogue that go on coming after it was removed.
test("a catalogue that is removed while it is asked makes no more sources", async () => {
  const { here } = inner.newHere();
  const list = `@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
    <urn:a> a dcat:Dataset ; dct:title "Stops" ; dcat:distribution <urn:d> .
    <urn:d> a dcat:Distribution ; dcat:downloadURL <${there.url}/stops.csv> ; dcat:mediaType "text/csv" .`;
  there.answers["/list.ttl"] = text(list, "text/turtle");
  const given = { kind: "dcat", address: `${there.url}/list.ttl`, schedule: { every: "day" } };
  const once = await addSource(here, NewSource.parse(given));
  await harvesting.run(here, once.id, {});
  expect(await sources(here)).toHaveLength(2);
  await removeSource(here, once.id);
  expect(await sources(here)).toEqual([]);

  const { id } = await addSource(here, NewSource.parse(given));
  there.answers["/list.ttl"] = (request, response, url) =>
    void removeSource(here, id).then(() => text(list, "text/turtle")(request, response, url));
  await harvesting.run(here, id, {}).catch(() => undefined);
  expect(await sources(here)).toEqual([]);
});
