import { createRoute, z } from "@hono/zod-openapi";
import { Facts, Field, Form, Notice, Pager, Table, Tag } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import { absent, invalid } from "../../shared/errors.ts";
import { faults, form, json, jsonBody, paged } from "../../shared/http.ts";
import { Id } from "../../shared/ids.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { dayPlus, hourOn } from "../../shared/time.ts";
import { ModuleName } from "../contract/manifest.ts";
import { Delivery, deliveryLog } from "./deliveries.ts";
import { deliveryTexts } from "./delivery-texts.ts";
import { installStore } from "./store.ts";
import { installTexts } from "./texts.ts";
import { action, type Shown } from "./views.tsx";
import { webhookKey } from "./webhook.ts";

const READ = ["administrator", "scope:marketplace.installs:read"] as const;
const WRITE = ["administrator", "scope:marketplace.installs:write"] as const;
const ById = z.object({ id: Id("ins") });
const Range = z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }).meta({ id: "ReplayRange" });
const refused = faults("malformed", "unauthenticated", "forbidden", "absent", "invalid");

const listDeliveries = createRoute({
  method: "get",
  path: "/v1/installs/{id}/deliveries",
  summary: "What was sent to its own service, the latest first, and the key by which that knows this city",
  middleware: needs(...READ),
  ...secured(...READ),
  request: { params: ById, query: paged() },
  responses: {
    200: json(
      z.object({ publicKey: z.string(), deliveries: z.array(Delivery), next: z.string().optional() }),
      "Deliveries",
    ),
    ...refused,
  },
});
const newReplay = createRoute({
  method: "post",
  path: "/v1/installs/{id}/deliveries/replay",
  summary: "Tell its service again of all that happened between two instants; at most a thousand at once",
  middleware: needs(...WRITE),
  ...secured(...WRITE),
  request: { params: ById, body: jsonBody(Range) },
  responses: {
    200: json(
      z.object({
        planned: z.int(),
        /** From when on there is more. */
        next: z.string().optional(),
      }),
      "Planned",
    ),
    ...refused,
  },
});

const Days = z.strictObject({ from: z.iso.date(), to: z.iso.date() });
const SHOWN = 100;
const TONE = { waiting: "info", delivered: "success", parked: "error" } as const;

export function deliveryPages(app: CityApp): void {
  app.openapi(listDeliveries, async (c) => {
    const { here } = c.var;
    const { id } = await installStore(here).get(c.req.valid("param").id);
    const found = await deliveryLog(here).list(id, c.req.valid("query"));
    return c.json({ publicKey: await webhookKey(here, id), ...found }, 200);
  });
  app.openapi(newReplay, async (c) => {
    const { here } = c.var;
    const { id } = await installStore(here).get(c.req.valid("param").id);
    const { from, to } = c.req.valid("json");
    if (from > to) throw invalid("#/to", "It ends before it begins.");
    return c.json(await deliveryLog(here).replay(id, from, to), 200);
  });

  const path = "/staff/modules/:publisher/:name/deliveries";
  app.get(path, needs("administrator", "data_officer"), async (c) => {
    const { here, lang, csrf, who } = c.var;
    const [t, it] = [deliveryTexts.in(lang), installTexts.in(lang)];
    const { install, name } = await named(c);
    const found = await deliveryLog(here).list(install.id, { limit: SHOWN, cursor: c.req.query("cursor") });
    const crumbs = [
      [it("console"), here.url("/staff")],
      [it("title"), here.url("/staff/modules")],
      [name, here.url(`/staff/modules/${name}`)],
    ] as const;
    const mayDecide = who.kind === "person" && who.roles.includes("administrator");
    const done = c.req.query("done");
    return page(
      c,
      { title: t("title"), lead: t("lead"), crumbs, wide: true },
      <>
        {done !== undefined && <Notice kind="success">{t("done", { n: Number(done) || 0 })}</Notice>}
        <Facts items={[[t("key"), <code dir="ltr">{await webhookKey(here, install.id)}</code>]]} />
        <Deliveries shown={{ lang, here, csrf }} {...found} />
        {mayDecide && (
          <>
            <h2>{t("replay")}</h2>
            <p>{t("replayLead")}</p>
            <Form action={action({ lang, here, csrf }, name, "deliveries")} csrf={csrf} submit={t("replay")}>
              <Field label={t("from")} name="from" type="date" required />
              <Field label={t("to")} name="to" type="date" required />
            </Form>
          </>
        )}
      </>,
    );
  });

  app.post(path, needs("administrator"), async (c) => {
    const { here, city } = c.var;
    const { install, name } = await named(c);
    const { from, to } = await form(c, Days);
    if (from > to) throw invalid("#/to", "It ends before it begins.");
    const [begins, ends] = [from, dayPlus(to, 1)].map((day) => hourOn(day, 0, city.timeZone).toISOString());
    const { planned } = await deliveryLog(here).replay(install.id, begins!, ends!);
    return c.redirect(here.url(`/staff/modules/${name}/deliveries?done=${planned}`), 303);
  });
}

async function named(c: { req: { param(name: string): string | undefined }; var: { here: Shown["here"] } }) {
  const name = `${c.req.param("publisher")}/${c.req.param("name")}`;
  const install = ModuleName.safeParse(name).success ? await installStore(c.var.here).find(name) : undefined;
  if (!install) throw absent();
  return { install, name };
}

function Deliveries({ shown, deliveries, next }: { shown: Shown; deliveries: readonly Delivery[]; next?: string }) {
  const t = deliveryTexts.in(shown.lang);
  if (deliveries.length === 0) return <p>{t("none")}</p>;
  return (
    <>
      <Table
        caption={t("list")}
        head={[t("when"), t("event"), t("host"), t("state"), t("tries")]}
        rows={deliveries.map(({ toldAt, eventType, part, host, state, nextAt, tries }) => [
          cityMoment(toldAt, shown),
          <>
            <code dir="ltr">{eventType}</code> {part}
          </>,
          <bdi dir="ltr">{host}</bdi>,
          <>
            <Tag kind={TONE[state]}>{t(state)}</Tag> {nextAt && t("next", { at: cityMoment(nextAt, shown) })}
          </>,
          tries.map(({ at, status, reason, ms }) => (
            <div>
              {cityMoment(at, shown)}: <bdi dir="ltr">{`${status ?? reason ?? ""} (${ms} ms)`}</bdi>
            </div>
          )),
        ])}
      />
      {next && <Pager next={[`?cursor=${encodeURIComponent(next)}`, t("older")]} />}
    </>
  );
}
