import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { paginateScan } from "@aws-sdk/client-dynamodb";
import { strFromU8, unzipSync, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { isLeft, KERNEL_LEAVES } from "../../functions/control/bundle.ts";
import { cityRooms } from "../../functions/rooms.ts";
import { newId } from "../../shared/ids.ts";
import { camt, IBAN } from "../camt.ts";
import { FORMATTER, litres, ttsUp } from "../lorawan.ts";
import { testEngine } from "../setup/engine.ts";
import { type RunningHouse, runHouse } from "../setup/house.ts";

const CITY = "abidjan";
const BATCHED = newId("mtr", new Date());
const OWN = { account: "acc_01M8ACJTGYHGHQ2Z2TG8NSHD3Z", meter: "mtr_01M8ACJTGYHGHQ2Z2TG8NSHD3Z" };
const folders = ["from", "to"].map((name) => mkdtempSync(join(tmpdir(), `hansa-leaving-${name}-`)));
const leaves = Object.assign({}, KERNEL_LEAVES, ...cityRooms.map((room) => room.leaves)) as Record<string, string>;

const ask = (
  house: RunningHouse,
  method: string,
  path: string,
  body?: RequestInit["body"],
  token = house.operatorToken,
) => fetch(house.url + path, { method, body, headers: { Authorization: `Bearer ${token}` } });
const askJson = (house: RunningHouse, path: string, body: object, token?: string) =>
  fetch(house.url + path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
  });

async function exported(house: RunningHouse): Promise<{ digest: string; bytes: Uint8Array<ArrayBuffer> }> {
  const answer = await ask(house, "GET", `/control/v1/cities/${CITY}/export`);
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  return { digest: answer.headers.get("hansa-digest")!, bytes: new Uint8Array(await answer.arrayBuffer()) };
}

async function signIn(house: RunningHouse, contact: string): Promise<string> {
  await askJson(house, `/cities/${CITY}/v1/sign-in-codes`, { contact });
  const outbox = await ask(house, "GET", `/control/v1/outbox?city=${CITY}`);
  const { messages } = (await outbox.json()) as { messages: { to: string; text: string }[] };
  const code = /\d{6}/.exec(messages.find(({ to }) => to === contact)!.text)![0];
  const answer = await askJson(house, `/cities/${CITY}/v1/sessions`, { contact, code });
  return ((await answer.json()) as { token: string }).token;
}

