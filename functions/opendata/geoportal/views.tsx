import { ErrorSummary, LinkButton } from "../../../shared/components.tsx";
import type { Dataset } from "../schema.ts";
import { rounded } from "./asked.ts";
import { Layers } from "./legend.tsx";
import { MOST_A_FILE } from "./limits.ts";
import { type Common, type MapProps, mapUrl, number } from "./page-parts.tsx";
import { MapPicture } from "./picture.tsx";
import { ClickableMap, FoundHere, LookForm, Measured, MeasureForm } from "./tools.tsx";
import { boxOfView, moved } from "./view.ts";

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
      {props.found && <FoundHere {...props} found={props.found} />}
      <Moves {...props} />
      {asked.tool === "look" && <LookForm {...props} />}
      {asked.tool === "measure" && <MeasureForm {...props} />}
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
