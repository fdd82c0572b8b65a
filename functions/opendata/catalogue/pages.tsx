import { page } from "../../../shared/page.tsx";
import { type CityApp, needs } from "../../../shared/room.ts";
import { numberIn } from "../asking.ts";
import { otherCatalogue } from "../dcat/routes.ts";
import { commonOf } from "../showing.ts";
import { catalogue } from "../store.ts";
import { chosenIn, faceted } from "./facets.ts";
import { CataloguePage } from "./views.tsx";

const A_PAGE = 20;

/** The catalogue for people: what is searched and chosen stands in the address. */
export function cataloguePages(app: CityApp): void {
  app.get("/data", needs("public"), async (c) => {
    const elsewhere = otherCatalogue(c);
    if (elsewhere) return elsewhere;
    const common = commonOf(c);
    const q = (c.req.query("q") ?? "").slice(0, 200);
    const chosen = chosenIn(c.req.query());
    const offset = numberIn(c.req.query("offset"), "offset", 0, Number.MAX_SAFE_INTEGER, 0);
    const all = await catalogue(c.var.here);
    const { datasets, facets } = faceted(all, q, chosen);
    return page(
      c,
      { title: common.t("title"), lead: common.t("lead") },
      <CataloguePage
        {...common}
        {...{ q, chosen, facets, offset }}
        datasets={datasets.slice(offset, offset + A_PAGE)}
        total={datasets.length}
        pageSize={A_PAGE}
        isEmpty={all.length === 0}
      />,
    );
  });
}
