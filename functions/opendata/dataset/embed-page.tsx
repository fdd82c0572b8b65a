import type { Context } from "hono";
import { raw } from "hono/html";
import { STYLES } from "../../../shared/styles.ts";
import { dirOf } from "../../../shared/texts.ts";
import type { Geometry } from "../geometry.ts";
import type { Bars, ShownRows } from "./shown.ts";
import { queryOf } from "./state.ts";
import { datasetTexts } from "./texts.ts";
import { type Embed, RowsChart, RowsMap, RowsTable, type Shown } from "./views.tsx";

interface Props extends Shown {
  show: Embed;
  rows: ShownRows;
  places: readonly (Geometry | null)[] | undefined;
  bars: Bars | undefined;
  /** Where the whole page of the dataset is. */
  whole: string;
}

/** A dataset's table, map or chart alone, to stand in a page of somebody else's. What it links to opens beside it. */
export function embedPage(c: Context, props: Props): Response | Promise<Response> {
  const { show, places, bars, dataset, lang, city, state, whole } = props;
  const from = datasetTexts.in(lang)("from", { title: dataset.card.title, city: city.name });
  c.header("Vary", "Accept-Language, Cookie");
  return c.html(
    <>
      {raw("<!doctype html>")}
      <html lang={lang} dir={dirOf(lang)}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>{from}</title>
          <link rel="icon" href="data:," />
          <style>{raw(STYLES)}</style>
        </head>
        <body>
          <main class="wrap" style="min-height:0">
            <h1 style="font-size:1.1rem">{dataset.card.title}</h1>
            {show === "table" && <RowsTable {...props} />}
            {show === "map" && places && <RowsMap {...props} places={places} />}
            {show === "chart" && bars && <RowsChart {...props} bars={bars} />}
            <p class="quiet">
              <a href={whole + queryOf(state)} target="_blank" rel="noopener">
                {from}
              </a>{" "}
              · {dataset.card.licence}
            </p>
          </main>
        </body>
      </html>
    </>,
  );
}
