import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { cityRooms, houseRooms } from "../../functions/rooms.ts";
import { compose } from "../../shared/compose.ts";
import { neededBy } from "../../shared/room.ts";
import { serve } from "../../shared/serve.ts";

const data = mkdtempSync(join(tmpdir(), "hansa-routes-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));
process.env["AWS_REGION"] ??= "embedded";
const house = await compose({ HANSA_DATA: data, HANSA_LOG: "silent" }, cityRooms);
const { cityApp, houseApp } = serve(house, cityRooms, houseRooms);

interface Registered {
  path: string;
  method: string;
  handler: unknown;
}

// Guards against a route that somebody forgot to close.
test("every route says whom it admits", () => {
  const open: string[] = [];
  for (const app of [cityApp, houseApp]) {
    const byRoute = Map.groupBy(
      (app.routes as Registered[]).filter((route) => route.method !== "ALL"),
      (r) => `${r.method} ${r.path}`,
    );
    for (const [route, handlers] of byRoute)
      if (!handlers.some(({ handler }) => neededBy(handler as object))) open.push(route);
  }
  expect(open).toEqual([]);
});

test("no two rooms answer at one address, and every scope that a route wants is one that a room offers", () => {
  const offered = new Set(cityRooms.flatMap((room) => Object.keys(room.scopes)));
  const unknown = (cityApp.routes as Registered[])
    .flatMap(({ handler }) => neededBy(handler as object) ?? [])
    .filter((need) => need.startsWith("scope:") && !offered.has(need.slice("scope:".length)));
  expect([...new Set(unknown)]).toEqual([]);
  const guarded = (cityApp.routes as Registered[])
    .filter(({ handler }) => neededBy(handler as object))
    .map((r) => `${r.method} ${r.path}`);
  expect(guarded.filter((route, i) => guarded.indexOf(route) !== i)).toEqual([]);
});

// Guards against two questions of one name, of which one is answered as the other.
test("every question has a name of its own", () => {
  const names = cityRooms.flatMap(({ answers }) => answers.map(({ offer }) => offer.name));
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

// Guards against a contract that its readers cannot resolve.
test("the OpenAPI document stands alone: no outside reference, every operation with an answer and a security rule", () => {
  const document = cityApp.getOpenAPI31Document({ openapi: "3.1.0", info: { title: "t", version: "1" } });
  const text = JSON.stringify(document);
  expect([...text.matchAll(/"\$ref":"([^"]+)"/g)].map((m) => m[1]).filter((ref) => !ref?.startsWith("#/"))).toEqual([]);
  for (const [path, item] of Object.entries(document.paths ?? {}))
    for (const [method, operation] of Object.entries(
      item as Record<string, { security?: unknown; responses: object; summary?: string }>,
    )) {
      expect(operation.security, `${method} ${path}`).toBeDefined();
      expect(operation.summary, `${method} ${path}`).toBeTruthy();
      expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
    }
});
