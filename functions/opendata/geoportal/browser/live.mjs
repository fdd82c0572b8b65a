// The moving map: what the page wrote into #live becomes a MapLibre map. Nothing is asked of another site.
import { AttributionControl, Map as Moving, NavigationControl, Popup, ScaleControl } from "./maplibre-gl.mjs";

const box = document.getElementById("live");
const says = document.getElementById("live-says");
const { center, zoom, layers, ground, measure, lang, texts } = JSON.parse(box.dataset.map);

const absolute = (path) => new URL(path, location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}");
const kind = (...names) => ["in", ["geometry-type"], ["literal", names]];
const AREA = kind("Polygon", "MultiPolygon");
const LINE = kind("LineString", "MultiLineString");
const POINT = kind("Point", "MultiPoint");

const sources = {};
const drawn = [];
function lay({ id, tiles, bounds, minzoom, maxzoom, attribution, data }, prefix, looks) {
  const source = `${prefix}${id}`;
  sources[source] = data
    ? { type: "geojson", data: absolute(data), attribution }
    : { type: "vector", tiles: tiles.map(absolute), bounds, minzoom, maxzoom, attribution };
  for (const [type, filter, paint] of looks)
    drawn.push({
      id: `${source}-${type}-${drawn.length}`,
      type,
      source,
      ...(data ? {} : { "source-layer": id }),
      filter,
      paint,
    });
}
for (const one of ground) {
  const { fill, stroke, width = 1 } = one.paint;
  lay(one, "ground-", [
    ...(fill ? [["fill", AREA, { "fill-color": fill }]] : []),
    ...(stroke ? [["line", ["any", AREA, LINE], { "line-color": stroke, "line-width": width }]] : []),
  ]);
}
for (const one of layers)
  lay(one, "layer-", [
    ["fill", AREA, { "fill-color": one.colour, "fill-opacity": 0.55 }],
    ["line", AREA, { "line-color": one.colour, "line-width": 1 }],
    ["line", LINE, { "line-color": one.colour, "line-width": 2.5 }],
    [
      "circle",
      POINT,
      { "circle-color": one.colour, "circle-radius": 5, "circle-stroke-color": "#fff", "circle-stroke-width": 1.5 },
    ],
  ]);
sources.way = { type: "geojson", data: wayOf([]) };

let map;
try {
  map = new Moving({
    container: box,
    center,
    zoom,
    attributionControl: false,
    style: {
      version: 8,
      sources,
      layers: [
        { id: "paper", type: "background", paint: { "background-color": "#f4f3ee" } },
        ...drawn,
        {
          id: "way",
          type: "line",
          source: "way",
          paint: { "line-color": "#222", "line-width": 2, "line-dasharray": [3, 2] },
        },
        { id: "way-points", type: "circle", source: "way", paint: { "circle-color": "#222", "circle-radius": 4 } },
      ],
    },
  });
} catch {
  box.hidden = true;
  says.textContent = texts.failed;
}

if (map) {
  map.addControl(new NavigationControl());
  map.addControl(new ScaleControl());
  map.addControl(new AttributionControl({ compact: false }));
  map.on("load", () => {
    box.dataset.state = "drawn";
  });
  // The address keeps up with the map, so that it can be kept and sent.
  map.on("moveend", () => {
    const at = map.getCenter();
    const url = new URL(location.href);
    url.searchParams.delete("bbox");
    url.searchParams.set("at", [at.lng.toFixed(5), at.lat.toFixed(5), (map.getZoom() + 1).toFixed(2)].join(","));
    history.replaceState(null, "", url);
  });

  let points;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = texts.measure;
  box.after(button);
  button.addEventListener("click", () => {
    points = points ? undefined : [];
    button.textContent = points ? texts.stop : texts.measure;
    says.textContent = "";
    map.getSource("way").setData(wayOf(points ?? []));
  });
  map.on("click", async ({ point, lngLat }) => {
    if (!points) return tell(point, lngLat);
    points.push([lngLat.lng, lngLat.lat]);
    map.getSource("way").setData(wayOf(points));
    if (points.length < 2) return;
    const text = points.map((one) => one.map((degrees) => degrees.toFixed(6)).join(",")).join(";");
    const { lengthM } = await (await fetch(`${measure}?points=${text}`)).json();
    const isLong = lengthM >= 1000;
    const format = new Intl.NumberFormat(lang, {
      style: "unit",
      unit: isLong ? "kilometer" : "meter",
      maximumFractionDigits: isLong ? 3 : 1,
    });
    says.textContent = `${texts.length}: ${format.format(isLong ? lengthM / 1000 : lengthM)}`;
  });
  function tell({ x, y }, lngLat) {
    const near = [
      [x - 5, y - 5],
      [x + 5, y + 5],
    ];
    const ids = drawn.filter(({ source }) => source.startsWith("layer-")).map(({ id }) => id);
    const seen = new Set();
    const list = document.createElement("div");
    list.dir = "auto";
    for (const { source, id, properties } of map.queryRenderedFeatures(near, { layers: ids })) {
      if (seen.has(`${source} ${id}`) || seen.size >= 5) continue;
      seen.add(`${source} ${id}`);
      const head = document.createElement("strong");
      head.textContent = layers.find((one) => `layer-${one.id}` === source).title;
      const facts = document.createElement("dl");
      for (const [name, value] of Object.entries(properties)) {
        facts.appendChild(document.createElement("dt")).textContent = name;
        facts.appendChild(document.createElement("dd")).textContent = value;
      }
      list.append(head, facts);
    }
    if (seen.size > 0) new Popup({ maxWidth: "20rem" }).setLngLat(lngLat).setDOMContent(list).addTo(map);
  }
}

function wayOf(points) {
  const ends = points.map((coordinates) => ({
    type: "Feature",
    properties: {},
    geometry: { type: "Point", coordinates },
  }));
  const line = { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: points } };
  return { type: "FeatureCollection", features: points.length > 1 ? [line, ...ends] : ends };
}
