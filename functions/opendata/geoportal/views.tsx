import type { Child } from "hono/jsx";
import { Actions, ErrorSummary, Facts, Field, Form, LinkButton, Notice, Table } from "../../../shared/components.tsx";
import type { City } from "../../../shared/here.ts";
import type { Lang } from "../../../shared/texts.ts";
import type { Cell, Dataset } from "../schema.ts";
import { addressOf, type MapAsked, pointsText, rounded } from "./asked.ts";
import type { Role } from "./base.ts";
import type { Found } from "./identify.ts";
import type { LayerDrawn, Picture } from "./layers.ts";
import { MOST_A_FILE } from "./limits.ts";
import type { measured } from "./measure.ts";
import { Key, MapPicture } from "./picture.tsx";
import type { mapTexts } from "./texts.ts";
import { boxOfView, HEIGHT, moved, WIDTH } from "./view.ts";

export interface Common {
  t: ReturnType<typeof mapTexts.in>;
  lang: Lang;
  csrf: string;
  city: City;
  url: (path: string) => string;
  now: Date;
}

interface MapProps extends Common {
  picture: Picture;
  found: Found[] | undefined;
  measure: ReturnType<typeof measured> | undefined;
  errors: { field: string; detail: string }[];
  /** What was written into a field that is wrong. */
  written: Record<string, string>;
}

const OTHERS_MAX = 30;

/** The address of a map like this one, with something else about it. */
const mapUrl = ({ url, picture }: Pick<MapProps, "url" | "picture">, change: Partial<MapAsked> = {}, path = "/map") => {
  const layers = picture.layers.map(({ asked }) => asked);
  return url(path) + addressOf({ ...picture.asked, layers, at: picture.view, ...change });
};

/** The same as fields of a form, without those that it asks for itself. */
const Rest = ({ props, without }: { props: MapProps; without: readonly string[] }) => {
  const query = new URL(mapUrl(props), "http://map").searchParams;
  return (
    <>
      {[...query].map(([name, value]) => !without.includes(name) && <input type="hidden" name={name} value={value} />)}
    </>
  );
};

export function MapPage(props: MapProps) {
  const { t, picture, errors, lang } = props;
  const { asked } = picture;
  const hasPlaces = picture.layers.length + picture.others.length + picture.base.length > 0;
  return (
    <>
      {errors.length > 0 && <ErrorSummary title={errors[0]!.detail} errors={errors} />}
      {!hasPlaces && <p>{t("noPlaces")}</p>}
      {asked.tool ? (
        <ClickableMap {...props} tool={asked.tool} />
      ) : (
        <figure id="map">
          <MapPicture picture={picture} title={t("title")} desc={descOf(props)} lang={lang} />
        </figure>
      )}
      <Moves {...props} />
      {asked.tool === "look" && <LookForm {...props} />}
      {asked.tool === "measure" && <MeasureForm {...props} />}
      {props.found && <FoundHere {...props} found={props.found} />}
      {props.measure && <Measured {...props} measure={props.measure} />}
      <Layers {...props} />
      <TakeAlong {...props} />
      <Sources {...props} />
    </>
  );
}

export const descOf = ({ t, picture }: Pick<MapProps, "t" | "picture">): string => {
  const names = picture.layers.map(({ dataset }) => dataset.card.title);
  return t("desc", { layers: names.length > 0 ? names.join(", ") : t("nothing") });
};

/** Without script, the browser itself says where an image of a form was pressed. */
function ClickableMap(props: MapProps & { tool: "look" | "measure" }) {
  const { t, url, tool } = props;
  return (
    <form action={url("/map")} method="get" style="max-width:none" class="scroll">
      <Rest props={props} without={[]} />
      <input
        type="image"
        name="click"
        src={mapUrl(props, {}, "/map/picture.svg")}
        alt={t(tool === "look" ? "clickLook" : "clickMeasure")}
        width={WIDTH}
        height={HEIGHT}
        style={`width:${WIDTH}px;max-width:none;padding:0;border:0;display:block;direction:ltr`}
      />
    </form>
  );
}

