import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { absent, Fault, invalid } from "../../shared/errors.ts";
import { faults, form, json, jsonBody, paged, parsed } from "../../shared/http.ts";
import { newId } from "../../shared/ids.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { dayOf, dayRange, monthOf, monthRange } from "../../shared/time.ts";
import { fileOf } from "../../shared/uploads.ts";
import { type Who, whoId } from "../../shared/who.ts";
import { AccountById, accountIdOf, accountsBy } from "../accounts/events.ts";
import { answerOf, takeBatch } from "./batch-intake.ts";
import { batchStore } from "./batch-store.ts";
import { exportOf } from "./exporting/exporting.ts";
import { fileReportRoutes } from "./file-report-pages.tsx";
import { reported } from "./file-reports.ts";
import { type Looked, look, previewOf, takeIn } from "./intake.ts";
import { mappingPages } from "./mapping-pages.tsx";
import { mappingRoutes } from "./mapping-routes.ts";
import { mappingStore } from "./mapping-store.ts";
import { instantOf, isStaff, metersOf, readingsOf, visibleFromS, visibleMeter } from "./reading.ts";
import {
  BatchAnswer,
  Delivery,
  DeliveryId,
  ExportFormat,
  Grain,
  Meter,
  MeterChange,
  MeterReadings,
  Month,
  NewBatch,
  NewMeter,
  Preview,
  Reading,
} from "./schema.ts";
import { meterStore } from "./store.ts";
import { meterTexts } from "./texts.ts";
import {
  DeliveryPage,
  MeterPage,
  MyMetersPage,
  monthName,
  PreviewPage,
  type Shown,
  StaffMetersPage,
} from "./views.tsx";

const KEEPERS = ["agent", "administrator"] as const;
const READERS = ["resident", "agent", "treasurer", "administrator"] as const;

/** As people know an account; none unties. */
const AccountNumber = z.string().trim().max(200).optional();
const ByMeter = z.object({ id: z.string().max(60) });
const Meters = z.object({ meters: z.array(Meter), next: z.string().optional() });

const createMeter = createRoute({
  method: "post",
  path: "/v1/meters",
  summary: "Register a meter",
  description: "With an id of the caller's own choice, sending it twice registers it once.",
  middleware: needs(...KEEPERS, "scope:meters.meters:write"),
  ...secured(...KEEPERS, "scope:meters.meters:write"),
  request: { body: jsonBody(NewMeter) },
  responses: {
    201: json(Meter, "Registered"),
    200: json(Meter, "Registered before"),
    ...faults("malformed", "unauthenticated", "forbidden", "conflict", "invalid"),
  },
});

const listMeters = createRoute({
  method: "get",
  path: "/v1/meters",
  summary: "Meters by serial; to residents those of their own accounts",
  middleware: needs(...READERS, "scope:meters.readings:read"),
  ...secured(...READERS, "scope:meters.readings:read"),
  request: {
    query: paged().extend({
      number: z.string().max(40).optional().openapi({ description: "A serial or connection point." }),
    }),
  },
  responses: { 200: json(Meters, "Meters"), ...faults("malformed", "unauthenticated", "forbidden", "invalid") },
});

const getMeter = createRoute({
  method: "get",
  path: "/v1/meters/{id}",
  summary: "One meter",
  middleware: needs(...READERS, "scope:meters.readings:read"),
  ...secured(...READERS, "scope:meters.readings:read"),
  request: { params: ByMeter },
  responses: { 200: json(Meter, "The meter"), ...faults("unauthenticated", "forbidden", "absent") },
});

const changeMeter = createRoute({
  method: "patch",
  path: "/v1/meters/{id}",
  summary: "Tie a meter to an account, or untie it",
  middleware: needs(...KEEPERS, "scope:meters.meters:write"),
  ...secured(...KEEPERS, "scope:meters.meters:write"),
  request: { params: ByMeter, body: jsonBody(MeterChange) },
  responses: {
    200: json(Meter, "As it is now"),
    ...faults("malformed", "unauthenticated", "forbidden", "absent", "invalid"),
  },
});

