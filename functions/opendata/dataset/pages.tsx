import type { Context } from "hono";
import { Fault } from "../../../shared/errors.ts";
import { originOf } from "../../../shared/http.ts";
import { page } from "../../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { asked } from "../asking.ts";
import { wholeFeeds } from "../card/files.ts";
import { otherFormat } from "../dcat/routes.ts";
import { reusesOf } from "../reuses/store.ts";
import { commonOf } from "../showing.ts";
import { catalogue, versions } from "../store.ts";
import { lateUse } from "../use/lately.ts";
import { DatasetPage } from "./dataset-page.tsx";
import { embedPage } from "./embed-page.tsx";
import { chosenBy, typedIn } from "./form.ts";
import { barsOf, fitting, placesOf, rowsOf } from "./shown.ts";
import { queryOf, readState } from "./state.ts";
import { isEmbed } from "./views.tsx";

type C = Context<CityEnv>;
const queryIn = (c: C) => new URL(c.req.url).searchParams;

async function shownAs(c: C, slug: string) {
  const { data, version, dataset } = await asked(c, slug);
  const state = readState(queryIn(c), data.columns);
  const matched = await fitting(data, state);
  return { data, version, dataset, state, matched };
}

/** A dataset for people: its rows as a table, on a map, as a chart; and each of these for a page of somebody else's. */
export function datasetPages(app: CityApp): void {
  app.get("/data/:slug", needs("public"), async (c) => {
    const common = commonOf(c);
    const { here } = c.var;
    const { data, version, dataset, state, matched } = await shownAs(c, c.req.param("slug"));
    const elsewhere = otherFormat(c, dataset.slug);
    if (elsewhere) return elsewhere;
    const path = here.url(`/data/${dataset.slug}`);
    const typed = typedIn(queryIn(c));
    const chosen = typed && chosenBy(state, typed, data.columns);
    // What was chosen in the form has an address of its own.
    if (chosen && "state" in chosen) {
      const query = queryOf(chosen.state);
      readState(new URLSearchParams(query), data.columns);
      return c.redirect(path + query, 303);
    }
    return page(
      c,
      {
        title: dataset.card.title,
        lead: dataset.card.description || undefined,
        crumbs: [[common.t("title"), here.url("/data")]],
        wide: true,
        ...(chosen ? { status: 400 } : {}),
      },
      <DatasetPage
        {...common}
        {...{ dataset, version, state }}
        typed={typed ?? {}}
        wrong={chosen?.wrong ?? []}
        columns={data.columns}
        here={path}
        versions={await versions(here, dataset.id)}
        rows={await rowsOf(data, matched, state)}
        places={await placesOf(data, matched)}
        bars={await barsOf(data, state)}
        use={await lateUse(here, dataset)}
        reuses={await reusesOf(here, dataset.slug)}
        isNew={c.req.query("published") === "1"}
        now={here.clock.now()}
        feeds={wholeFeeds(await catalogue(here))}
        at={originOf(c) + here.url("")}
      />,
    );
  });

  app.get("/data/:slug/embed", needs("public"), async (c) => {
    const show = c.req.query("show") ?? "table";
    if (!isEmbed(show)) throw new Fault("malformed", "show is table, map or chart.");
    const { data, dataset, state, matched } = await shownAs(c, c.req.param("slug"));
    const whole = originOf(c) + c.var.here.url(`/data/${dataset.slug}`);
    // Anybody may show it in a page: it has no form, and looks the same to everyone.
    c.set("isFramed", true);
    return embedPage(c, {
      ...commonOf(c),
      ...{ dataset, state, show, whole },
      columns: data.columns,
      here: `${whole}/embed`,
      rows: await rowsOf(data, matched, state),
      places: show === "map" ? await placesOf(data, matched) : undefined,
      bars: show === "chart" ? await barsOf(data, state) : undefined,
    });
  });
}