function Moves(props: MapProps) {
  const { t, picture } = props;
  const go = (label: string, to: Parameters<typeof moved>[1]) => (
    <a class="button second" href={mapUrl(props, { at: moved(picture.view, to) })}>
      {label}
    </a>
  );
  return (
    <nav class="actions" aria-label={t("move")}>
      {go(t("closer"), { closer: 1 })}
      {go(t("farther"), { closer: -1 })}
      {go(t("north"), { down: -0.5 })}
      {go(t("south"), { down: 0.5 })}
      {go(t("west"), { right: -0.5 })}
      {go(t("east"), { right: 0.5 })}
      <a class="button second" href={mapUrl(props, { at: undefined })}>
        {t("whole")}
      </a>
      {picture.asked.tool !== "look" && <LinkButton href={mapUrl(props, { tool: "look" })}>{t("what")}</LinkButton>}
      {picture.asked.tool !== "measure" && (
        <LinkButton href={mapUrl(props, { tool: "measure" })}>{t("measure")}</LinkButton>
      )}
    </nav>
  );
}

const doneWith = (props: MapProps) => (
  <p>
    <a href={mapUrl(props, { tool: undefined, point: undefined, points: [] })}>{props.t("done")}</a>
  </p>
);

function LookForm(props: MapProps) {
  const { t, url, errors, written, picture } = props;
  return (
    <>
      <h2>{t("what")}</h2>
      <p>{t("whatLead")}</p>
      <Form action={url("/map")} csrf="" method="get" submit={t("look")}>
        <Rest props={props} without={["point"]} />
        <Field
          label={t("whatField")}
          hint={t("whatHint")}
          name="what"
          dir="ltr"
          value={written["what"] ?? picture.asked.point?.map(rounded).join(",")}
          error={errors.find(({ field }) => field === "what")?.detail}
        />
      </Form>
      {doneWith(props)}
    </>
  );
}

function FoundHere({ t, url, lang, picture, found }: MapProps & { found: Found[] }) {
  return (
    <section aria-live="polite">
      <h2>{t("foundAt", { point: picture.asked.point!.map(rounded).join(", ") })}</h2>
      {found.map(({ dataset, places, count }) => (
        <>
          <h3>{dataset.card.title}</h3>
          {places.length === 0 && <p>{t("foundNone")}</p>}
          {count > places.length && (
            <p>{t("foundMore", { shown: number(lang, places.length), count: number(lang, count) })}</p>
          )}
          {places.map(({ id, properties }) => (
            <Facts
              items={[
                [
                  <a href={url(`/ogc/collections/${dataset.slug}/items/${id}`)}>{t("feature", { id: String(id) })}</a>,
                  "",
                ],
                ...Object.entries(properties).map(([name, cell]) => [name, <bdi>{cellText(lang, cell)}</bdi>] as const),
              ]}
            />
          ))}
        </>
      ))}
    </section>
  );
}

function MeasureForm(props: MapProps) {
  const { t, url, errors, written, picture } = props;
  const { points, shape } = picture.asked;
  return (
    <>
      <h2>{t("measure")}</h2>
      <p>{t("measureLead")}</p>
      <Form action={url("/map")} csrf="" method="get" submit={t("measure")}>
        <Rest props={props} without={["points", "shape"]} />
        <Field
          label={t("points")}
          hint={t("pointsHint")}
          name="points"
          type="textarea"
          dir="ltr"
          value={written["points"] ?? pointsText(points).replaceAll(";", "\n")}
          error={errors.find(({ field }) => field === "points")?.detail}
        />
        <Field
          label={t("shape")}
          name="shape"
          type="radio"
          value={shape}
          options={[
            ["line", t("line")],
            ["area", t("area")],
          ]}
        />
      </Form>
      {points.length > 0 && (
        <Actions>
          <a href={mapUrl(props, { points: points.slice(0, -1) })}>{t("back")}</a>
          <a href={mapUrl(props, { points: [] })}>{t("clear")}</a>
        </Actions>
      )}
      {doneWith(props)}
    </>
  );
}

function Measured({ t, lang, measure }: MapProps & { measure: NonNullable<MapProps["measure"]> }) {
  const { lengthM, areaM2 } = measure;
  return (
    <div aria-live="polite">
      <Facts
        items={[
          [t(areaM2 === undefined ? "length" : "perimeter"), <bdi>{lengthText(lang, lengthM)}</bdi>],
          ...(areaM2 === undefined ? [] : [[t("areaIs"), <bdi>{areaText(lang, areaM2)}</bdi>] as const]),
        ]}
      />
    </div>
  );
}

export const lengthText = (lang: string, metres: number): string =>
  metres >= 1000 ? inUnit(lang, metres / 1000, "kilometer") : inUnit(lang, metres, "meter");