const Range = z.object({
  from: z
    .string()
    .max(40)
    .optional()
    .openapi({ description: "A day of the city or an instant; else the first of this month.", example: "2026-11-01" }),
  to: z.string().max(40).optional().openapi({ description: "Exclusive; else tomorrow." }),
  grain: Grain.default("day"),
  as: z
    .enum(["corrected", "delivered"])
    .default("corrected")
    .openapi({ description: "`delivered`: the originals, without what people set right." }),
});
const getReadings = createRoute({
  method: "get",
  path: "/v1/meters/{id}/readings",
  summary: "What a meter counted, by interval, day or month of the city",
  middleware: needs(...READERS, "scope:meters.readings:read"),
  ...secured(...READERS, "scope:meters.readings:read"),
  request: { params: ByMeter, query: Range },
  responses: { 200: json(MeterReadings, "Readings"), ...faults("unauthenticated", "forbidden", "absent", "invalid") },
});

const exportReadings = createRoute({
  method: "get",
  path: "/v1/meters/{id}/export",
  summary: "A meter's readings as a file: Green Button, NEM12 or CSV",
  description: "Every interval and register that counts, exact, with its quality. The same file can be taken in again.",
  middleware: needs(...READERS, "scope:meters.readings:read"),
  ...secured(...READERS, "scope:meters.readings:read"),
  request: {
    params: ByMeter,
    query: Range.omit({ grain: true }).extend({
      format: ExportFormat.openapi({ description: "NEM12 has intervals of electricity alone." }),
    }),
  },
  responses: {
    200: {
      description: "The file",
      content: {
        "application/atom+xml": { schema: z.string() },
        "text/csv": { schema: z.string() },
      },
    },
    ...faults("unauthenticated", "forbidden", "absent", "invalid"),
  },
});

const getDelivery = createRoute({
  method: "get",
  path: "/v1/deliveries/{id}",
  summary: "What was kept of a file",
  middleware: needs(...KEEPERS, "treasurer", "scope:meters.readings:read", "scope:meters.readings:write"),
  ...secured(...KEEPERS, "treasurer", "scope:meters.readings:read", "scope:meters.readings:write"),
  request: { params: z.object({ id: z.string().max(80) }) },
  responses: { 200: json(Delivery, "The delivery"), ...faults("unauthenticated", "forbidden", "absent") },
});

export function meterRoutes(app: CityApp): void {
  app.openapi(createMeter, async (c) => {
    const { created, meter } = await register(c, c.req.valid("json"));
    return c.json(meter, created ? 201 : 200);
  });
  app.openapi(listMeters, async (c) => {
    const { here, who } = c.var;
    const { number, ...at } = c.req.valid("query");
    if (!isStaff(who))
      return c.json({ meters: (await metersOf(here, who)).filter((meter) => !number || meter.serial === number) }, 200);
    if (number) return c.json({ meters: [...new Set((await meterStore(here).byNumbers([number])).values())] }, 200);
    return c.json(await meterStore(here).list(at), 200);
  });
  app.openapi(getMeter, async (c) => c.json(await visibleMeter(c.var.here, c.var.who, c.req.valid("param").id), 200));
  app.openapi(changeMeter, async (c) => {
    const { accountId, from } = c.req.valid("json");
    return c.json(await tie(c, c.req.valid("param").id, accountId ?? undefined, from), 200);
  });
  app.openapi(getReadings, async (c) => {
    const { here, who } = c.var;
    const zone = here.city.timeZone;
    const meter = await visibleMeter(here, who, c.req.valid("param").id);
    const { grain, as, ...range } = c.req.valid("query");
    const [start, end] = rangeOf(range, here.clock.now(), zone);
    return c.json(await readingsOf(here, meter, start, end, grain, visibleFromS(meter, who), as === "delivered"), 200);
  });
  app.openapi(exportReadings, async (c) => {
    const { here, who } = c.var;
    const meter = await visibleMeter(here, who, c.req.valid("param").id);
    const { format, ...range } = c.req.valid("query");
    const [from, to] = rangeOf(range, here.clock.now(), here.city.timeZone);
    const file = await exportOf(here, meter, { format, from, to, sinceS: visibleFromS(meter, who) });
    c.header("Content-Type", file.type);
    c.header("Content-Disposition", `attachment; filename="${file.fileName}"`);
    return c.body(file.text, 200);
  });
  app.openapi(getDelivery, async (c) => {
    const found = await meterStore(c.var.here).findDelivery(c.req.valid("param").id);
    if (!found) throw absent();
    return c.json(found, 200);
  });
  intake(app);
  fileReportRoutes(app);
  mappingRoutes(app);
  mappingPages(app);
  batches(app);
  pages(app);
}

