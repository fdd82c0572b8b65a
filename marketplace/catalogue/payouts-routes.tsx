import { z } from "zod";
import { Table, Tag } from "../../shared/components.tsx";
import type { House } from "../../shared/compose.ts";
import { parsed } from "../../shared/http.ts";
import { limit } from "../../shared/identity/limits.ts";
import { formatMoney } from "../../shared/money.ts";
import { page } from "../../shared/page.tsx";
import { type HouseApp, needs } from "../../shared/room.ts";
import type { Lang } from "../../shared/texts.ts";
import type { PayoutStatement } from "../contract/payout-statement.ts";
import { longMonth, shortDay } from "../dates.ts";
import { sentEnvelope } from "../refusals.ts";
import { demandTicket, partyAsking, payoutsUrl, statementsOf } from "./payouts.ts";
import { payoutTexts } from "./payouts-texts.ts";
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

function PayoutsPage({ lang, statements }: { lang: Lang; statements: readonly PayoutStatement[] }) {
  const t = payoutTexts.in(lang);
  if (statements.length === 0) return <p>{t("none")}</p>;
  const state = ({ state: is, paidAt }: PayoutStatement) =>
    is === "paid" && paidAt ? t("paid", { day: shortDay(paidAt, lang) }) : t(is as "drawn");
  return (
    <>
      <Table
        caption={t("amounts")}
        head={[t("month"), t("city"), t("amount"), t("state")]}
        numeric={[2]}
        rows={statements.map((one) => [
          longMonth(one.month, lang),
          one.city.name,
          formatMoney(one.amountMinor, one.currency, lang),
          <Tag kind={one.state === "paid" ? "success" : "info"}>{state(one)}</Tag>,
        ])}
      />
      <Table
        caption={t("lines")}
        head={[t("month"), t("city"), t("module"), t("role"), t("counted"), t("of"), t("share")]}
        numeric={[5, 6]}
        rows={statements.flatMap((one) =>
          one.lines.map((line) => [
            longMonth(one.month, lang),
            one.city.name,
            `${line.module} ${line.version}`,
            line.sponsor && line.role !== "sponsor"
              ? `${t(line.role)} (${t("bySponsor", { sponsor: line.sponsor })})`
              : t(line.role),
            line.what === "once" ? t("once") : `${line.counted} ${t(line.what === "month" ? "month_" : line.what)}`,
            formatMoney(line.netMinor, one.currency, lang),
            formatMoney(line.amountMinor, one.currency, lang),
          ]),
        )}
      />
    </>
  );
}
