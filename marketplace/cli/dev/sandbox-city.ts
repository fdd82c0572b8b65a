import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { syntheticCity } from "../../../functions/synthetic/events.ts";
import { askJson, postJson } from "../house.ts";

// A house of its own with one city of made-up households, for one module; gone when it stops.

export const CITY = "sandbox";
export const TIME_ZONE = "UTC";
const COUNTRY = "CI";
const METERS = 8;
const PEOPLE = { administrator: `admin@${CITY}.example`, officer: `officer@${CITY}.example` } as const;

export interface SandboxCity {
  /** The house's address, and the city's. */
  house: string;
  url: string;
  administrator: string;
  currency: string;
  meters: ReturnType<typeof syntheticCity>["households"];
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown, as?: keyof typeof PEOPLE): Promise<T>;
  send(path: string, text: string, type: string): Promise<void>;
  /** Until nothing is due any more. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** @param now  the house's clock */
export async function startSandboxCity(options: {
  port: string;
  currency: string;
  now: () => Date;
}): Promise<SandboxCity> {
  const { startHouse } = await import("../../../functions/local.ts");
  const { operatorSession } = await import("../../../functions/control/operators.ts");
  const data = mkdtempSync(join(tmpdir(), "hansa-dev-"));
  const env = { HANSA_DATA: data, HANSA_LOG: "silent", PORT: options.port };
  const local = await startHouse(env, { now: options.now });
  const { url: house } = local;
  const { session } = await operatorSession(local.house);
  const operator = { Authorization: `Bearer ${session.token}` };
  await postJson(
    house,
    "/control/v1/cities",
    {
      ...{ name: "Sandbox", slug: CITY, country: COUNTRY, currency: options.currency, languages: ["en", "fr", "ar"] },
      ...{ timeZone: TIME_ZONE, isSynthetic: true, administrator: PEOPLE.administrator },
    },
    operator,
  );

  const at = `/cities/${CITY}`;
  async function signIn(contact: string): Promise<Record<string, string>> {
    await ask(`${at}/v1/sign-in-codes`, { contact });
    const { body } = await askJson<{ messages: { to: string; text: string }[] }>(
      house,
      `/control/v1/outbox?city=${CITY}`,
      {
        headers: operator,
      },
    );
    const code = /\b\d{6}\b/.exec(body.messages.find(({ to }) => to === contact)?.text ?? "")?.[0];
    const { token } = (await (await ask(`${at}/v1/sessions`, { contact, code })).json()) as { token: string };
    return { Authorization: `Bearer ${token}` };
  }
  const ask = (path: string, body: unknown) =>
    fetch(house + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  const administrator = await signIn(PEOPLE.administrator);
  const post = async <T>(path: string, body: unknown, who = administrator): Promise<T> => {
    const key = { "Idempotency-Key": crypto.randomUUID() };
    return (await postJson<T>(house, at + path, body, { ...who, ...key })).body;
  };
  await post("/v1/staff", { contact: PEOPLE.administrator, roles: ["administrator", "agent", "treasurer"] });
  await post("/v1/staff", { contact: PEOPLE.officer, roles: ["data_officer"] });
  const people = { administrator, officer: await signIn(PEOPLE.officer) };

  const { households: meters } = syntheticCity({
    seed: CITY,
    country: COUNTRY,
    timeZone: TIME_ZONE,
    households: METERS,
  });
  const accounts = new Map<string, string>();
  for (const { accountNumber: number, name, contact, address } of meters)
    if (!accounts.has(number))
      accounts.set(number, (await post<{ id: string }>("/v1/accounts", { number, name, contact, address })).id);
  for (const { meterSerial: serial, kind, accountNumber } of meters)
    await post("/v1/meters", {
      ...{ serial, kind, accountId: accounts.get(accountNumber), registerUnit: kind === "electricity" ? "kWh" : "m3" },
    });

  return {
    house,
    url: house + at,
    administrator: PEOPLE.administrator,
    currency: options.currency,
    meters,
    get: async (path) => (await askJson<never>(house, at + path, { headers: administrator })).body,
    post: (path, body, as = "administrator") => post(path, body, people[as]),
    async send(path, text, type) {
      await askJson(house, at + path, {
        method: "POST",
        headers: { ...administrator, "Content-Type": type, "Idempotency-Key": crypto.randomUUID() },
        body: text,
      });
    },
    async settle() {
      while ((await local.house.deliver(CITY)) > 0);
    },
    async stop() {
      await local.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