export const areaText = (lang: string, m2: number): string =>
  m2 >= 1e6 ? `${number(lang, m2 / 1e6, 3)} km²` : `${number(lang, m2, 1)} m²`;
const inUnit = (lang: string, value: number, unit: string) =>
  new Intl.NumberFormat(lang, { style: "unit", unit, maximumFractionDigits: unit === "meter" ? 1 : 3 }).format(value);

const number = (lang: string, value: number, digits = 3): string =>
  new Intl.NumberFormat(lang, { maximumFractionDigits: digits }).format(value);

const cellText = (lang: string, cell: Cell): string =>
  typeof cell === "number"
    ? new Intl.NumberFormat(lang, { maximumFractionDigits: 12, useGrouping: false }).format(cell)
    : String(cell ?? "");

function Layers(props: MapProps) {
  const { t, url, picture } = props;
  const asked = picture.layers.map((layer) => layer.asked);
  const swapped = (i: number) => asked.map((one, j) => (j === i ? asked[i + 1]! : j === i + 1 ? asked[i]! : one));
  return (
    <section>
      <h2>{t("layers")}</h2>
      {picture.drawn.length === 0 && <p>{t("none")}</p>}
      {picture.drawn.map((layer, i) => (
        <section>
          <h3>
            <Key layer={layer} /> <a href={url(`/data/${layer.dataset.slug}`)}>{layer.dataset.card.title}</a>
          </h3>
          <p>{countsText(props, layer)}</p>
          {layer.column && <Legend {...props} layer={layer} />}
          <Actions>
            {i > 0 && <a href={mapUrl(props, { layers: swapped(i - 1) })}>{t("up")}</a>}
            {i < asked.length - 1 && <a href={mapUrl(props, { layers: swapped(i) })}>{t("down")}</a>}
            <a href={mapUrl(props, { layers: asked.filter((_, j) => j !== i) })}>{t("remove")}</a>
          </Actions>
          <StyleForm {...props} layer={layer} />
        </section>
      ))}
      {picture.others.length > 0 && (
        <details>
          <summary>{t("add")}</summary>
          <ul>
            {picture.others.slice(0, OTHERS_MAX).map(({ slug, card }) => (
              <li>
                <a href={mapUrl(props, { layers: [{ slug }, ...asked] })}>{card.title}</a>
              </li>
            ))}
            {picture.others.length > OTHERS_MAX && (
              <li>
                <a href={url("/data")}>{t("data")}</a>
              </li>
            )}
          </ul>
        </details>
      )}
      {(picture.base.length > 0 || !picture.asked.hasBase) && (
        <p>
          <a href={mapUrl(props, { hasBase: !picture.asked.hasBase })}>
            {t(picture.asked.hasBase ? "groundOff" : "groundOn")}
          </a>
        </p>
      )}
    </section>
  );
}

function countsText({ t, lang }: Common, { matched, shown, parts }: LayerDrawn): string {
  const said =
    shown < matched
      ? t("thinned", { shown: number(lang, shown), matched: number(lang, matched) })
      : t("inView", { n: matched });
  const dots = parts.reduce((sum, { drawn }) => sum + drawn.dots.split("M").length - 1, 0);
  return dots > 0 && dots < shown ? `${said} ${t("merged")}` : said;
}

/** The classes of a layer: the same figures that its colours show. */
function Legend({ t, lang, layer }: MapProps & { layer: LayerDrawn }) {
  const column = layer.column!.name;
  const rows = layer.parts.map(({ class: one }): Child[] => {
    const { colour, from, to, value, count } = one!;
    const says =
      value !== undefined
        ? value
        : from !== undefined && to !== undefined
          ? `${number(lang, from)} – ${number(lang, to)}`
          : t("others");
    return [
      <>
        <Key layer={layer} colour={colour} /> <bdi>{says}</bdi>
      </>,
      number(lang, count),
    ];
  });
  return (
    <Table
      caption={t("classesOf", { title: layer.dataset.card.title, column })}
      head={[t("class"), t("count")]}
      rows={rows}
      numeric={[1]}
    />
  );
}

