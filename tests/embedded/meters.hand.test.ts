import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { operatorLink } from "../../functions/control/operators.ts";
import { type LocalHouse, startHouse } from "../../functions/local.ts";
import { smsReplied } from "../../functions/meters/hand/sms.ts";
import { handStore } from "../../functions/meters/hand/store.ts";
import { newCity, speakTo } from "../city.ts";
import { operatorToken } from "../setup/target.ts";

const data = mkdtempSync(join(tmpdir(), "hansa-hand-"));
let house: LocalHouse;

beforeAll(async () => {
  house = await startHouse({ PORT: "0", HANSA_DATA: data, HANSA_LOG: "silent" });
  const link = await operatorLink(house.house, house.url);
  speakTo({ url: house.url, operatorToken: await operatorToken(house.url, link) });
});
afterAll(async () => {
  await house.stop();
  rmSync(data, { recursive: true, force: true });
});

// Guards against a city that pays for the same answer twice, and against an answer that never leaves.
test("an SMS is answered once, although its task runs several times at once; and again when the way out failed", async () => {
  const city = await newCity();
  const here = (await house.house.hereOf(city.slug))!;
  const reply = { source: "src_1", message: "m-1" };
  const sms = { answer: { id: "m-1", state: "unread" as const }, to: "+33600000001", text: "?", lang: "en" as const };
  await here.commit([handStore(here).smsWrite(reply.source, reply.message, sms)]);
  const broken = { ...here, messages: { send: () => Promise.reject(new Error("the way out is closed")) } };
  await expect(smsReplied(broken, "", reply)).rejects.toThrow("closed");
  expect(await city.messages(sms.to)).toHaveLength(0);
  await Promise.all(Array.from({ length: 6 }, () => smsReplied(here, "", reply)));
  expect(await city.messages(sms.to)).toEqual(["?"]);
});