/** From the first of this month until tomorrow, where it is not said. */
function rangeOf({ from, to }: { from?: string | undefined; to?: string | undefined }, now: Date, zone: string) {
  return [
    from === undefined ? monthRange(monthOf(now, zone), zone).from : instantOf(from, zone, "query/from"),
    to === undefined ? dayRange(dayOf(now, zone), zone).to : instantOf(to, zone, "query/to"),
  ] as const;
}

/** Formats that are no files of lines. */
const DOCUMENT_TYPES = ["application/xml", "text/xml", "application/atom+xml", "application/json"];

const lookedAt = ({ plan: { delivery } }: Looked) => ({ outcome: "looked_at" as const, delivery });
const kept = ({ created, delivery }: Awaited<ReturnType<typeof takeIn>>) => ({
  outcome: created ? ("kept" as const) : ("known" as const),
  delivery,
});

/** Files come as they are, so this contract is registered by hand and its handler is plain. */
function intake(app: CityApp): void {
  const file = z.string().openapi({ format: "binary" });
  const admitted = [...KEEPERS, "scope:meters.readings:write"] as const;
  app.openAPIRegistry.registerPath({
    method: "post",
    path: "/v1/readings",
    summary: "Take in a file of readings: NEM12, NEM13, CSV, IEC 61968-9 or Green Button; plain, zipped or gzipped",
    description:
      "The format is known by the contents. A file with a mistake is refused whole, with `errors` by line (`#/line/7`) or by the path of an element (`#/feed/entry/3/…`). The same file is the same delivery: it counts once and gets the same answer.",
    ...secured(...admitted),
    request: {
      query: Reading.partial() as unknown as z.ZodObject,
      body: {
        content: {
          "multipart/form-data": { schema: z.object({ file }) },
          "text/csv": { schema: file },
          ...Object.fromEntries(DOCUMENT_TYPES.map((type) => [type, { schema: file }])),
          "application/zip": { schema: file },
          "application/gzip": { schema: file },
          "application/octet-stream": { schema: file },
        },
      },
    },
    responses: {
      201: json(Delivery, "Kept"),
      200: json(z.union([Delivery, Preview]), "Kept before; or what would be kept, with preview=true"),
      ...faults("malformed", "unauthenticated", "forbidden", "too_large", "unsupported_media", "invalid", "too_many"),
    },
  });
  app.post("/v1/readings", needs(...admitted), async (c) => {
    const { here } = c.var;
    const { file: sent, name, fields } = await fileOf(c, DOCUMENT_TYPES);
    const options = parsed(Reading, { ...c.req.query(), ...fields }, "form");
    const by = whoId(c.var.who);
    const file = { by, name, bytes: sent.length };
    if (options.preview)
      return c.json(previewOf(await reported(here, file, () => look(here, sent, options), lookedAt)), 200);
    const { created, delivery } = await reported(here, file, () => takeIn(here, sent, options, by), kept);
    c.header("Location", here.url(`/v1/deliveries/${delivery.id}`));
    return c.json(delivery, created ? 201 : 200);
  });
}