function StyleForm(props: MapProps & { layer: LayerDrawn }) {
  const { t, url, layer, picture, errors, written } = props;
  const { slug, latest } = layer.dataset;
  const where = `where.${slug}`;
  const wrong = errors.find(({ field }) => field === where)?.detail;
  return (
    <details open={wrong !== undefined}>
      <summary>{t("style")}</summary>
      <Form action={url("/map")} csrf="" method="get" submit={t("show")}>
        <Rest props={props} without={[`by.${slug}`, where, "how"]} />
        <Field
          label={t("by")}
          name={`by.${slug}`}
          type="select"
          value={layer.column?.name ?? ""}
          options={[["", t("byNone")], ...latest.columns.map(({ name }) => [name, name] as const)]}
        />
        <Field
          label={t("how")}
          name="how"
          id={`how-${slug}`}
          type="select"
          value={picture.asked.how}
          options={[
            ["quantile", t("quantile")],
            ["equal", t("equal")],
          ]}
        />
        <Field
          label={t("where")}
          hint={t("whereHint")}
          name={where}
          value={written[where] ?? layer.asked.where ?? ""}
          error={wrong}
          dir="ltr"
          maxlength={500}
        />
      </Form>
    </details>
  );
}

function TakeAlong(props: MapProps) {
  const { t, url, lang, picture } = props;
  const { isLive } = picture.asked;
  const bbox = boxOfView(picture.view).map(rounded).join(",");
  const n = picture.drawn.reduce((sum, { matched }) => sum + matched, 0);
  return (
    <section>
      <h2>{t("take")}</h2>
      <ul>
        <li>
          <a href={mapUrl(props)}>{t("permalink")}</a>
        </li>
        <li>
          <a href={mapUrl(props, { isLive: !isLive })}>{t(isLive ? "plain" : "live")}</a>
        </li>
        <li>
          <a href={mapUrl(props, {}, "/map/picture.svg")}>{t("picture")}</a>
        </li>
        <li>
          <a href={mapUrl(props, {}, "/map/offline.html")}>{t("offline")}</a>
          <p class="hint">
            {t("offlineHint", {
              most: number(lang, MOST_A_FILE.places),
              mb: number(lang, MOST_A_FILE.bytes / 1e6),
              n: number(lang, n),
            })}
          </p>
        </li>
        {picture.drawn.map(({ dataset }) => (
          <li>
            <a href={url(`/data/${dataset.slug}/export.pmtiles?bbox=${bbox}`)}>
              {t("tiles")}: {dataset.card.title}
            </a>
          </li>
        ))}
      </ul>
      <p class="hint">{t("printHint")}</p>
    </section>
  );
}

const day = ({ lang, city }: Pick<Common, "lang" | "city">, at: Date | string) =>
  new Intl.DateTimeFormat(lang, { dateStyle: "long", timeZone: city.timeZone }).format(new Date(at));

export const sourceText = (common: Pick<Common, "t" | "lang" | "city">, { card, latest }: Dataset): string =>
  common.t("source", {
    title: card.title,
    source: card.source,
    licence: card.licence,
    version: number(common.lang, latest.number),
    date: day(common, latest.publishedAt),
  });

export const drawnOnText = (common: Pick<Common, "t" | "lang" | "city">, now: Date): string =>
  common.t("drawnOn", { date: day(common, now) });

/** What a printed map must say of where it comes from. */
function Sources(props: MapProps) {
  const { t, picture, now } = props;
  const datasets = [...picture.layers, ...picture.base].map(({ dataset }) => dataset);
  return (
    <section>
      <h2>{t("sources")}</h2>
      <ul>
        {datasets.map((dataset) => (
          <li>{sourceText(props, dataset)}</li>
        ))}
      </ul>
      <p>{drawnOnText(props, now)}</p>
    </section>
  );
}

export function BasePage({
  t,
  csrf,
  url,
  datasets,
  roles,
  isSaved,
}: Common & { datasets: Dataset[]; roles: Record<string, Role>; isSaved: boolean }) {
  if (datasets.length === 0) return <p>{t("noPlaces")}</p>;
  const options = ["none", "green", "water", "buildings", "roads", "boundary"] as const;
  return (
    <>
      {isSaved && (
        <Notice kind="success">
          <a href={url("/map")}>{t("saved")}</a>
        </Notice>
      )}
      <Form action={url("/staff/map")} csrf={csrf} submit={t("save")}>
        {datasets.map(({ id, card }) => (
          <Field
            label={card.title}
            name={id}
            type="select"
            value={roles[id] ?? "none"}
            options={options.map((one) => [one === "none" ? "" : one, t(`role.${one}`)] as const)}
          />
        ))}
      </Form>
    </>
  );
}
