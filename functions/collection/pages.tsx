import { z } from "@hono/zod-openapi";
import { stringify } from "csv-stringify/sync";
import type { Context } from "hono";
import { minorOf } from "../../shared/amounts.ts";
import { Fault } from "../../shared/errors.ts";
import { csvAnswer, fieldMistakes, form, parsed } from "../../shared/http.ts";
import { decimalOf, formatMoney } from "../../shared/money.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { AccountById } from "../accounts/events.ts";
import { BillById, kindName } from "../billing/events.ts";
import { CsvQuery, KEEPERS, READERS } from "./api.ts";
import { askCampaign, startCampaign, stopCampaign } from "./campaigns.ts";
import { csvOf, dashboard } from "./dashboard.ts";
import { setRule } from "./rule.ts";
import { type Campaign, CHANNELS, NewCampaign, type Reminded, Rule, STAGES } from "./schema.ts";
import { collectionStore } from "./store.ts";
import { collectionTexts } from "./texts.ts";
import {
  CampaignPage,
  CampaignsPage,
  DashboardPage,
  type Letter,
  LettersPage,
  type Mistake,
  RulePage,
  type Shown,
  titleOf,
} from "./views.tsx";

const LETTERS_A_PAGE = 100;
const CAMPAIGNS_A_PAGE = 25;
const CSV_PAGE = 500;

const shown = (c: Context<CityEnv>): Shown => {
  const { here, lang, csrf, who } = c.var;
  const mayAct = who.kind === "person" && who.roles.some((role) => KEEPERS.some((keeper) => keeper === role));
  return { here, lang, csrf, t: collectionTexts.in(lang), mayAct };
};
const crumbs = ({ t, here }: Shown, ...more: [string, string][]): [string, string][] => [
  [t("staff"), here.url("/staff")],
  ...more,
];
const here = (s: Shown): [string, string] => [s.t("title"), s.here.url("/staff/collection")];
const toCampaigns = (s: Shown): [string, string] => [s.t("campaigns"), s.here.url("/staff/collection/campaigns")];

const FormFields = z.record(z.string().max(40), z.string().max(40));

/** One field, or several of one name, as a list. */
const listed = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : value ? [String(value)] : []);

