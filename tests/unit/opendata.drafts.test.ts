import { afterAll, beforeAll, expect, test } from "vitest";
import { publish } from "../../functions/opendata/drafts/publishing.ts";
import { startReading } from "../../functions/opendata/drafts/running.ts";
import { beginDraft, changedDraft, findDraft } from "../../functions/opendata/drafts/store.ts";
import { getBySlug, load } from "../../functions/opendata/store.ts";
import { keepUpload } from "../../functions/opendata/uploads/store.ts";
import type { Here } from "../../shared/here.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

const card = { title: "Stops", description: "", licence: "ODbL-1.0", source: "Transport office" };

// Guards against a public table whose rows are removed with a draft that was published and is not there any more.
test("a draft that is read anew while it is published, and another begun, takes nothing of either away", async () => {
  const { here, at } = inner.newHere();
  const drafted = async (csv: string, updates?: string) => {
    const { id: upload } = await keepUpload(here, "stops.csv", new TextEncoder().encode(csv));
    return startReading(here, await beginDraft(here, { card, upload, corrections: { personal: "none" }, updates }));
  };
  const draft = await drafted("code\nA\n");
  const slow: Here = {
    ...here,
    blobs: {
      ...here.blobs,
      // Its file is read for some seconds: somebody publishes it as it was, and somebody begins the next.
      async get(key, range) {
        slow.blobs.get = here.blobs.get;
        await publish(here, draft.id);
        at.now = new Date(at.now.getTime() + 5_000);
        await drafted("code\nA\nB\n", "stops");
        return here.blobs.get(key, range);
      },
    },
  };
  const corrected = changedDraft(draft, { columns: [{ from: "code", name: "stop" }] });
  await expect(startReading(slow, corrected)).rejects.toMatchObject({ kind: "conflict" });
  const published = await getBySlug(here, "stops");
  expect((await load(here, published, published.latest)).columns.map(({ name }) => name)).toEqual(["code"]);
  expect(await findDraft(here, draft.id)).toMatchObject({ attempt: 1, found: { rows: 2 } });
});
