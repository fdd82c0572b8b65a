import { createRoute, z } from "@hono/zod-openapi";
import { compute, datasetsRead, IndicatorPart } from "../../marketplace/contract/indicator.ts";
import { inLang, type Words } from "../../marketplace/contract/words.ts";
import { InstalledParts } from "../../marketplace/installs/events.ts";
import { Card, Cards, Tag } from "../../shared/components.tsx";
import type { Here } from "../../shared/here.ts";
import { json } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import type { Lang } from "../../shared/texts.ts";
import { open } from "./asking.ts";
import { pageOf } from "./query/matching.ts";
import { recordsOf } from "./query/reading.ts";
import { catalogue, load } from "./store.ts";
import { opendataTexts } from "./texts.ts";

const Indicator = z
  .object({
    id: z.string(),
    /** `publisher/name`. */
    module: z.string(),
    titles: z.record(z.string(), z.string()),
    unit: z.string(),
    /** Absent where no data is there, or nothing to divide by. */
    value: z.number().optional(),
    target: z.object({ value: z.number(), better: z.enum(["lower", "higher"]) }).optional(),
    isMet: z.boolean().optional(),
    /** The datasets that it is computed from, and when the latest of them was published. */
    datasets: z.array(z.object({ slug: z.string(), title: z.string() })),
    asOf: z.iso.datetime().optional(),
  })
  .meta({ id: "Indicator" });
type Indicator = z.infer<typeof Indicator>;

/** The figures of installed modules, computed now from the datasets that fill the modules' tables. */
async function indicators(here: Here): Promise<Indicator[]> {
  const [installed, datasets] = await Promise.all([here.ask(InstalledParts, { kind: "indicator" }), catalogue(here)]);
  return Promise.all(
    installed.map(async ({ module, part: raw }) => {
      const part = IndicatorPart.parse(raw);
      const filled = new Map(
        datasetsRead(part.formula).map((table) => [
          table,
          datasets.filter(({ fills }) => fills === `${module}/${table}`).sort(latestFirst)[0],
        ]),
      );
      const used = [...filled.values()].filter((dataset) => dataset !== undefined);
      const rows = new Map<string, Record<string, unknown>[]>();
      for (const [table, dataset] of filled) {
        if (!dataset) continue;
        const data = await load(here, dataset, dataset.latest);
        rows.set(table, await recordsOf(data, pageOf(data, undefined, 0, data.rows)));
      }
      const value = used.length === filled.size ? compute(part.formula, (table) => rows.get(table) ?? []) : undefined;
      const { target } = part;
      return {
        id: part.id,
        module,
        titles: part.title as Record<string, string>,
        unit: part.unit,
        ...(value === undefined ? {} : { value }),
        ...(target ? { target } : {}),
        ...(target && value !== undefined
          ? { isMet: target.better === "lower" ? value <= target.value : value >= target.value }
          : {}),
        datasets: used.map(({ slug, card }) => ({ slug, title: card.title })),
        ...(used.length > 0 ? { asOf: [...used].sort(latestFirst)[0]!.latest.publishedAt } : {}),
      };
    }),
  );
}

const latestFirst = (a: { latest: { publishedAt: string } }, b: { latest: { publishedAt: string } }) =>
  a.latest.publishedAt < b.latest.publishedAt ? 1 : -1;

const list = createRoute({
  method: "get",
  path: "/v1/indicators",
  summary: "The figures of installed modules, computed from the city's open data",
  middleware: needs("public"),
  ...secured("public"),
  responses: { 200: json(z.object({ indicators: z.array(Indicator) }), "Indicators") },
});

export function indicatorRoutes(app: CityApp): void {
  app.openapi(list, async (c) => {
    open(c);
    return c.json({ indicators: await indicators(c.var.here) }, 200);
  });
  app.get("/indicators", needs("public"), async (c) => {
    const { here, lang } = c.var;
    const t = opendataTexts.in(lang);
    const all = await indicators(here);
    return page(
      c,
      { title: t("indicators"), lead: t("indicatorsLead"), crumbs: [[t("title"), here.url("/data")]] },
      all.length === 0 ? (
        <p>{t("indicatorsNone")}</p>
      ) : (
        <Cards>
          {all.map((one) => (
            <IndicatorCard one={one} here={here} lang={lang} />
          ))}
        </Cards>
      ),
    );
  });
}

function IndicatorCard({ one, here, lang }: { one: Indicator; here: Here; lang: Lang }) {
  const t = opendataTexts.in(lang);
  const number = new Intl.NumberFormat(lang, { maximumSignificantDigits: 4 });
  const { value, target, isMet, datasets, asOf } = one;
  return (
    <Card
      title={inLang(one.titles as Words, lang)}
      href={here.url(datasets[0] ? `/data/${datasets[0].slug}` : "/data")}
    >
      <p class="big">{value === undefined ? "—" : <bdi>{`${number.format(value)} ${one.unit}`}</bdi>}</p>
      {target && (
        <p>
          {t(`target.${target.better}`, { value: number.format(target.value), unit: one.unit })}{" "}
          {isMet !== undefined && <Tag kind={isMet ? "success" : "warning"}>{t(isMet ? "met" : "notMet")}</Tag>}
        </p>
      )}
      <p class="quiet">
        {value === undefined
          ? t("indicatorNoData")
          : t("indicatorFrom", {
              datasets: datasets.map(({ title }) => title).join(", "),
              date: new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeZone: here.city.timeZone }).format(
                new Date(asOf!),
              ),
            })}
      </p>
    </Card>
  );
}
