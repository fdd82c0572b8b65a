import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { Fault } from "../../../shared/errors.ts";
import { faults, json, jsonBody } from "../../../shared/http.ts";
import { page } from "../../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, secured } from "../../../shared/room.ts";
import { open } from "../asking.ts";
import { WRITE } from "../schema.ts";
import { commonOf } from "../showing.ts";
import { catalogue } from "../store.ts";
import { addressOf, type MapAsked, readAsked, readPosition } from "./asked.ts";
import { Base, getBase, Role, setBase } from "./base.ts";
import { BasePage } from "./base-page.tsx";
import { featureAt, lyingThere } from "./identify.ts";
import { type Plan, pictured, planned } from "./layers.ts";
import { Live } from "./live.tsx";
import { measured } from "./measure.ts";
import { offlineCopy } from "./offline.tsx";
import type { Common } from "./page-parts.tsx";
import { MapPicture } from "./picture.tsx";
import { mapTexts } from "./texts.ts";
import { ANSWER } from "./tools.tsx";
import { fitted, HEIGHT, lyingAt, WIDTH } from "./view.ts";
import { descOf, MapPage } from "./views.tsx";

type C = Context<CityEnv>;
const publishers = ["agent", "data_officer", "administrator"] as const;
const writers = [...publishers, `scope:${WRITE}`] as const;

const readBase = createRoute({
  method: "get",
  path: "/v1/map/base",
  summary: "Which datasets lie below all layers of the map, and as what",
  middleware: needs("public"),
  ...secured("public"),
  responses: { 200: json(Base, "Roles by the datasets' ids") },
});
const writeBase = createRoute({
  method: "put",
  path: "/v1/map/base",
  summary: "Say which datasets lie below all layers of the map",
  middleware: needs(...writers),
  ...secured(...writers),
  request: { body: jsonBody(Base) },
  responses: { 200: json(Base, "As it is now"), ...faults("unauthenticated", "forbidden", "invalid") },
});

/** The geo-portal: layers of the city on one map. */
export function mapPages(app: CityApp): void {
  app.get("/map", needs("public"), async (c) => {
    const query = c.req.query();
    const chosen = await chosenIn(c, query);
    if (chosen.goTo !== undefined) return c.redirect(c.var.here.url(`/map${chosen.goTo}`), 303);
    const { plan, errors, written } = chosen;
    const { asked } = plan;
    const enough = asked.points.length >= (asked.shape === "line" ? 2 : 3);
    const common = mapCommonOf(c);
    const props = {
      ...common,
      errors,
      written,
      picture: await pictured(c.var.here, plan),
      found: asked.point && (await lyingThere(c.var.here, plan, asked.point)),
      measure: enough ? measured(asked.points, asked.shape) : undefined,
    };
    return page(
      c,
      {
        title: common.t("title"),
        lead: common.t("lead"),
        crumbs: [[common.t("data"), c.var.here.url("/data")]],
        wide: true,
        status: errors.length > 0 ? 400 : 200,
      },
      <>
        {asked.isLive && <Live {...props} />}
        <MapPage {...props} />
      </>,
    );
  });

  app.get("/map/picture.svg", needs("public"), async (c) => {
    const plan = await planned(c.var.here, readAsked(c.req.query()));
    const picture = await pictured(c.var.here, plan);
    const { t, lang } = mapCommonOf(c);
    const svg = <MapPicture picture={picture} title={t("title")} desc={descOf({ t, picture })} lang={lang} isFile />;
    open(c);
    return c.body(String(svg), 200, {
      "Content-Type": "image/svg+xml; charset=utf-8",
      "Cache-Control": "public, max-age=60",
    });
  });

  app.get("/map/offline.html", needs("public"), async (c) => {
    const plan = await planned(c.var.here, readAsked(c.req.query()));
    const file = await offlineCopy(mapCommonOf(c), c.var.here, plan);
    return c.body(file, 200, {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Disposition": `attachment; filename="${c.var.city.slug}-map.html"`,
    });
  });

  app.get("/map/measure.json", needs("public"), (c) => {
    const { points, shape } = readAsked(c.req.query());
    open(c);
    return c.json(measured(points, shape));
  });

  app.openapi(readBase, async (c) => {
    open(c);
    return c.json(await getBase(c.var.here), 200);
  });
  app.openapi(writeBase, async (c) => {
    const base = c.req.valid("json");
    await keepBase(c, base);
    return c.json(base, 200);
  });

  app.get("/staff/map", needs(...publishers), async (c) => {
    const common = mapCommonOf(c);
    const datasets = (await catalogue(c.var.here)).filter(({ latest }) => latest.bbox);
    const { roles } = await getBase(c.var.here);
    return page(
      c,
      {
        title: common.t("baseTitle"),
        lead: common.t("baseLead"),
        crumbs: [[common.t("staff"), c.var.here.url("/staff")]],
      },
      <BasePage {...common} datasets={datasets} roles={roles} isSaved={c.req.query("saved") === "1"} />,
    );
  });
  app.post("/staff/map", needs(...publishers), async (c) => {
    const fields = Object.entries(await c.req.parseBody()).filter(([name, value]) => name !== "csrf" && value !== "");
    const roles = Object.fromEntries(
      fields.map(([id, value]) => {
        const role = Role.safeParse(value);
        if (!role.success) throw new Fault("malformed", `${String(value).slice(0, 40)} is no role on a map.`);
        return [id, role.data];
      }),
    );
    await keepBase(c, { roles });
    return c.redirect(c.var.here.url("/staff/map?saved=1"), 303);
  });
}

