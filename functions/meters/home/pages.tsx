import type { Context } from "hono";
import { latinDigits, positiveMinorOf } from "../../../shared/amounts.ts";
import { Fault } from "../../../shared/errors.ts";
import { givenIn, parsed } from "../../../shared/http.ts";
import { page } from "../../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { dayOf, dayPlus, dayRange } from "../../../shared/time.ts";
import { SHOWN_UNIT } from "../../../shared/units.ts";
import { exportOf } from "../exporting/exporting.ts";
import { isStaff, visibleFromS, visibleMeter } from "../reading.ts";
import { ExportFormat, type Meter } from "../schema.ts";
import { meterTexts } from "../texts.ts";
import { monthName } from "../views.tsx";
import { READERS, rulesFor } from "./api.ts";
import { householdFor, setHousehold } from "./household.ts";
import { HomeRules, Household } from "./schema.ts";
import { ownMeter, summaryOf } from "./summary.ts";
import { homeTexts } from "./texts.ts";
import { HomePage, type RuleField, type Shown, type Wrong } from "./views.tsx";
import { setRules } from "./watching.ts";

/** So far back does the file of the own readings go. */
const EXPORTED_DAYS = 366;
const FIELDS: readonly RuleField[] = ["flowHours", "silentDays", "budget"];
type Typed = Partial<Record<RuleField, string>>;

export function homePages(app: CityApp): void {
  const show = async (c: Context<CityEnv>, meter: Meter, more: { typed?: Typed; mistakes?: Wrong[] } = {}) => {
    const { here, who, lang, csrf } = c.var;
    const s: Shown = { here, lang, csrf, t: homeTexts.in(lang) };
    const [rules, household] = await Promise.all([rulesFor(here, who, meter), householdFor(here, who, meter)]);
    const summary = await summaryOf(here, meter, rules ?? {}, household?.people);
    const { mistakes = [] } = more;
    const tm = meterTexts.in(lang);
    const list: [string, string] = isStaff(who)
      ? [tm("meters"), here.url("/staff/meters")]
      : [tm("myMeters"), here.url("/meters")];
    return page(
      c,
      {
        title: s.t("title", { serial: meter.serial }),
        crumbs: [list],
        status: mistakes.length > 0 ? 422 : 200,
      },
      <HomePage
        {...{ s, meter, summary, mistakes }}
        unit={SHOWN_UNIT[meter.kind][lang]}
        monthName={(month) => monthName(month, lang)}
        rules={rules}
        household={household}
        typed={more.typed}
        isSaved={c.req.query("saved") === "yes"}
      />,
    );
  };

  app.get("/meters/:id/home", needs(...READERS), async (c) =>
    show(c, await visibleMeter(c.var.here, c.var.who, c.req.param("id"))),
  );

  app.post("/meters/:id/home", needs("resident"), async (c) => {
    const { here, who } = c.var;
    const meter = await ownMeter(here, who, c.req.param("id"));
    const given = await givenIn(c);
    const typed: Typed = Object.fromEntries(FIELDS.map((name) => [name, given[name]?.trim() ?? ""]));
    const { rules, mistakes } = rulesOf(typed, here.city.currency);
    if (mistakes.length > 0) return show(c, meter, { typed, mistakes });
    await setRules(here, meter, rules);
    return c.redirect(here.url(`/meters/${meter.id}/home?saved=yes`), 303);
  });

  app.post("/meters/:id/household", needs("resident"), async (c) => {
    const { here, who } = c.var;
    const meter = await ownMeter(here, who, c.req.param("id"));
    const people = latinDigits((await givenIn(c))["people"]?.trim() ?? "");
    const household = Household.safeParse(people === "" ? {} : { people: Number(people) });
    if (!household.success) return show(c, meter, { mistakes: ["people"] });
    await setHousehold(here, meter.accountId, household.data);
    return c.redirect(here.url(`/meters/${meter.id}/home?saved=yes`), 303);
  });

  // The same file as the API's, for whoever is signed in by a browser.
  app.get("/meters/:id/export", needs(...READERS), async (c) => {
    const { here, who } = c.var;
    const meter = await visibleMeter(here, who, c.req.param("id"));
    const format = parsed(ExportFormat, c.req.query("format"), "query/format");
    const today = dayOf(here.clock.now(), here.city.timeZone);
    const { from } = dayRange(dayPlus(today, -EXPORTED_DAYS), here.city.timeZone);
    const { to } = dayRange(today, here.city.timeZone);
    const file = await exportOf(here, meter, { format, from, to, sinceS: visibleFromS(meter, who) });
    c.header("Content-Type", file.type);
    c.header("Content-Disposition", `attachment; filename="${file.fileName}"`);
    return c.body(file.text, 200);
  });
}

/** What a form says to be told, and which of its fields say nothing that can be kept. */
function rulesOf(typed: Typed, currency: string): { rules: HomeRules; mistakes: RuleField[] } {
  const mistakes: RuleField[] = [];
  const rules: HomeRules = {};
  const read = (field: RuleField, keep: (text: string) => HomeRules) => {
    const text = typed[field];
    if (!text) return;
    try {
      Object.assign(rules, parsed(HomeRules, keep(text)));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      mistakes.push(field);
    }
  };
  read("flowHours", (text) => ({ flowHours: Number(latinDigits(text)) }));
  read("silentDays", (text) => ({ silentDays: Number(latinDigits(text)) }));
  read("budget", (text) => ({ budgetMinor: positiveMinorOf(text, currency, "budget") }));
  return { rules, mistakes };
}
