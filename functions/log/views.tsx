import { Field, Form, Pager, Table, Tag } from "../../shared/components.tsx";
import { factOf } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import type { ReplayState } from "../../shared/replays.ts";
import type { Item } from "../../shared/table.ts";
import type { Lang } from "../../shared/texts.ts";
import type { logTexts } from "./texts.ts";

interface Props {
  t: ReturnType<typeof logTexts.in>;
  lang: Lang;
  csrf: string;
  here: Here;
  facts: { items: Item[]; cursor?: string };
  parked: Item[];
  /** Who may be told again, and how far that is. */
  listeners: readonly string[];
  replays: readonly ReplayState[];
}

export function LogPage({ t, lang, csrf, here, facts, parked, listeners, replays }: Props) {
  const text = (iso: string) =>
    new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "medium", timeZone: here.city.timeZone }).format(
      new Date(iso),
    );
  const moment = (iso: string) => <time datetime={iso}>{text(iso)}</time>;
  return (
    <>
      <h2>{t("parked")}</h2>
      {parked.length === 0 ? (
        <p>{t("parkedNone")}</p>
      ) : (
        <>
          <p>{t("parkedLead")}</p>
          <Table
            caption={t("parked")}
            head={[t("listener"), t("reason"), t("triedAt"), t("again")]}
            rows={parked.map((item) => [
              <code>{item.sk === "TASK" ? `${item["name"]} ${item["id"]}` : item.sk}</code>,
              String(item["reason"]),
              moment(String(item["triedAt"])),
              item.sk === "TASK" ? (
                <Form action={here.url("/staff/log/tasks")} csrf={csrf} submit={t("again")}>
                  <input type="hidden" name="name" value={String(item["name"])} />
                  <input type="hidden" name="id" value={String(item["id"])} />
                </Form>
              ) : (
                <Form action={here.url("/staff/log/replays")} csrf={csrf} submit={t("again")}>
                  <input type="hidden" name="listener" value={item.sk} />
                </Form>
              ),
            ])}
          />
        </>
      )}
      <h2>{t("replays")}</h2>
      <p>{t("replaysLead")}</p>
      {replays.length > 0 && (
        <Table
          caption={t("replays")}
          head={[t("listener"), t("looked"), t("told"), t("failed"), t("state")]}
          numeric={[1, 2, 3]}
          rows={replays.map(({ listener, looked, told, failed, startedAt, endedAt }) => [
            <code>{listener}</code>,
            String(looked),
            String(told),
            String(failed),
            endedAt ? (
              <>
                <Tag kind={failed > 0 ? "warning" : "success"}>{t("replayDone")}</Tag> {moment(endedAt)}
              </>
            ) : (
              <>
                <Tag>{t("replayRuns")}</Tag> {moment(startedAt)}
              </>
            ),
          ])}
        />
      )}
      <Form action={here.url("/staff/log/replays")} csrf={csrf} submit={t("again")}>
        <Field
          label={t("listener")}
          name="listener"
          type="select"
          options={listeners.map((name) => [name, name] as const)}
        />
      </Form>
      <h2>{t("facts")}</h2>
      {facts.items.length === 0 ? (
        <p>{t("none")}</p>
      ) : (
        <Table
          caption={t("facts")}
          head={[t("time"), t("type"), t("subject"), t("id")]}
          rows={facts.items
            .map(factOf)
            .map((fact) => [moment(fact.time), fact.type, fact.subject, <code>{fact.id}</code>])}
        />
      )}
      {facts.cursor && <Pager next={[here.url(`/staff/log?cursor=${encodeURIComponent(facts.cursor)}`), t("older")]} />}
    </>
  );
}
