import { Actions, Facts, Field, Form } from "../../../shared/components.tsx";
import type { Cell } from "../schema.ts";
import { pointsText, rounded } from "./asked.ts";
import type { Found } from "./identify.ts";
import { type MapProps, mapUrl, number, Rest } from "./page-parts.tsx";
import { HEIGHT, WIDTH } from "./view.ts";

/** Without script, the browser itself says where an image of a form was pressed. */
export function ClickableMap(props: MapProps & { tool: "look" | "measure" }) {
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

const doneWith = (props: MapProps) => (
  <p>
    <a href={mapUrl(props, { tool: undefined, point: undefined, points: [] })}>{props.t("done")}</a>
  </p>
);

export function LookForm(props: MapProps) {
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

/** Where the answer stands on the page: whoever asked is brought there, and not to the top of the map again. */
export const ANSWER = "answer";

export function FoundHere({ t, url, lang, picture, found }: MapProps & { found: Found[] }) {
  return (
    <section aria-live="polite" id={ANSWER}>
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

export function MeasureForm(props: MapProps) {
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

export function Measured({ t, lang, measure }: MapProps & { measure: NonNullable<MapProps["measure"]> }) {
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

const lengthText = (lang: string, metres: number): string =>
  metres >= 1000 ? inUnit(lang, metres / 1000, "kilometer") : inUnit(lang, metres, "meter");
const areaText = (lang: string, m2: number): string =>
  m2 >= 1e6 ? `${number(lang, m2 / 1e6, 3)} km²` : `${number(lang, m2, 1)} m²`;
const inUnit = (lang: string, value: number, unit: string) =>
  new Intl.NumberFormat(lang, { style: "unit", unit, maximumFractionDigits: unit === "meter" ? 1 : 3 }).format(value);

const cellText = (lang: string, cell: Cell): string =>
  typeof cell === "number"
    ? new Intl.NumberFormat(lang, { maximumFractionDigits: 12, useGrouping: false }).format(cell)
    : String(cell ?? "");