/** The hot path: bytes in, packed bytes down, no schema in between. */
function batches(app: CityApp): void {
  const admitted = [...KEEPERS, "scope:meters.readings:write"] as const;
  app.openAPIRegistry.registerPath({
    method: "post",
    path: "/v1/readings/batches",
    summary: "Take in up to 5,000 readings of many meters",
    description:
      "Answered when they are durable and can be read. The same delivery id with the same bytes is the same delivery and gets the same answer; with others it is a conflict. Each key is a source of its own.",
    ...secured(...admitted),
    request: { body: jsonBody(NewBatch) },
    responses: {
      201: json(BatchAnswer, "Kept"),
      200: json(BatchAnswer, "Kept before"),
      ...faults("malformed", "unauthenticated", "forbidden", "conflict", "too_large", "invalid", "too_many"),
    },
  });
  app.post("/v1/readings/batches", needs(...admitted), async (c) => {
    const { here, who } = c.var;
    const { created, answer } = await takeBatch(here, whoId(who), new Uint8Array(await c.req.arrayBuffer()));
    // An answer that says its length is short enough to be left as it is: it is neither streamed nor compressed.
    const said = Buffer.from(JSON.stringify(answer));
    const headers = { "Content-Type": "application/json", "Content-Length": String(said.length) };
    return c.body(said, created ? 201 : 200, headers);
  });
  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/v1/readings/batches/{delivery}",
    summary: "What was kept of one's own delivery",
    ...secured(...admitted),
    request: { params: z.object({ delivery: z.string().max(80) }) },
    responses: { 200: json(BatchAnswer, "The delivery"), ...faults("unauthenticated", "forbidden", "absent") },
  });
  app.get("/v1/readings/batches/:delivery", needs(...admitted), async (c) => {
    const found = await batchStore(c.var.here).find(whoId(c.var.who), c.req.param("delivery"));
    if (!found) throw absent();
    return c.json(answerOf(found), 200);
  });
}

async function register(c: Context<CityEnv>, order: NewMeter): Promise<{ created: boolean; meter: Meter }> {
  const { here } = c.var;
  const now = here.clock.now();
  await demandAccount(c, order.accountId);
  return meterStore(here).create({
    ...order,
    id: order.id ?? newId("mtr", now),
    registerUnit: order.registerUnit ?? (order.kind === "electricity" ? "kWh" : "m3"),
    registeredAt: now.toISOString(),
  });
}

async function tie(c: Context<CityEnv>, id: string, accountId: string | undefined, from?: string): Promise<Meter> {
  await demandAccount(c, accountId);
  return meterStore(c.var.here).tie(id, accountId, from);
}

/** @throws {Fault} invalid: there is no such account */
async function demandAccount(c: Context<CityEnv>, accountId: string | undefined): Promise<void> {
  if (accountId === undefined) return;
  try {
    if (await c.var.here.ask(AccountById, { accountId })) return;
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== "absent") throw error;
  }
  throw invalid("#/accountId", "There is no account with this id.");
}

const may = (who: Who, roles: readonly string[]): boolean =>
  who.kind === "person" && who.roles.some((role) => roles.includes(role));

