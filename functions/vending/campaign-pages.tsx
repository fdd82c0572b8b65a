import { stringify } from "csv-stringify/sync";
import type { Context } from "hono";
import { form, parsed } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { READERS, RULERS } from "./api.ts";
import { CampaignPage, CampaignsPage } from "./campaign-views.tsx";
import { campaignMeters, startedCampaign, stoppedCampaign } from "./campaigns.ts";
import { grouped } from "./domain.ts";
import { NewCampaign } from "./schema.ts";
import { CAMPAIGNS_MAX } from "./staff-api.ts";
import { crumbs, Fields, hub, mistakesOf, shown, whole } from "./staff-forms.ts";
import { vendingStore } from "./store.ts";
import type { Mistake } from "./views.tsx";

const METERS_A_PAGE = 50;
const CSV_PAGE = 200;

/** Pages of the changes of keys: what is under way, how far each meter is, and a list to go and enter tokens by. */
export function campaignPages(app: CityApp): void {
  const campaignsPage = async (c: Context<CityEnv>, given: Fields = {}, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const campaigns = await vendingStore(s.here).campaigns(CAMPAIGNS_MAX);
    return page(
      c,
      {
        title: s.st("campaigns"),
        lead: s.st("campaignsLead"),
        crumbs: crumbs(s, hub(s)),
        status: mistakes.length > 0 ? 422 : 200,
      },
      <CampaignsPage {...{ s, campaigns, given, mistakes }} />,
    );
  };
  app.get("/staff/prepaid/campaigns", needs(...READERS), (c) => campaignsPage(c));
  app.post("/staff/prepaid/campaigns", needs(...RULERS), async (c) => {
    const fields = await form(c, Fields);
    try {
      const { keyRevision, baseYear, supplyGroup } = fields;
      const asked = {
        to: { keyRevision: whole(keyRevision), baseYear: whole(baseYear) },
        ...(supplyGroup ? { supplyGroup } : {}),
      };
      const { campaign } = await startedCampaign(c.var.here, parsed(NewCampaign, asked), whoId(c.var.who));
      return c.redirect(c.var.here.url(`/staff/prepaid/campaigns/${campaign.id}`), 303);
    } catch (error) {
      return campaignsPage(c, fields, mistakesOf(error));
    }
  });
  app.get("/staff/prepaid/campaigns/:id", needs(...READERS), async (c) => {
    const s = shown(c);
    const { is: campaign } = await vendingStore(s.here).campaign(c.req.param("id"));
    const found = await campaignMeters(s.here, campaign.id, { limit: METERS_A_PAGE, cursor: c.req.query("cursor") });
    return page(
      c,
      {
        title: `${s.st("keyRevision")} ${campaign.to.keyRevision}, ${s.st("baseYear")} ${campaign.to.baseYear}`,
        crumbs: crumbs(s, hub(s), [s.st("campaigns"), s.here.url("/staff/prepaid/campaigns")]),
      },
      <CampaignPage {...{ s, campaign }} {...found} />,
    );
  });
  app.post("/staff/prepaid/campaigns/:id/stop", needs(...RULERS), async (c) => {
    const { id } = await stoppedCampaign(c.var.here, c.req.param("id"));
    return c.redirect(c.var.here.url(`/staff/prepaid/campaigns/${id}`), 303);
  });
  app.get("/staff/prepaid/campaigns/:id/meters.csv", needs(...READERS), async (c) => {
    const { here } = c.var;
    const { is: campaign } = await vendingStore(here).campaign(c.req.param("id"));
    const rows: string[][] = [["number", "state", "first_half", "second_half"]];
    let cursor: string | undefined;
    do {
      const { meters, next } = await campaignMeters(here, campaign.id, { limit: CSV_PAGE, cursor });
      for (const { number, keyChange, digits } of meters) rows.push([number, keyChange.state, ...digits.map(grouped)]);
      cursor = next;
    } while (cursor !== undefined);
    return c.body(stringify(rows, { escape_formulas: true, record_delimiter: "\r\n" }), 200, {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": `attachment; filename="${here.city.slug}-keys-${campaign.id.slice(-8)}.csv"`,
    });
  });
}
