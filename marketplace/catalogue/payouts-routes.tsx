import { z } from "zod";
import type { House } from "../../shared/compose.ts";
import { parsed } from "../../shared/http.ts";
import { limit } from "../../shared/identity/limits.ts";
import { page } from "../../shared/page.tsx";
import { type HouseApp, needs } from "../../shared/room.ts";
import { sentEnvelope } from "../refusals.ts";
import { demandTicket, partyAsking, payoutsUrl, statementsOf } from "./payouts.ts";
import { payoutTexts } from "./payouts-texts.ts";
import { PayoutsPage } from "./payouts-views.tsx";
import { keepPledge } from "./pledges.ts";
import { catalogueTexts } from "./texts.ts";

const ASKED = { max: 300, windowS: 3_600 };

/** Signatures speak here too: who is paid, and who pays in the place of cities. */
export function payoutRoutes(app: HouseApp, house: House): void {
  const open = needs("public");

  app.post("/marketplace/v1/parties/:name/payouts", open, async (c) => {
    const { name } = await partyAsking(house, c.req.param("name"), await sentEnvelope(c));
    await limit(house.market, house.now(), `payouts#${name}`, ASKED.max, ASKED.windowS);
    c.header("Cache-Control", "no-store");
    return c.json({ statements: await statementsOf(house, name), url: await payoutsUrl(house, name) });
  });

  app.post("/marketplace/v1/pledges", open, async (c) => {
    const { created, pledge } = await keepPledge(house, await sentEnvelope(c));
    return c.json(pledge, created ? 201 : 200);
  });

  app.get("/marketplace/parties/:name/payouts", open, async (c) => {
    const { lang } = c.var;
    const name = c.req.param("name");
    const Asked = z.object({ until: z.string().max(20).default(""), ticket: z.string().max(100).default("") });
    const { until, ticket } = parsed(Asked, c.req.query(), "query");
    await demandTicket(house, name, until, ticket);
    c.header("Cache-Control", "no-store");
    const t = payoutTexts.in(lang);
    return page(
      c,
      {
        ...{ title: t("title", { party: name }), lead: t("lead"), wide: true },
        crumbs: [
          [catalogueTexts.in(lang)("title"), "/marketplace"],
          [name, `/marketplace/parties/${name}`],
        ],
      },
      <PayoutsPage {...{ lang }} statements={await statementsOf(house, name)} />,
    );
  });
}