function pages(app: CityApp): void {
  const shown = (c: Context<CityEnv>): Shown => ({
    here: c.var.here,
    lang: c.var.lang,
    csrf: c.var.csrf,
    t: meterTexts.in(c.var.lang),
  });
  const consoleCrumbs = (s: Shown): [string, string][] => [
    [s.t("console"), s.here.url("/staff")],
    [s.t("meters"), s.here.url("/staff/meters")],
  ];

  app.get("/meters", needs(...READERS), async (c) => {
    const s = shown(c);
    const meters = await metersOf(c.var.here, c.var.who);
    return page(c, { title: s.t("myMeters"), lead: s.t("myMetersLead") }, <MyMetersPage s={s} meters={meters} />);
  });

  app.get("/meters/:id", needs(...READERS), (c) => meterPage(c));

  /** @param wrong  the number of an account that nobody has */
  const meterPage = async (c: Context<CityEnv>, wrong?: string) => {
    const { here, who } = c.var;
    const s = shown(c);
    const meter = await visibleMeter(here, who, c.req.param("id") ?? "");
    const last = await meterStore(here).lastReadAtS(meter.id);
    const zone = here.city.timeZone;
    const asked = Month.safeParse(c.req.query("month"));
    const month = asked.success
      ? asked.data
      : monthOf(last === undefined ? here.clock.now() : new Date(last * 1000 - 1000), zone);
    const inMonth = monthRange(month, zone);
    const year = month.slice(0, 4);
    const sinceS = visibleFromS(meter, who);
    const [days, months] = await Promise.all([
      readingsOf(here, meter, inMonth.from, inMonth.to, "day", sinceS),
      readingsOf(here, meter, monthRange(`${year}-01`, zone).from, monthRange(`${year}-12`, zone).to, "month", sinceS),
    ]);
    const title = s.t("meter", { serial: meter.serial });
    const crumbs: [string, string][] = isStaff(who) ? consoleCrumbs(s) : [[s.t("myMeters"), here.url("/meters")]];
    return page(
      c,
      { title, lead: monthName(month, c.var.lang), crumbs, status: wrong === undefined ? 200 : 422 },
      <MeterPage
        s={s}
        meter={meter}
        month={month}
        days={days.readings}
        months={months.readings}
        hasReadings={last !== undefined}
        tying={
          may(who, KEEPERS)
            ? {
                account: (await accountsBy(here, [meter.accountId])).get(meter.accountId ?? ""),
                ...(wrong === undefined ? {} : { typed: wrong, error: s.t("accountWrong") }),
              }
            : undefined
        }
      />,
    );
  };

  const staffPage = async (
    c: Context<CityEnv>,
    status: number,
    more: { registering?: object; uploading?: object } = {},
  ) => {
    const s = shown(c);
    const store = meterStore(c.var.here);
    const { meters, next } = await store.list(parsed(paged(), { cursor: c.req.query("cursor") }, "query"));
    const deliveries = await store.latestDeliveries(10);
    const mappings = (await mappingStore(c.var.here).list()).map(({ name }) => name);
    const mayChange = may(c.var.who, KEEPERS);
    return page(
      c,
      { title: s.t("meters"), lead: s.t("metersLead"), crumbs: [consoleCrumbs(s)[0]!], wide: true, status },
      <StaffMetersPage
        s={s}
        meters={meters}
        accounts={
          await accountsBy(
            c.var.here,
            meters.map(({ accountId }) => accountId),
          )
        }
        next={next}
        deliveries={deliveries}
        mappings={mappings}
        mayChange={mayChange}
        {...more}
      />,
    );
  };
  /** A form whose mistakes are the visitor's comes back with its values. */
  const again = async (c: Context<CityEnv>, error: unknown, which: "registering" | "uploading") => {
    if (!(error instanceof Fault) || !["invalid", "conflict", "too_large"].includes(error.kind)) throw error;
    const body = await c.req.parseBody();
    const values = Object.fromEntries(
      Object.entries(body).filter((field): field is [string, string] => typeof field[1] === "string"),
    );
    const errors = error.members.errors ?? [{ pointer: "", detail: error.message }];
    return staffPage(c, error.kind === "conflict" ? 409 : 422, { [which]: { values, errors } });
  };

  app.get("/staff/meters", needs(...KEEPERS, "treasurer"), (c) => staffPage(c, 200));

  app.post("/staff/meters", needs(...KEEPERS), async (c) => {
    try {
      const { account, ...rest } = await form(c, z.looseObject({ account: AccountNumber }));
      const accountId = account === undefined ? undefined : await accountIdOf(c.var.here, account);
      if (account !== undefined && !accountId) throw invalid("#/account", "There is no account with this number.");
      const { meter } = await register(c, parsed(NewMeter, { ...rest, ...(accountId ? { accountId } : {}) }, "json"));
      return c.redirect(c.var.here.url(`/meters/${meter.id}`), 303);
    } catch (error) {
      return again(c, error, "registering");
    }
  });

  app.post("/staff/meters/:id/account", needs(...KEEPERS), async (c) => {
    const { account } = await form(c, z.strictObject({ account: AccountNumber }));
    const accountId = account === undefined ? undefined : await accountIdOf(c.var.here, account);
    if (account !== undefined && !accountId) return meterPage(c, account);
    const meter = await tie(c, c.req.param("id"), accountId);
    return c.redirect(c.var.here.url(`/meters/${meter.id}`), 303);
  });

  // A checked file waits for an hour: the preview has an address, and its form need not carry the file again.
  app.post("/staff/meters/uploads", needs(...KEEPERS), async (c) => {
    const { here } = c.var;
    try {
      const { file: sent, name, fields } = await fileOf(c);
      const { newKind, ...rest } = fields;
      const options = parsed(Reading, { ...rest, ...(newKind ? { kind: newKind } : {}) }, "form");
      const file = { by: whoId(c.var.who), name, bytes: sent.length };
      const looked = await reported(here, file, () => look(here, sent, options), lookedAt);
      await meterStore(here).stage(looked.deliveryId, sent);
      return c.redirect(here.url(`/staff/meters/uploads/${looked.deliveryId}?${query(options)}`), 303);
    } catch (error) {
      return again(c, error, "uploading");
    }
  });

  app.get("/staff/meters/uploads/:id", needs(...KEEPERS), async (c) => {
    const s = shown(c);
    const id = deliveryId(c);
    const { lang: _, ...asked } = c.req.query();
    const options = parsed(Reading, asked, "query");
    const preview = previewOf(await look(c.var.here, await meterStore(c.var.here).staged(id), options));
    const hidden = Object.fromEntries(new URLSearchParams(query(options)));
    return page(
      c,
      { title: s.t("preview"), lead: s.t("previewLead"), crumbs: consoleCrumbs(s), wide: true },
      <PreviewPage s={s} preview={preview} action={c.var.here.url(`/staff/meters/uploads/${id}`)} hidden={hidden} />,
    );
  });

  app.post("/staff/meters/uploads/:id", needs(...KEEPERS), async (c) => {
    const { here } = c.var;
    const store = meterStore(here);
    const id = deliveryId(c);
    // Sent twice by an impatient hand: the file is gone from the shelf, and its delivery stands.
    if (await store.findDelivery(id)) return c.redirect(here.url(`/staff/meters/deliveries/${id}?kept=true`), 303);
    const [staged, options, by] = [await store.staged(id), await form(c, Reading), whoId(c.var.who)];
    const file = { by, bytes: staged.length };
    const { delivery } = await reported(here, file, () => takeIn(here, staged, options, by), kept);
    await store.unstage(id);
    return c.redirect(here.url(`/staff/meters/deliveries/${delivery.id}?kept=true`), 303);
  });

  app.get("/staff/meters/deliveries/:id", needs(...KEEPERS, "treasurer"), async (c) => {
    const s = shown(c);
    const delivery = await meterStore(c.var.here).findDelivery(deliveryId(c));
    if (!delivery) throw absent();
    return page(
      c,
      { title: s.t("delivery"), crumbs: consoleCrumbs(s), wide: true },
      <DeliveryPage s={s} delivery={delivery} isNew={c.req.query("kept") === "true"} />,
    );
  });

  const deliveryId = (c: Context<CityEnv>): string => {
    const id = DeliveryId.safeParse(c.req.param("id"));
    if (!id.success) throw absent();
    return id.data;
  };
}

const query = (options: Reading): string =>
  new URLSearchParams(
    Object.entries(options)
      .filter(([name, value]) => value !== undefined && name !== "preview")
      .map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
