import { readFileSync } from "node:fs";
import { raw } from "hono/html";
import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { dirOf } from "../../../shared/texts.ts";
import { type Place, placesIn } from "../places.ts";
import { drawn, FINE } from "./draw.ts";
import { fileOf } from "./files.ts";
import { type Layer, type Plan, pictured } from "./layers.ts";
import { MOST_A_FILE } from "./limits.ts";
import type { Common } from "./page-parts.tsx";
import { MapPicture } from "./picture.tsx";
import { boxOfView, HEIGHT, WIDTH } from "./view.ts";
import { descOf, drawnOnText, sourceText } from "./views.tsx";

/** Fine enough to be looked at from much nearer than the page's own drawing. */
const STEP_PX = 0.25;

/**
 * An area as one file that asks for nothing: the drawing, where each feature leads to its row in the table below, and a
 * few lines of script that move it. Whole or not at all.
 *
 * @throws {Fault} too_large: more than is told before
 */
export async function offlineCopy(common: Common, here: Here, plan: Plan): Promise<string> {
  const { t, lang, city, now } = common;
  const bbox = boxOfView(plan.view);
  const layers: { layer: Layer; places: Place[] }[] = [];
  for (const layer of plan.layers) {
    const { dataset, filter } = layer;
    const { matched, places } = await placesIn(here, dataset, dataset.latest, {
      bbox,
      filter,
      most: MOST_A_FILE.places,
    });
    if (matched > places.length) throw tooMuch(common, matched);
    layers.push({ layer, places });
  }
  const ground = await pictured(here, { ...plan, layers: [] });
  const sources = [...plan.layers, ...plan.base].map(({ dataset }) => sourceText(common, dataset));
  const file = (
    <html lang={lang} dir={dirOf(lang)}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${t("title")} · ${city.name}`}</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <h1>{`${city.name}: ${t("title")}`}</h1>
        <p>{drawnOnText(common, now)}</p>
        <div id="map">
          <MapPicture
            picture={ground}
            title={t("title")}
            desc={descOf({ t, picture: { ...ground, ...plan } })}
            lang={lang}
          >
            {[...layers].reverse().map(({ layer, places }) => (
              <g stroke={layer.symbol.colour} fill="none" stroke-linejoin="round">
                {places.map((place) => (
                  <Linked layer={layer} place={place} plan={plan} />
                ))}
              </g>
            ))}
          </MapPicture>
        </div>
        <p id="moves" hidden>
          <button type="button" data-zoom="0.5">
            {t("closer")}
          </button>{" "}
          <button type="button" data-zoom="2">
            {t("farther")}
          </button>
        </p>
        {layers.map(({ layer, places }) => (
          <Rows layer={layer} places={places} />
        ))}
        <h2>{t("sources")}</h2>
        <ul>
          {sources.map((source) => (
            <li>{source}</li>
          ))}
        </ul>
        <script>{raw(readFileSync(fileOf("offline.mjs"), "utf8").replaceAll("</", "<\\/"))}</script>
      </body>
    </html>
  );
  const text = `<!doctype html>${String(file)}`;
  if (Buffer.byteLength(text) > MOST_A_FILE.bytes)
    throw tooMuch(
      common,
      layers.reduce((sum, { places }) => sum + places.length, 0),
    );
  return text;
}

const tooMuch = ({ t, lang }: Common, n: number): Fault =>
  new Fault("too_large", t("tooMuch", { n: new Intl.NumberFormat(lang).format(n) }));

const rowId = ({ dataset }: Layer, { id }: Place): string => `${dataset.slug}-${id}`;

const Linked = ({ layer, place, plan }: { layer: Layer; place: Place; plan: Plan }) => {
  const { areas, lines, dots, specks } = drawn([place.geometry], plan.view, STEP_PX);
  const { colour, isRound, dash } = layer.symbol;
  const cap = isRound ? ("round" as const) : ("square" as const);
  return (
    <a href={`#${rowId(layer, place)}`}>
      {areas && <path d={areas} fill={colour} fill-opacity="0.55" fill-rule="evenodd" stroke-width={1} />}
      {lines && <path d={lines} stroke-width={4} stroke-dasharray={dash} />}
      {(dots || specks) && <path d={dots + specks} stroke-width={5 * FINE} stroke-linecap={cap} />}
    </a>
  );
};

const Rows = ({ layer, places }: { layer: Layer; places: Place[] }) => {
  const { card, latest } = layer.dataset;
  return (
    <>
      <h2>{card.title}</h2>
      <div class="rows">
        <table>
          <thead>
            <tr>
              <th scope="col">#</th>
              {latest.columns.map(({ name }) => (
                <th scope="col">{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {places.map((place) => (
              <tr id={rowId(layer, place)}>
                <th scope="row">{place.id}</th>
                {latest.columns.map(({ name }) => (
                  <td>{String(place.properties[name] ?? "")}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
};

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;margin:1rem;color:#17212b;background:#fff}
#map{max-width:${WIDTH * FINE}px;aspect-ratio:${WIDTH}/${HEIGHT};border:1px solid #c9d2d9;overflow:hidden;touch-action:none}
#map svg{display:block;width:100%;height:100%}.rows{overflow:auto;max-height:24rem}
table{border-collapse:collapse;font-size:.9rem}th,td{border:1px solid #c9d2d9;padding:.2rem .5rem;text-align:start}
tr:target{background:#ffe08a}button{font:inherit;padding:.4rem 1rem}
@media print{.rows{max-height:none}#moves{display:none}}`;
