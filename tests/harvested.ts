import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "vitest";
import { soon, type TestCity } from "./city.ts";

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

/** Somebody else's server, on this machine: what it answers by path, and what it was asked. */
export interface StandIn {
  url: string;
  answers: Record<string, Handler>;
  asked: { path: string; headers: IncomingMessage["headers"]; status: number }[];
  close(): void;
}

export async function standIn(answers: Record<string, Handler> = {}): Promise<StandIn> {
  const asked: StandIn["asked"] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url!, "http://127.0.0.1");
    response.on("close", () =>
      asked.push({ path: request.url!, headers: request.headers, status: response.statusCode }),
    );
    const handler = answers[url.pathname];
    if (handler) handler(request, response, url);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A text, with an ETag of its own: who has it already is told so. */
export const text =
  (body: string, type = "text/csv", etag?: string): Handler =>
  (request, response) => {
    if (etag !== undefined && request.headers["if-none-match"] === etag) return void response.writeHead(304).end();
    response.writeHead(200, { "Content-Type": type, ...(etag === undefined ? {} : { ETag: etag }) }).end(body);
  };
export const json = (body: unknown, type = "application/json"): Handler => text(JSON.stringify(body), type);

export interface Harvest {
  id: string;
  kind: string;
  address: string;
  dataset?: string;
  draft?: string;
  isPaused: boolean;
  isUnlisted?: true;
  isRunning: boolean;
  nextAt?: string;
  failures: number;
  said?: { title?: string; licence?: string };
  parent?: string;
  last?: {
    outcome: string;
    endedAt: string;
    startedAt: string;
    why?: string;
    left?: string;
    version?: number;
    listed?: number;
  };
}

export const officer = { as: "data_officer" } as const;
export const card = { title: "Stops", licence: "ODbL-1.0", source: "Transport office" };

/** Adds a source, and waits until it was asked. */
export async function harvested(city: TestCity, order: object): Promise<Harvest> {
  const added = await city.post("/v1/harvests", { schedule: { every: "day" }, ...order }, officer);
  expect(added.status, await added.clone().text()).toBe(201);
  return asked(city, (await added.json()) as Harvest);
}

/** Waits until a source was asked again. */
export const asked = (city: TestCity, before: Pick<Harvest, "id" | "last">): Promise<Harvest> =>
  soon(
    async () => (await (await city.get(`/v1/harvests/${before.id}`, officer)).json()) as Harvest,
    ({ last, isRunning }) => !isRunning && last !== undefined && last.startedAt !== before.last?.startedAt,
  );

export async function askedNow(city: TestCity, before: Harvest): Promise<Harvest> {
  expect((await city.post(`/v1/harvests/${before.id}/runs`, undefined, officer)).status).toBe(202);
  return asked(city, before);
}

/** Looks at what a source brought, and publishes it: no column is about people. */
export async function publishedFirst(
  city: TestCity,
  { draft }: Harvest,
): Promise<{ slug: string; latest: { number: number } }> {
  const tagged = await city.patch(`/v1/drafts/${draft}`, { personal: "none" }, officer);
  expect(tagged.status, await tagged.clone().text()).toBe(200);
  const published = await city.post(`/v1/datasets/${draft}/publish`, undefined, officer);
  expect(published.status, await published.clone().text()).toBe(200);
  return (await published.json()) as never;
}

export const recordsOf = async (city: TestCity, slug: string): Promise<Record<string, unknown>[]> =>
  ((await (await city.get(`/v1/datasets/${slug}/records`)).json()) as { records: Record<string, unknown>[] }).records;
