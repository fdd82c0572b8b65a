import { ErrorSummary, Facts, Field, Form, fieldOf, Notice, Pager } from "../../../shared/components.tsx";
import { shellTexts } from "../../../shared/shell-texts.ts";
import type { Common } from "../showing.ts";
import type { KeptReuse } from "./schema.ts";
import { reuseTexts } from "./texts.ts";

type Titled = readonly (readonly [slug: string, title: string])[];
interface Props extends Common {
  reuses: readonly KeptReuse[];
  next?: string | undefined;
  datasets: Titled;
  isSent: boolean;
  value: Record<string, string>;
  errors?: { field: string; detail: string }[];
}

const DATASETS_ASKED = 3;

export function ReusesPage({ reuses, next, datasets, isSent, value, errors = [], ...common }: Props) {
  const { lang, csrf, url } = common;
  const t = reuseTexts.in(lang);
  const field = fieldOf(value, errors);
  return (
    <>
      {errors.length > 0 && <ErrorSummary title={shellTexts.in(lang)("errors")} errors={errors} />}
      {isSent && <Notice kind="success">{t("sent")}</Notice>}
      <h2>{t("gallery")}</h2>
      {reuses.length === 0 ? <p>{t("none")}</p> : <Gallery reuses={reuses} datasets={datasets} {...common} />}
      <Pager next={next ? [url(`/data-reuses?cursor=${encodeURIComponent(next)}`), t("older")] : undefined} />
      {datasets.length > 0 && (
        <>
          <h2>{t("tell")}</h2>
          <p>{t("tellLead")}</p>
          <Form action={url("/data-reuses")} csrf={csrf} enctype="multipart/form-data" submit={t("send")}>
            <Field label={t("name")} {...field("title")} required maxlength={120} />
            <Field type="url" label={t("link")} {...field("url")} required maxlength={500} />
            <Field type="textarea" label={t("text")} {...field("text")} maxlength={1000} />
            <Field label={t("author")} hint={t("authorHint")} {...field("author")} required maxlength={120} />
            <Field label={t("licence")} hint={t("licenceHint")} {...field("licence")} maxlength={80} />
            {Array.from({ length: Math.min(DATASETS_ASKED, datasets.length) }, (_, i) => (
              <Field
                type="select"
                label={t(i === 0 ? "dataset" : "another")}
                {...(i === 0 ? field("datasets") : { name: "datasets", id: `datasets-${i}` })}
                options={[["", t("choose")], ...datasets]}
              />
            ))}
            <Field
              type="file"
              label={t("picture")}
              hint={t("pictureHint")}
              {...field("picture")}
              accept="image/png,image/jpeg,image/webp"
            />
          </Form>
        </>
      )}
    </>
  );
}

/** Reuses as cards; what they lead to is elsewhere, and nothing that the city answers for. */
export function Gallery({
  reuses,
  datasets,
  level = 3,
  lang,
  url,
}: { reuses: readonly KeptReuse[]; datasets: Titled; level?: 3 | 4 } & Common) {
  const t = reuseTexts.in(lang);
  const titles = new Map(datasets);
  return (
    <ul class="cards">
      {reuses.map((reuse) => {
        const link = (
          <a href={reuse.url} rel="nofollow ugc noopener external">
            <bdi>{reuse.title}</bdi>
          </a>
        );
        return (
          <li class="card" id={reuse.id}>
            {reuse.hasPicture && (
              <img
                src={url(`/data-reuses/${reuse.id}/picture`)}
                alt=""
                loading="lazy"
                style="display:block;max-width:100%;height:9rem;object-fit:contain;margin-block-end:.5rem"
              />
            )}
            {level === 3 ? <h3>{link}</h3> : <h4>{link}</h4>}
            {reuse.text && <p dir="auto">{reuse.text}</p>}
            <p class="quiet">
              {t("by", { author: reuse.author })}
              {reuse.licence && ` · ${reuse.licence}`}
            </p>
            <p class="quiet">
              {t("of")}{" "}
              {reuse.datasets.map((slug, i) => (
                <>
                  {i > 0 && ", "}
                  <a href={url(`/data/${slug}`)}>{titles.get(slug) ?? slug}</a>
                </>
              ))}
            </p>
          </li>
        );
      })}
    </ul>
  );
}

/** One as staff see it: where it leads is shown in letters, to be looked at before it is pressed. */
export function ReuseToLookAt({ reuse, lang, csrf, url }: { reuse: KeptReuse } & Common) {
  const t = reuseTexts.in(lang);
  const at = url(`/staff/data-reuses/${reuse.id}`);
  const button = (what: "show" | "drop") => (
    <form action={`${at}/${what}`} method="post">
      <input type="hidden" name="csrf" value={csrf} />
      <button type="submit" class={what === "drop" ? "link" : undefined} aria-label={`${t(what)}: ${reuse.title}`}>
        {t(what)}
      </button>
    </form>
  );
  return (
    <article id={reuse.id}>
      <h3>
        <bdi>{reuse.title}</bdi>
      </h3>
      <Facts
        items={[
          [
            t("link"),
            <a href={reuse.url} rel="nofollow ugc noopener external">
              <bdi>{reuse.url}</bdi>
            </a>,
          ],
          [t("author"), <bdi>{reuse.author}</bdi>],
          ...(reuse.licence ? [[t("licence"), <bdi>{reuse.licence}</bdi>] as const] : []),
          ...(reuse.text ? [[t("text"), <bdi>{reuse.text}</bdi>] as const] : []),
          [t("of"), reuse.datasets.join(", ")],
        ]}
      />
      {reuse.hasPicture && (
        <img src={url(`/data-reuses/${reuse.id}/picture`)} alt={t("picture")} style="max-width:100%;max-height:16rem" />
      )}
      <div class="actions">
        {!reuse.isShown && button("show")}
        {button("drop")}
      </div>
    </article>
  );
}