/** What the demo leaves out: a module in use, a draft, a file between preview and yes, a key, an opened payment. */
async function enrich(house: RunningHouse): Promise<void> {
  const token = await signIn(house, `admin@${CITY}.example`);
  const at = `/cities/${CITY}/v1`;
  const post = async <T>(path: string, body: object | FormData, isJson = true): Promise<T> => {
    const answer = await fetch(house.url + at + path, {
      method: "POST",
      body: isJson ? JSON.stringify(body) : (body as FormData),
      headers: {
        Authorization: `Bearer ${token}`,
        "Idempotency-Key": crypto.randomUUID(),
        ...(isJson ? { "Content-Type": "application/json" } : {}),
      },
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  await post("/keys", { name: "Gateway", scopes: ["log.events:read"] });
  await post("/meters", { serial: "BATCHED", id: BATCHED, kind: "water" });
  await post("/readings/batches", { delivery: "1", interval: 900, readings: [["BATCHED", 1_793_000_000, 5]] });
  await post(`/meters/${BATCHED}/hand-readings`, { value: "7" });
  const { id: round } = await post<{ id: string }>("/readings/rounds", { name: "North", meters: ["BATCHED"] });
  await post(`/readings/rounds/${round}/stops/1/skip`, { reason: "dog" });
  await sendBySource(house, post, token);
  const own = { id: OWN.account, number: "OWN", name: "Own home", contact: `admin@${CITY}.example` };
  await post("/accounts", own);
  await post("/meters", { id: OWN.meter, serial: "OWN", kind: "water", accountId: own.id });
  const wish = JSON.stringify({ silentDays: 30 });
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const kept = await fetch(`${house.url}${at}/meters/${OWN.meter}/alarms`, { method: "PUT", body: wish, headers });
  expect(kept.status).toBe(200);
  const draft = new FormData();
  for (const [field, value] of Object.entries({ title: "Draft", licence: "CC0-1.0", source: "test" }))
    draft.set(field, value);
  draft.set("file", new File(["a,b\n1,2\n"], "draft.csv"));
  await post("/datasets", draft, false);
  const from = { kind: "file", address: "https://data.example/x.csv", schedule: { every: "week" } };
  await post("/harvests", { ...from, card: { title: "From elsewhere", licence: "CC0-1.0", source: "test" } });
  if (house.output().includes("First start")) await useModule(house, post);
  const { bills } = (await (await ask(house, "GET", `${at}/bills?limit=50`, undefined, token)).json()) as {
    bills: { reference: string; accountId: string; dueMinor: number }[];
  };
  const others = bills.filter(({ accountId, dueMinor }) => accountId !== bills[0]!.accountId && dueMinor > 0);
  // What was opened in the first house may still be paid, and nothing beside it: here it is another's.
  const ofAnother = others.at(house.data === folders[0] ? 0 : -1)!;
  await useCounter(house, post, bills[0]!, token);
  await useCollection(house, token);
  await useTerms(house, post);
  await usePrepaid(house, post, token);
  await useRolls(house, post, token);
  await useNetwork(house, post, token);
  await useForecasts(house, post, token);
  await useModuleMoney(house, token);
  await usePeers(house, post, token);
  await post("/payments", { reference: ofAnother.reference });
}

/** A package that the city made, a module that it makes its own, a need, and a pilot that is planned. */
async function usePeers(
  house: RunningHouse,
  post: <T>(path: string, body: object | FormData, isJson?: boolean) => Promise<T>,
  token: string,
): Promise<void> {
  if (house.data !== folders[0]) return;
  const get = async <T>(path: string) =>
    (await (await ask(house, "GET", `/cities/${CITY}/v1${path}`, undefined, token)).json()) as T;
  const { candidates } = await get<{ candidates: { id: string }[] }>("/package-candidates");
  const words = { title: { en: "Ours" }, contact: "peer@city.example" };
  const order = { name: "ours", version: "1.0.0", ...words, summary: { en: "As here." }, licence: "CC-BY-4.0" };
  await post("/packages", { ...order, parts: [candidates[0]!.id] });
  const { modules } = await get<{ modules: { name: string }[] }>("/modules");
  await post("/adoptions", { module: modules[0]!.name, name: "taken" });
  const cases = [{ kind: "tariff", name: "none", of: "water", currency: "EUR", quantity: 0, totalMinor: 0 }];
  const need = { name: "needed", promise: { en: "Less." }, cases, deadline: "2099-01-01T00:00:00Z" };
  await post("/needs", { ...words, ...need, budget: { amountMinor: 1, currency: "EUR" } });
  const file = new FormData();
  const card = { title: "Losses by day", licence: "CC0-1.0", source: "test", personal: "none" };
  for (const [field, value] of Object.entries(card)) file.set(field, value);
  file.set("file", new File(["day,district,litres\n2026-01-01,North,2\n2026-01-02,South,3\n"], "losses.csv"));
  const { id, slug } = await post<{ id: string; slug: string }>("/datasets", file, false);
  await post(`/datasets/${id}/publish`, {});
  const formula = "sum(row.litres of rows)";
  const metric = { titles: { en: "Lost" }, unit: "L", dataset: slug, dayColumn: "day", districtColumn: "district" };
  await post("/pilots", {
    ...{ title: { en: "Pressure" }, question: { en: "Less?" }, metric: { ...metric, formula, better: "lower" } },
    ...{ pilotDistricts: ["North"], controlDistricts: ["South"], wanted: 1 },
    ...{ beforeOn: "2098-01-01", startOn: "2098-02-01", endOn: "2098-03-01" },
    stop: { when: "above", value: 1, days: 1 },
  });
}

async function useModuleMoney(house: RunningHouse, token: string): Promise<void> {
  const put = putsTo(house, token);
  await put("/module-money/terms", { population: 5_000_000, taxBasisPoints: 1_800 });
}

const putsTo =
  (house: RunningHouse, token: string) =>
  async (path: string, body: object): Promise<void> => {
    const answer = await fetch(`${house.url}/cities/${CITY}/v1${path}`, {
      method: "PUT",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    });
    expect(answer.status, path).toBe(200);
  };

/** A zone that was forecast, with the temperatures that were known. */
async function useForecasts(
  house: RunningHouse,
  post: <T>(path: string, body: object) => Promise<T>,
  token: string,
): Promise<void> {
  if (house.data !== folders[0]) return;
  const put = putsTo(house, token);
  const hour = Math.floor(Date.now() / 3_600_000);
  const readings = Array.from({ length: 22 * 24 }, (_, i) => ["INFLOW", (hour - 22 * 24 + i) * 3_600, 10 + (i % 24)]);
  await post("/meters", { serial: "INFLOW", kind: "water" });
  await post("/readings/batches", { delivery: "inflow", interval: 3_600, readings });
  await put("/network/areas/Z2", { level: "zone", kind: "water" });
  await post("/network/areas/Z2/changes", { input: { meter: "INFLOW" } });
  const from = new Date(hour * 3_600_000).toISOString();
  await post("/forecasts/temperatures", { source: "test", from, celsius: [5, null, 7] });
  await put("/forecasts/zones/Z2", { isDaily: false });
  await post("/forecasts/zones/Z2/forecasts", {});
}

/** A zone that is worked out, a meter that stands somewhere, a crew that was and one that is on its way. */
async function useNetwork(
  house: RunningHouse,
  post: <T>(path: string, body: object) => Promise<T>,
  token: string,
): Promise<void> {
  if (house.data !== folders[0]) return;
  const put = putsTo(house, token);
  const month = "2026-09";
  await put("/network/areas/Z1", { level: "zone", kind: "water" });
  await put("/network/points/P1", { kind: "water" });
  await post("/network/areas/Z1/changes", { input: { meter: "BATCHED" } });
  const { accounts } = (await (
    await ask(house, "GET", `/cities/${CITY}/v1/accounts?limit=1`, undefined, token)
  ).json()) as { accounts: { id: string }[] };
  await post("/meters", { serial: "STANDS", kind: "water" });
  const { id: accountId } = accounts[0]!;
  await post("/network/points/P1/changes", { area: "Z1", meter: "STANDS", opening: "1", accountId });
  await post("/network/allowances", { area: "Z1", month, quantity: 10, reason: "Flushing" });
  await post("/network/analyses", { month });
  const { id } = await post<{ id: string }>("/network/work-orders", { kind: "theft", area: "Z1", point: "P1", month });
  await post(`/network/work-orders/${id}/finding`, { what: "tampering" });
  await post("/network/work-orders", { kind: "leak", area: "Z1", month });
  const steps = [{ valve: "V1", closedAt: "2026-09-20T02:00:00Z" }];
  const [startedAt, endedAt] = ["2026-09-20T01:00:00Z", "2026-09-20T03:00:00Z"];
  await post("/network/step-tests", { area: "Z1", startedAt, steps, endedAt });
}

/** A parcel that is smaller than was thought, an objection to its tax, a fine, and a stall's day. */
async function useRolls(
  house: RunningHouse,
  post: <T>(path: string, body: object) => Promise<T>,
  token: string,
): Promise<void> {
  if (house.data !== folders[0]) return;
  const get = async <T>(path: string, as = token) =>
    (await (await ask(house, "GET", `/cities/${CITY}/v1/assessment${path}`, undefined, as)).json()) as T;
  const entries = async (roll: string) => (await get<{ entries: Entry[] }>(`/rolls/${roll}/entries`)).entries;
  interface Entry {
    id: string;
    spells: { facts: { accountId: string } }[];
  }
  const [parcel] = await entries("PARCELS");
  const [stall] = await entries("STALLS");
  const account = await ask(
    house,
    "GET",
    `/cities/${CITY}/v1/accounts/${parcel!.spells[0]!.facts.accountId}`,
    undefined,
    token,
  );
  const payer = await signIn(house, ((await account.json()) as { contact: string }).contact);
  const { assessments } = await get<{ assessments: { id: string }[] }>("/assessments", payer);
  const claim = { text: "It is smaller." };
  const at = `/cities/${CITY}/v1/assessment/assessments/${assessments[0]!.id}/claims`;
  expect((await askJson(house, at, claim, payer)).status).toBe(201);
  const year = new Date().getUTCFullYear();
  await post(`/assessment/entries/${parcel!.id}/changes`, { from: `${year}-01-01`, facts: { areaM2: "50" } });
  await post("/assessment/dues", { fee: "DEPOT" });
  await post(`/assessment/entries/${stall!.id}/day-dues`, {});
  for (let tries = 0; (await get<{ adjustments: object[] }>("/adjustments")).adjustments.length === 0; tries++) {
    if (tries === 300) throw new Error("the difference is not found in time");
    await new Promise((resume) => setTimeout(resume, 100));
  }
}

/** A purchase that is not paid yet, tokens that change a meter's key, and an order that waits for a second person. */
async function usePrepaid(
  house: RunningHouse,
  post: <T>(path: string, body: object) => Promise<T>,
  token: string,
): Promise<void> {
  if (house.data !== folders[0]) return;
  const get = async <T>(path: string) =>
    (await (await ask(house, "GET", `/cities/${CITY}/v1/prepaid${path}`, undefined, token)).json()) as T;
  const { meters } = await get<{ meters: { id: string; facts: { number: string; key: { baseYear: number } } }[] }>(
    "/meters",
  );
  const fresh = meters.find(({ facts }) => facts.key.baseYear === 2014)!;
  await post("/prepaid/purchases", { meter: fresh.facts.number, amountMinor: 20_000 });
  await post(`/prepaid/meters/${fresh.id}/orders`, { wants: { kind: "clear_credit" }, reason: "moved out" });
  const { id } = await post<{ id: string }>("/prepaid/campaigns", { to: { keyRevision: 2, baseYear: 2014 } });
  for (let tries = 0; (await get<{ state: string }>(`/campaigns/${id}`)).state !== "done"; tries++) {
    if (tries === 300) throw new Error("the change of keys does not end");
    await new Promise((resume) => setTimeout(resume, 100));
  }
  expect(await get(`/campaigns/${id}`)).toMatchObject({ meters: 1, issued: 1 });
}

/** A day at the till, a statement of the bank, an order of payouts, and a bill paid through a third party. */
/** The city's own rule, and a campaign of letters that is sent. */
async function useCollection(house: RunningHouse, token: string): Promise<void> {
  if (house.data !== folders[0]) return;
  const at = `/cities/${CITY}/v1/collection`;
  const rule = {
    afterDays: { reminder: 0, second_reminder: 20, formal_notice: 40, handed_over: 80 },
    leastMinor: 0,
    cap: { messages: 3, days: 30 },
    quiet: { from: "00:00", to: "00:00" },
    costMinor: { sms: 25, email: 0, letter: 400 },
  };
  const kept = await fetch(`${house.url}${at}/rule`, {
    method: "PUT",
    body: JSON.stringify(rule),
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
  });
  expect(kept.status).toBe(200);
  const asked = await askJson(house, `${at}/campaigns`, { stage: "reminder", channels: ["letter"] }, token);
  const { id } = (await asked.json()) as { id: string };
  for (const state of ["ready", "done"]) {
    for (let tries = 0; ; tries++) {
      const answer = await ask(house, "GET", `${at}/campaigns/${id}`, undefined, token);
      const campaign = (await answer.json()) as { state: string; outcomes: { sent: number } };
      if (campaign.state === state) {
        if (state === "done") expect(campaign.outcomes.sent).toBeGreaterThan(0);
        break;
      }
      if (tries === 300) throw new Error(`the campaign is ${campaign.state}, not ${state}`);
      await new Promise((resume) => setTimeout(resume, 100));
    }
    if (state === "ready")
      expect((await ask(house, "POST", `${at}/campaigns/${id}/start`, undefined, token)).status).toBe(200);
  }
}

/** What is granted to an account, what it has without a meter, what being late costs, and what is disputed. */
async function useTerms(house: RunningHouse, post: <T>(path: string, body: object) => Promise<T>): Promise<void> {
  if (house.data !== folders[0]) return;
  const at = `/cities/${CITY}/v1`;
  const treasurer = await signIn(house, `treasurer@${CITY}.example`);
  const approve = async (path: string) =>
    expect((await askJson(house, `${at}${path}/approval`, {}, treasurer)).status, path).toBe(200);
  const own = await post<{ id: string }>("/accounts", { number: "TERMS", name: "Somebody" });
  const exemption = await askJson(
    house,
    `${at}/exemptions`,
    { accountId: own.id, what: "vat", fromMonth: "2026-01", reason: "A school", evidence: "Seen" },
    await signIn(house, `agent@${CITY}.example`),
  );
  await approve(`/exemptions/${((await exemption.json()) as { id: string }).id}`);
  const names = { en: "Bin" };
  await post("/flat-tariffs", { tariff: { code: "bin", names, kind: "waste", currency: "XOF", price: "500" } });
  await post("/subscriptions", { accountId: own.id, code: "bin", fromOn: "2026-01-01" });
  const fromOn = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const late = { kinds: ["waste"], fromOn, dueAfterDays: 9, charge: { type: "fixed", amountMinor: 100 } };
  await approve(`/billing/penalty-rules/${(await post<{ id: string }>("/billing/penalty-rules", late)).id}`);
  const days = { issuedBefore: fromOn, fromOn, toOn: fromOn };
  await post("/billing/amnesties", { titles: names, kinds: ["waste"], ...days });
}

async function useCounter(
  house: RunningHouse,
  post: <T>(path: string, body: object) => Promise<T>,
  { reference, accountId }: { reference: string; accountId: string },
  token: string,
): Promise<void> {
  const at = `/cities/${CITY}/v1`;
  const read = async <T>(path: string, as = token) =>
    (await (await ask(house, "GET", at + path, undefined, as)).json()) as T;
  // In its new house the city has brought all of this along.
  if (house.data !== folders[0]) return;
  const second = `second@${CITY}.example`;
  await post("/staff", { contact: second, roles: ["agent", "treasurer"] });
  const other = await signIn(house, second);
  const asOther = async (path: string, body: object) => {
    const answer = await askJson(house, at + path, body, other);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  };
  const ban = await post<{ id: string }>("/bank-accounts", { name: "Main", iban: IBAN });
  await post("/tills", { code: "T1", name: "Ground floor" });
  await post("/tills/T1/shifts", { floatMinor: 500 });
  const now = new Date();
  const take = () =>
    post<{ year: string; number: number; paymentId: string }>("/tills/T1/receipts", {
      id: newId("tak", now),
      reference,
      amountMinor: 5,
    });
  const mistaken = await take();
  const { paymentId } = await take();
  const receipt = `/tills/T1/receipts/${mistaken.year}/${mistaken.number}/reversal`;
  await post(receipt, { reason: "A mistake" });
  await asOther(`${receipt}/decision`, { agrees: true });
  await post("/tills/T1/count", { denominations: { "100": 5 } });
  await asOther("/tills/T1/closing", {});
  await post("/tills/T1/deposits", { id: newId("dep", now), amountMinor: 100, bankAccountId: ban.id });
  const payouts = [{ name: "Somebody", iban: IBAN, amountMinor: 1, text: "Refund", account: "refunds_owed:x" }];
  await post("/payment-orders", { id: newId("ord", now), bankAccountId: ban.id, executeOn: "2026-12-01", payouts });

  const key = await post<{ id: string; secret: string }>("/keys", {
    name: "A wallet",
    scopes: ["billpay.payments:write", "bank.statements:write", "bank.statements:read"],
  });
  await post("/third-parties", { name: "W", keyId: key.id, paymentLimitMinor: 10, dayLimitMinor: 10 });
  const asKey = (path: string, type: string, body: string) =>
    fetch(house.url + at + path, {
      method: "POST",
      body,
      headers: { Authorization: `Bearer ${key.secret}`, "Content-Type": type, "X-CorrelationID": crypto.randomUUID() },
    });
  const payment = JSON.stringify({ amountPaid: "5", currency: "XOF" });
  expect((await asKey(`/gsma/bills/${reference}/payments`, "application/json", payment)).status).toBe(201);
  // Of one bill a part; then all of its account, and a lot ahead.
  const whole = (await read<{ reference: string }>(`/accounts/${accountId}`)).reference;
  const entries = [
    { amount: "5", text: reference },
    { amount: "9000000", text: whole },
  ];
  const file = camt({ currency: "XOF", opening: "0", closing: "9000005", entries });
  const taken = await asKey(`/bank-accounts/${ban.id}/statements`, "application/xml", file);
  const { id } = (await taken.json()) as { id: string };
  const until = async <T>(path: string, as: string, isThere: (found: T) => boolean): Promise<T> => {
    for (let tries = 0; tries < 100; tries++) {
      const found = await read<T>(path, as);
      if (isThere(found)) return found;
      await new Promise((resume) => setTimeout(resume, 100));
    }
    throw new Error(`${path} is not so in time`);
  };
  type Brought = { statement: { state: string } };
  await until<Brought>(`/bank-statements/${id}`, key.secret, (found) => found.statement.state === "done");
  // What was paid of the bill goes back, so that it is due again, and paid from what its account has paid ahead.
  const asked = await fetch(`${house.url}${at}/payments/${paymentId}/refunds`, {
    method: "POST",
    body: JSON.stringify({ reason: "A mistake" }),
    headers: { Authorization: `Bearer ${other}`, "Content-Type": "application/json", "Idempotency-Key": "back" },
  });
  const refund = (await asked.json()) as { id: string };
  await post(`/refunds/${refund.id}/approval`, {});
  await asOther(`/refunds/${refund.id}/payout`, { holder: "cash:T1", providerRef: "By hand" });
  type Lines = { lines: { what: string }[] };
  await until<Lines>(`/statements/${accountId}`, token, ({ lines }) =>
    lines.some(({ what }) => what === "credit_used"),
  );
  const rule = await fetch(`${house.url}${at}/matching-rules/current`, {
    method: "PUT",
    body: JSON.stringify({ order: "smallest_first" }),
    headers: { Authorization: `Bearer ${other}`, "Content-Type": "application/json" },
  });
  expect(rule.status).toBe(200);
}

const JSON_TYPE = { type: "application/json" };

/** A source with a message that waits, a gap, a storage and a refusal. */
async function sendBySource(
  house: RunningHouse,
  post: <T>(path: string, body: object) => Promise<T>,
  token: string,
): Promise<void> {
  const [decoderId, id] = ["dec_01JD8Q6Z3W8M6W1YB1M0Q4S7XK", "src_01JD8Q6Z3W8M6W1YB1M0Q4S7XK"];
  const fields = [{ field: "meter.volume", unit: "m3" }];
  const samples = [{ port: 2, bytes: "00000001" }];
  await post("/readings/decoders", { id: decoderId, name: "Water", code: FORMATTER, fields, samples });
  await post("/readings/sources", { id, name: "Network", kind: "tts", decoderId });
  const at = `/cities/${CITY}/v1/readings/sources/${id}`;
  const storage = { server: "https://network.example", apiKey: "test" };
  for (const [path, body] of [
    ["storage", storage],
    ["devices/0004A30B001C0530", { everyS: 3_600 }],
  ] as const) {
    const kept = await ask(house, "PUT", `${at}/${path}`, new Blob([JSON.stringify(body)], JSON_TYPE), token);
    expect(kept.status, await kept.clone().text()).toBe(200);
  }
  const access = (await (await ask(house, "GET", `${at}/access`, undefined, token)).json()) as { secret: string };
  for (const [frame, secret, status] of [
    [0, access.secret, 202],
    [3, access.secret, 202],
    [4, "forged", 401],
  ] as const) {
    const message = ttsUp("0004A30B001C0530", frame, litres(frame), new Date().toISOString());
    const answer = await fetch(`${house.url}${at}/tts`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Source-Secret": secret },
      body: JSON.stringify(message),
    });
    expect(answer.status).toBe(status);
  }
}

/** Only where the demo has published some. */
async function useModule(house: RunningHouse, post: <T>(path: string, body: object) => Promise<T>): Promise<void> {
  const { modules } = (await (await fetch(`${house.url}/marketplace/v1/modules`)).json()) as {
    modules: { name: string }[];
  };
  const { id } = await post<{ id: string }>("/installs", { module: modules[0]!.name });
  await post(`/installs/${id}/trials`, {});
  for (const to of ["proposed", "active"]) await post(`/installs/${id}/state`, { to });
}

/** Every key of the city that is in the house's file once the house has stopped. */
async function keysOf(folder: string): Promise<{ pk: string; sk: string }[]> {
  const { client, engine } = await testEngine("hansa-city", join(folder, "table.db"));
  const keys: { pk: string; sk: string }[] = [];
  try {
    for await (const page of paginateScan({ client }, { TableName: "hansa-city", ProjectionExpression: "pk, sk" }))
      for (const item of page.Items ?? []) keys.push({ pk: item["pk"]!.S!, sk: item["sk"]!.S! });
  } finally {
    await engine.stop();
  }
  const prefix = `CITY#${CITY}#`;
  return keys.filter(({ pk }) => pk.startsWith(prefix)).map(({ pk, sk }) => ({ pk: pk.slice(prefix.length), sk }));
}

function blobsOf(folder: string): string[] {
  const base = join(folder, "blobs/cities", CITY);
  return readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(base, join(entry.parentPath, entry.name)));
}

describe("a city that leaves one house for another", () => {
  let from: RunningHouse;
  let to: RunningHouse;
  let bundle: Awaited<ReturnType<typeof exported>>;

  // The demo city is a whole one: people, accounts, readings, tariffs, bills, and what else the rooms make.
  beforeAll(async () => {
    [from, to] = await Promise.all([
      runHouse({ HANSA_DATA: folders[0]!, HANSA_DEMO: "yes" }),
      runHouse({ HANSA_DATA: folders[1]! }),
    ]);
    expect(from.output()).not.toContain("not complete");
    await enrich(from);
    bundle = await exported(from);
  });
  afterAll(async () => {
    await Promise.all([from?.stop(), to?.stop()]);
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  test("the same city exports to the same digest", async () => {
    expect((await exported(from)).digest).toBe(bundle.digest);
  });

  // Guards against taking in a city that somebody has changed on the way.
  test("a bundle with a changed byte, a missing or an added file is refused, and nothing of it is kept", async () => {
    const files = unzipSync(bundle.bytes);
    const path = Object.keys(files).find((name) => name.startsWith("collections/accounts"))!;
    const changed = { ...files, [path]: files[path]!.map((byte, i) => (i === 40 ? byte ^ 1 : byte)) };
    const { [path]: _, ...missing } = files;
    const added = { ...files, "collections/identity.more.jsonl": new Uint8Array() };
    for (const broken of [changed, missing, added])
      expect(
        (await ask(to, "POST", "/control/v1/cities/import", zipSync(broken) as Uint8Array<ArrayBuffer>)).status,
      ).toBe(422);
    expect((await ask(to, "POST", "/control/v1/cities/import", "no zip")).status).toBe(400);
    expect((await ask(to, "GET", `/control/v1/cities/${CITY}`)).status).toBe(404);
  });

  test("export, import, export gives the same digest, and the city lives in its new house", async () => {
    const before = await signIn(from, `admin@${CITY}.example`);
    bundle = await exported(from);
    const answer = await ask(to, "POST", "/control/v1/cities/import", bundle.bytes);
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({ slug: CITY, state: "open", digest: bundle.digest });
    expect((await exported(to)).digest).toBe(bundle.digest);

    // A session of the old house opens nothing in the new one.
    expect((await ask(to, "GET", `/cities/${CITY}/v1/me`, undefined, before)).status).toBe(401);
    const token = await signIn(to, `admin@${CITY}.example`);
    for (const path of ["/v1/staff", "/v1/accounts", "/v1/meters"]) {
      const [there, here] = await Promise.all([
        ask(from, "GET", `/cities/${CITY}${path}`, undefined, before),
        ask(to, "GET", `/cities/${CITY}${path}`, undefined, token),
      ]);
      expect(here.status, path).toBe(200);
      expect(await here.json()).toEqual(await there.json());
    }
    expect((await ask(to, "POST", "/control/v1/cities/import", bundle.bytes)).status).toBe(409);
  });

  // Guards against removing what nobody has a copy of.
  test("a city ends only by naming an export taken since its last change, and then wholly", async () => {
    const end = (query = "") => ask(to, "DELETE", `/control/v1/cities/${CITY}${query}`);
    expect(await (await end()).json()).toMatchObject({ state: "closing" });
    expect((await end()).status).toBe(412);
    expect((await end(`?export=${"0".repeat(64)}`)).status).toBe(412);
    const early = await exported(to);
    const token = await signIn(to, `admin@${CITY}.example`);
    await askJson(to, `/cities/${CITY}/v1/staff`, { contact: "late@example.org", roles: ["agent"] }, token);
    expect((await end(`?export=${early.digest}`)).status).toBe(412);
    await enrich(to);
    // What follows from that is a change too: once it has ended, an export is the last word.
    const gone = async () => (await end(`?export=${(await exported(to)).digest}`)).json();
    await vi.waitFor(async () => expect(await gone()).toMatchObject({ state: "closed" }), 20_000);
    expect((await ask(to, "GET", `/cities/${CITY}/`)).status).toBe(404);

    await to.stop();
    // What is left runs out by itself within two days: counts of tries, answers to repeated requests, sign-ins begun,
    // drafts and uploads that nobody said yes to, whose turn it was to pay.
    const left = (await keysOf(folders[1]!)).filter(({ pk }) => !/^(LIMIT|IDEM|OIDC|DRAFT|UPLOAD|TURN)#/.test(pk));
    expect(left).toEqual([]);
    expect(blobsOf(folders[1]!)).toEqual([]);
  }, 90_000);

  // Guards against a room that keeps something and forgets to take it along.
  test("every key of the city is exported, or declared to be left behind with a reason", async () => {
    bundle = await exported(from);
    await from.stop();
    const files = unzipSync(bundle.bytes);
    const taken = new Set(
      Object.entries(files)
        .filter(([path]) => path.startsWith("collections/"))
        .flatMap(([, bytes]) => strFromU8(bytes).split("\n").filter(Boolean))
        .map((line) => JSON.parse(line) as { pk: string; sk: string })
        .map(({ pk, sk }) => `${pk} ${sk}`),
    );
    // The payment that was opened last is still asked after.
    expect([...taken].some((key) => key.startsWith("TASK#payments.ask#"))).toBe(true);
    const keys = await keysOf(folders[0]!);
    expect(keys.length).toBeGreaterThan(100);
    const forgotten = keys.filter((key) => !taken.has(`${key.pk} ${key.sk}`) && !isLeft(key, leaves));
    expect(forgotten).toEqual([]);
    const named = Object.keys(JSON.parse(strFromU8(files["blobs.json"]!)) as object);
    // A draft and the file that it was read from go after a day, and so do their blobs.
    const goes = new Set(keys.flatMap(({ pk }) => /^(?:DRAFT|UPLOAD)#(.*)/.exec(pk)?.[1] ?? []));
    const isLeftBehind = (blob: string) => goes.has(blob.split("/")[1]!);
    expect(blobsOf(folders[0]!).filter((blob) => !named.includes(blob) && !isLeftBehind(blob))).toEqual([]);
    const there = new Set(keys.map(({ pk, sk }) => `${pk} ${sk}`));
    expect([...taken].filter((key) => !there.has(key))).toEqual([]);
  });
});
