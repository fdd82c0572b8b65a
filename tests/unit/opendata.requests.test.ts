import { afterAll, beforeAll, expect, test } from "vitest";
import { NewDataRequest } from "../../functions/opendata/requests/schema.ts";
import { answerRequest, dropRequest, findRequest, sendRequest } from "../../functions/opendata/requests/store.ts";
import type { Here } from "../../shared/here.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

// Guards against a request that everybody sees, and that is gone with the city's answer to it.
test("a request that somebody answers while another drops it stays", async () => {
  const { here } = inner.newHere();
  const given = NewDataRequest.parse({ title: "Benches", text: "Where may one sit?" });
  const { id } = await sendRequest(here, given, "en");
  const slow: Here = {
    ...here,
    table: {
      ...here.table,
      async get(wanted) {
        const item = await here.table.get(wanted);
        await answerRequest(here, id, { state: "open", answer: "We look for them." });
        return item;
      },
    },
  };
  await expect(dropRequest(slow, id)).rejects.toMatchObject({ kind: "absent" });
  expect(await findRequest(here, id)).toMatchObject({ state: "open", answer: "We look for them." });
});