/** The form's fields as the rule has them; what is no number is left for the rule to refuse. @throws {Fault} invalid */
function ruleOf(fields: Record<string, unknown>, currency: string): unknown {
  const number = (name: string) => {
    const text = String(fields[name] ?? "").trim();
    return /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined;
  };
  const text = (name: string) => String(fields[name] ?? "").trim();
  const amount = (name: string) => minorOf(text(name), currency, name);
  return {
    afterDays: Object.fromEntries(STAGES.map((stage) => [stage, number(`${stage}Days`)])),
    leastMinor: amount("least"),
    cap: { messages: number("capMessages"), days: number("capDays") },
    quiet: { from: text("quietFrom"), to: text("quietTo") },
    costMinor: Object.fromEntries(CHANNELS.map((channel) => [channel, amount(`${channel}Cost`)])),
  };
}
/** A mistake's place in the rule, as the form names it. */
function fieldOf(pointer: string): string {
  const [first = "", second = ""] = pointer.replace(/^#\//, "").split("/");
  if (first === "afterDays") return `${second || STAGES[0]}Days`;
  if (first === "cap") return second === "days" ? "capDays" : "capMessages";
  if (first === "quiet") return second === "to" ? "quietTo" : "quietFrom";
  if (first === "costMinor") return `${second}Cost`;
  return first === "leastMinor" ? "least" : first;
}

/** A letter for a bill that is still due; none where it was paid meanwhile, or nobody is there any more. */
async function letterOf(s: Shown, campaign: Campaign, { billId, accountId, channel }: Reminded) {
  if (channel !== "letter" || accountId === undefined) return undefined;
  try {
    const [bill, account] = await Promise.all([
      s.here.ask(BillById, { billId }),
      s.here.ask(AccountById, { accountId }),
    ]);
    if (bill.dueMinor <= 0) return undefined;
    const lang = account.lang ?? s.here.city.languages[0] ?? "en";
    const text = collectionTexts.in(lang)(`${campaign.stage}Message`, {
      city: s.here.city.name,
      reference: bill.reference,
      service: kindName(bill.kind, lang),
      sum: formatMoney(bill.dueMinor, bill.currency, lang),
      url: `${s.here.settings.HANSA_ORIGIN ?? ""}${s.here.url("/pay")}`,
    });
    return { name: account.name, address: account.address ?? "", number: account.number, text, lang } satisfies Letter;
  } catch (error) {
    if (error instanceof Fault && error.kind === "absent") return undefined;
    throw error;
  }
}

export function collectionPages(app: CityApp): void {
  app.get("/staff/collection", needs(...READERS), async (c) => {
    const s = shown(c);
    const found = await dashboard(s.here, s.here.city.currency);
    return page(
      c,
      { title: s.t("title"), lead: s.t("lead"), crumbs: crumbs(s), wide: true },
      <DashboardPage {...{ s }} {...found} />,
    );
  });
  app.get("/staff/collection/csv", needs(...READERS), async (c) => {
    const { table, currency } = parsed(CsvQuery, c.req.query(), "query");
    const { here, lang } = c.var;
    return csvAnswer(c, `collection-${table}`, await csvOf(here, table, currency ?? here.city.currency, lang));
  });

  const campaigns = async (c: Context<CityEnv>, given: Record<string, string> = {}, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const cursor = c.req.method === "GET" ? c.req.query("cursor") : undefined;
    const found = await collectionStore(s.here).campaigns({ limit: CAMPAIGNS_A_PAGE, cursor });
    return page(
      c,
      {
        title: s.t("campaigns"),
        lead: s.t("campaignsLead"),
        crumbs: crumbs(s, here(s)),
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <CampaignsPage {...{ s, given, mistakes }} campaigns={found.campaigns} next={found.next} />,
    );
  };
  app.get("/staff/collection/campaigns", needs(...READERS), (c) => campaigns(c));
  app.post("/staff/collection/campaigns", needs(...KEEPERS), async (c) => {
    const fields = await c.req.parseBody({ all: true });
    const channels = listed(fields["channels"]);
    try {
      const asked = parsed(NewCampaign, { stage: fields["stage"], channels });
      const { campaign } = await askCampaign(c.var.here, asked, whoId(c.var.who));
      return c.redirect(c.var.here.url(`/staff/collection/campaigns/${campaign.id}`), 303);
    } catch (error) {
      return campaigns(c, { stage: String(fields["stage"] ?? ""), channels: channels.join() }, fieldMistakes(error));
    }
  });
  app.get("/staff/collection/campaigns/:id", needs(...READERS), async (c) => {
    const s = shown(c);
    const campaign = await collectionStore(s.here).campaign(c.req.param("id"));
    return page(
      c,
      { title: titleOf(campaign, s), crumbs: crumbs(s, here(s), toCampaigns(s)) },
      <CampaignPage {...{ s, campaign }} now={s.here.clock.now()} />,
    );
  });
  const act = (does: typeof startCampaign) => async (c: Context<CityEnv>) => {
    const { id } = await does(c.var.here, c.req.param("id") ?? "", whoId(c.var.who));
    return c.redirect(c.var.here.url(`/staff/collection/campaigns/${id}`), 303);
  };
  app.post("/staff/collection/campaigns/:id/start", needs(...KEEPERS), act(startCampaign));
  app.post("/staff/collection/campaigns/:id/stop", needs(...KEEPERS), act(stopCampaign));
  app.get("/staff/collection/campaigns/:id/letters", needs(...READERS), async (c) => {
    const s = shown(c);
    const store = collectionStore(s.here);
    const campaign = await store.campaign(c.req.param("id"));
    const found = await store.remindedOf(campaign.id, { limit: LETTERS_A_PAGE, cursor: c.req.query("cursor") });
    const letters = (await Promise.all(found.bills.map((one) => letterOf(s, campaign, one)))).filter(
      (letter) => letter !== undefined,
    );
    const at = `/staff/collection/campaigns/${campaign.id}`;
    const next = found.next && s.here.url(`${at}/letters?cursor=${encodeURIComponent(found.next)}`);
    return page(
      c,
      {
        title: s.t("letters"),
        lead: s.t("lettersLead"),
        crumbs: crumbs(s, here(s), toCampaigns(s), [titleOf(campaign, s), s.here.url(at)]),
      },
      <LettersPage {...{ s, letters, next }} />,
    );
  });
  app.get("/staff/collection/campaigns/:id/bills.csv", needs(...READERS), async (c) => {
    const store = collectionStore(c.var.here);
    const { id } = await store.campaign(c.req.param("id"));
    const rows: string[][] = [["bill", "reference", "account", "outcome", "channel", "due", "currency", "at"]];
    let cursor: string | undefined;
    do {
      const found = await store.remindedOf(id, { limit: CSV_PAGE, cursor });
      for (const one of found.bills)
        rows.push([
          ...[one.billId, one.reference, one.accountId ?? "", one.outcome, one.channel ?? ""],
          ...[decimalOf(one.dueMinor, one.currency), one.currency, one.at],
        ]);
      cursor = found.next;
    } while (cursor !== undefined);
    return csvAnswer(
      c,
      `campaign-${id.slice(-8)}`,
      stringify(rows, { escape_formulas: true, record_delimiter: "\r\n" }),
    );
  });

  const rule = async (c: Context<CityEnv>, given: Record<string, string> = {}, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const found = await collectionStore(s.here).rule();
    return page(
      c,
      {
        title: s.t("ruleTitle"),
        lead: s.t("ruleLead"),
        crumbs: crumbs(s, here(s)),
        status: mistakes.length > 0 ? 422 : 200,
      },
      <RulePage {...{ s, given, mistakes }} {...found} isKept={c.req.query("kept") === "yes"} />,
    );
  };
  app.get("/staff/collection/rule", needs(...READERS), (c) => rule(c));
  app.post("/staff/collection/rule", needs(...KEEPERS), async (c) => {
    const fields = await form(c, FormFields);
    try {
      await setRule(c.var.here, parsed(Rule, ruleOf(fields, c.var.city.currency)), whoId(c.var.who));
      return c.redirect(c.var.here.url("/staff/collection/rule?kept=yes"), 303);
    } catch (error) {
      if (!(error instanceof Fault) || error.kind !== "invalid") throw error;
      const mistakes = (error.members.errors ?? []).map(({ pointer, detail }) => ({ field: fieldOf(pointer), detail }));
      return rule(c, fields, mistakes.length > 0 ? mistakes : fieldMistakes(error));
    }
  });
}
