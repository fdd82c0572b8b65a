import { Hono } from "hono";
import { expect, test } from "vitest";
import { readSettings } from "../../shared/settings.ts";
import { cityOf } from "../../shared/tenancy.ts";

const aws = readSettings({ HANSA_HOME: "aws" });
const emulator = readSettings({ HANSA_HOME: "aws", HANSA_TENANCY: "path" });
const embedded = readSettings({});

/** What `cityOf` says of a request for /cities/rome, invoked like this. */
async function ask(
  settings: typeof aws,
  authorized: string | undefined,
  tenantId: string | undefined,
  headers: Record<string, string> = {},
) {
  const app = new Hono();
  let said: string | Error = "";
  app.get("/cities/:city/*", (c) => {
    try {
      said = cityOf(c, settings);
    } catch (error) {
      said = error as Error;
    }
    return c.text("");
  });
  const env = {
    event: { requestContext: { authorizer: authorized === undefined ? null : { city: authorized } } },
    lambdaContext: { tenantId },
  };
  await app.request("/cities/rome/data", { headers }, env);
  return said;
}

// Guards against a request that one layer takes for another city's than the next.
test("on AWS, path, authorizer and environment must name one city", async () => {
  expect(await ask(aws, "rome", "rome")).toBe("rome");
  for (const [authorized, tenant] of [
    ["oslo", "rome"],
    ["rome", "oslo"],
    ["rome", "rome2"],
    ["rome", undefined],
    [undefined, "rome"],
    ["", ""],
  ])
    expect(await ask(aws, authorized, tenant), `${authorized}, ${tenant}`).toBeInstanceOf(Error);
});

test("an emulator without tenants is believed only by its explicit setting, and never against the authorizer", async () => {
  expect(await ask(emulator, "rome", undefined)).toBe("rome");
  expect(await ask(emulator, "oslo", undefined)).toBeInstanceOf(Error);
  expect(await ask(emulator, "rome", "oslo")).toBeInstanceOf(Error);
});

test("a client's header names no tenant, anywhere", async () => {
  expect(await ask(embedded, undefined, undefined, { "X-Amz-Tenant-Id": "oslo" })).toBe("rome");
  expect(await ask(aws, "rome", undefined, { "X-Amz-Tenant-Id": "rome" })).toBeInstanceOf(Error);
});

test("a wrong setting stops the process in one sentence that names it", () => {
  expect(() => readSettings({ HANSA_HOME: "moon" })).toThrow(/HANSA_HOME is wrong/);
  expect(() => readSettings({ HANSA_ORIGIN: "not an address" })).toThrow(/HANSA_ORIGIN is wrong/);
});
