import type { Child } from "hono/jsx";
import { Actions, Field, Form, Table } from "../../../shared/components.tsx";
import type { LayerDrawn } from "./layers.ts";
import { type Common, type MapProps, mapUrl, number, Rest } from "./page-parts.tsx";
import { Key } from "./picture.tsx";

const OTHERS_MAX = 30;

export function Layers(props: MapProps) {
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
