import { ErrorSummary, Field, Form, fieldOf, Notice, Pager, Tag } from "../../../shared/components.tsx";
import { shellTexts } from "../../../shared/shell-texts.ts";
import { type Common, day } from "../showing.ts";
import { type KeptRequest, RequestState } from "./schema.ts";
import { requestTexts } from "./texts.ts";

type Errors = { field: string; detail: string }[];
interface Props extends Common {
  requests: readonly KeptRequest[];
  next?: string | undefined;
  isSent: boolean;
  voted?: string | undefined;
  value?: Record<string, string>;
  errors?: Errors;
}

const KINDS = { new: "info", open: "info", planned: "warning", published: "success", declined: "error" } as const;
export const StateTag = ({ state, lang }: Pick<KeptRequest, "state"> & Pick<Common, "lang">) => (
  <Tag kind={KINDS[state]}>{requestTexts.in(lang)(`state.${state}`)}</Tag>
);

/** What somebody wrote keeps its own direction. */
const Written = ({ text }: { text: string }) => (
  <p dir="auto" style="white-space:pre-line">
    {text}
  </p>
);

export function RequestsPage({ requests, next, isSent, voted, value = {}, errors = [], ...common }: Props) {
  const { lang, csrf, url } = common;
  const t = requestTexts.in(lang);
  const field = fieldOf(value, errors);
  return (
    <>
      {errors.length > 0 && <ErrorSummary title={shellTexts.in(lang)("errors")} errors={errors} />}
      {isSent && <Notice kind="success">{t("sent")}</Notice>}
      {voted && <Notice kind="success">{t("voted")}</Notice>}
      <h2>{t("asked")}</h2>
      {requests.length === 0 && <p>{t("none")}</p>}
      {requests.map((request) => (
        <article id={request.id}>
          <h3>
            <bdi>{request.title}</bdi> <StateTag state={request.state} lang={lang} />
          </h3>
          {request.text && <Written text={request.text} />}
          {request.answer && (
            <Notice kind="info">
              <p>
                <strong>{t("answer")}</strong>
              </p>
              <Written text={request.answer} />
            </Notice>
          )}
          {request.dataset && (
            <p>
              <a href={url(`/data/${request.dataset}`)}>{t("became")}</a>
            </p>
          )}
          <div class="actions">
            <span class="quiet">
              {t("votes", { n: request.votes })} · <time>{day(common, request.createdAt)}</time>
            </span>
            {(request.state === "open" || request.state === "planned") && (
              <form action={url(`/data-requests/${request.id}/vote`)} method="post">
                <input type="hidden" name="csrf" value={csrf} />
                <button type="submit" class="link" aria-label={`${t("vote")}: ${request.title}`}>
                  {t("vote")}
                </button>
              </form>
            )}
          </div>
        </article>
      ))}
      <Pager next={next ? [url(`/data-requests?cursor=${encodeURIComponent(next)}`), t("older")] : undefined} />
      <h2>{t("ask")}</h2>
      <p>{t("askLead")}</p>
      <Form action={url("/data-requests")} csrf={csrf} submit={t("send")}>
        <Field label={t("what")} {...field("title")} required maxlength={120} />
        <Field type="textarea" label={t("why")} hint={t("whyHint")} {...field("text")} maxlength={2000} />
        <Field type="email" label={t("email")} hint={t("emailHint")} {...field("email")} autocomplete="email" />
      </Form>
    </>
  );
}

/** A request as staff see it, with what can be said to it. */
export function RequestForm({
  request,
  datasets,
  value = {},
  errors = [],
  ...common
}: Common & {
  request: KeptRequest;
  datasets: readonly (readonly [slug: string, title: string])[];
  value?: Record<string, string>;
  errors?: Errors;
}) {
  const { lang, csrf, url } = common;
  const t = requestTexts.in(lang);
  const error = (name: string) => errors.find(({ field }) => field === name)?.detail;
  const at = url(`/staff/data-requests/${request.id}`);
  return (
    <article id={request.id}>
      <h3>
        <bdi>{request.title}</bdi> <StateTag state={request.state} lang={lang} />
      </h3>
      {request.text && <Written text={request.text} />}
      <p class="quiet">
        {t("votes", { n: request.votes })} · <time>{day(common, request.createdAt)}</time>
        {request.email && ` · ${t("isAnswered")}`}
      </p>
      <details open={errors.length > 0 || request.state === "new"}>
        <summary>{t("decide")}</summary>
        <Form action={`${at}/answer`} csrf={csrf} submit={t("save")}>
          <Field
            type="select"
            label={t("state")}
            name="state"
            id={`state-${request.id}`}
            value={value["state"] ?? (request.state === "new" ? "open" : request.state)}
            options={RequestState.exclude(["new"]).options.map((state) => [state, t(`state.${state}`)] as const)}
          />
          <Field
            type="textarea"
            label={t("answer")}
            name="answer"
            id={errors.length > 0 ? "answer" : `answer-${request.id}`}
            value={value["answer"] ?? request.answer}
            error={error("answer")}
            maxlength={1000}
          />
          <Field
            type="select"
            label={t("dataset")}
            name="dataset"
            id={errors.length > 0 ? "dataset" : `dataset-${request.id}`}
            value={value["dataset"] ?? request.dataset ?? ""}
            error={error("dataset")}
            options={[["", t("noDataset")], ...datasets]}
          />
        </Form>
      </details>
      {request.state === "new" && (
        <form action={`${at}/drop`} method="post">
          <input type="hidden" name="csrf" value={csrf} />
          <button type="submit" class="link" aria-label={`${t("drop")}: ${request.title}`}>
            {t("drop")}
          </button>
        </form>
      )}
    </article>
  );
}