const mapCommonOf = (c: C): Common => ({
  ...commonOf(c),
  t: mapTexts.in(c.var.lang),
  now: c.var.here.clock.now(),
});

/** @throws {Fault} invalid: a dataset that is not there, or has no places */
async function keepBase(c: C, base: Base): Promise<void> {
  const placed = (await catalogue(c.var.here)).filter(({ latest }) => latest.bbox).map(({ id }) => id);
  const unknown = Object.keys(base.roles).filter((id) => !placed.includes(id));
  if (unknown.length > 0)
    throw new Fault("invalid", "Some of these datasets cannot lie on a map.", {
      errors: unknown.map((id) => ({ pointer: `#/roles/${id}`, detail: "There is no such dataset with places." })),
    });
  await setBase(c.var.here, base);
}

interface Chosen {
  plan: Plan;
  errors: { field: string; detail: string }[];
  written: Record<string, string>;
  /** What was pressed or written has an address of its own. */
  goTo?: string;
}

/** What people write into fields; when it is wrong, the page says so beside the field. */
const WRITTEN = /^(?:points|what|where\..+)$/;

async function chosenIn(c: C, query: Record<string, string>): Promise<Chosen> {
  const written = Object.fromEntries(Object.entries(query).filter(([name]) => WRITTEN.test(name)));
  const rest = Object.fromEntries(Object.entries(query).filter(([name]) => !WRITTEN.test(name)));
  let plan = await planned(c.var.here, readAsked(rest));
  let right = rest;
  const errors: Chosen["errors"] = [];
  for (const [field, value] of Object.entries(written)) {
    try {
      const more = { ...right, [field]: value };
      if (field !== "what") plan = await planned(c.var.here, readAsked(more));
      else if (value.trim() !== "")
        return { plan, errors, written, goTo: `${await whereIs(c, plan, value.trim())}#${ANSWER}` };
      right = more;
    } catch (error) {
      if (!(error instanceof Fault) || error.kind !== "malformed") throw error;
      errors.push({ field, detail: error.message });
    }
  }
  const pressed = pressedIn(query, plan);
  return {
    plan,
    errors,
    written: errors.length > 0 ? written : {},
    ...(pressed && { goTo: addressIn(plan, pressed) + (pressed.point ? `#${ANSWER}` : "") }),
  };
}

const addressIn = ({ asked, layers, view }: Plan, change: Partial<MapAsked>): string =>
  addressOf({ ...asked, layers: layers.map((layer) => layer.asked), at: view, ...change });

/** Where a clickable drawing was pressed. By keyboard it is pressed at its first corner: then its middle is meant. */
function pressedIn(query: Record<string, string>, { asked, view }: Plan): Partial<MapAsked> | undefined {
  const [x, y] = [query["click.x"], query["click.y"]].map(Number) as [number, number];
  if (!(x >= 0 && x <= WIDTH && y >= 0 && y <= HEIGHT)) return undefined;
  const at = x === 0 && y === 0 ? lyingAt(view, WIDTH / 2, HEIGHT / 2) : lyingAt(view, x, y);
  return asked.tool === "measure" ? { points: [...asked.points, at] } : { point: at };
}

/** The map at a point, or at a feature as `layer/number`. @throws {Fault} malformed: it is neither */
async function whereIs(c: C, plan: Plan, what: string): Promise<string> {
  const [, slug, id] = /^([a-z0-9-]{1,80})\/([1-9]\d{0,8})$/.exec(what) ?? [];
  if (slug === undefined) return addressIn(plan, { point: readPosition(what) });
  const found = await featureAt(c.var.here, slug, Number(id));
  if (!found) throw new Fault("malformed", mapTexts.in(c.var.lang)("noFeature"));
  const layers = plan.layers.map((layer) => layer.asked);
  const { centre, zoom } = fitted(found.bbox);
  return addressIn(plan, {
    layers: layers.some((layer) => layer.slug === slug) ? layers : [{ slug }, ...layers],
    point: found.point,
    at: { centre, zoom: Math.max(0, zoom - 1) },
  });
}
