import { tileJson } from "../tiles/tilejson.ts";
import { asset } from "./assets.ts";
import type { Role } from "./base.ts";
import type { LayerDrawn, Picture } from "./layers.ts";
import type { Common } from "./page-parts.tsx";
import { GROUND } from "./picture.tsx";

/**
 * The map that moves: MapLibre from the house itself, which reads the city's vector tiles. It stands above the drawing,
 * which stays: whoever has no script, or no WebGL, loses nothing.
 */
export function Live({ t, url, picture, lang }: Common & { picture: Picture }) {
  const { centre, zoom } = picture.view;
  const config = {
    center: centre,
    // There, tiles are twice as wide.
    zoom: Math.max(0, zoom - 1),
    layers: [...picture.drawn].reverse().map((layer) => ({ ...sourceOf(url, layer.dataset), ...paintOf(layer, url) })),
    ground: picture.base.map(({ dataset, role }) => ({ ...sourceOf(url, dataset), paint: GROUND[role as Role] })),
    measure: url("/map/measure.json"),
    lang,
    texts: {
      measure: t("liveMeasure"),
      stop: t("liveStop"),
      length: t("length"),
      failed: t("liveFailed"),
    },
  };
  return (
    <>
      <link rel="stylesheet" href={url(asset("maplibre-gl.css"))} />
      <p>{t("liveHint")}</p>
      <div
        id="live"
        role="application"
        aria-label={t("title")}
        data-map={JSON.stringify(config)}
        style="height:min(70vh,34rem);direction:ltr;background:#f4f3ee;margin-block-end:1rem"
      />
      <p id="live-says" role="status" />
      <script type="module" src={url(asset("live.mjs"))} />
    </>
  );
}

const sourceOf = (url: (path: string) => string, dataset: Picture["base"][number]["dataset"]) => {
  const { tiles, bounds, minzoom, maxzoom, attribution } = tileJson(url("/ogc"), dataset, dataset.latest);
  return { id: dataset.slug, title: dataset.card.title, tiles, bounds, minzoom, maxzoom, attribution };
};

/** Colours as on the drawing; a condition is asked of the features themselves, since tiles know none. */
function paintOf({ symbol, parts, column, asked, dataset }: LayerDrawn, url: (path: string) => string) {
  const classes = parts.flatMap((part) => (part.class ? [part.class] : []));
  const numeric = classes.filter(({ from }) => from !== undefined);
  const kinds = classes.filter(({ value }) => value !== undefined);
  const other = "#6b6b6b";
  const get = ["get", column?.name];
  const colour =
    numeric.length > 0
      ? [
          "case",
          ["==", ["typeof", get], "number"],
          ["step", get, numeric[0]!.colour, ...numeric.slice(1).flatMap((one) => [one.from, one.colour])],
          other,
        ]
      : kinds.length > 0
        ? ["match", ["to-string", get], ...kinds.flatMap(({ value, colour: one }) => [value, one]), other]
        : symbol.colour;
  const filtered =
    asked.where === undefined
      ? {}
      : {
          data: `${url(`/ogc/collections/${dataset.slug}/items`)}?${new URLSearchParams({ filter: asked.where, limit: "10000" })}`,
        };
  return { colour, ...filtered };
}
