import type { Context } from "hono";
import { z } from "zod";
import { Actions, Facts, LinkButton, Notice, Table, Tag } from "../../shared/components.tsx";
import { absent } from "../../shared/errors.ts";
import { form, parsed } from "../../shared/http.ts";
import { StaffName } from "../../shared/identity/staff-name.tsx";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { fileOf } from "../../shared/uploads.ts";
import { whoId } from "../../shared/who.ts";
import { accountsBy } from "../accounts/events.ts";
import { KEEPERS, STAFF } from "./access.ts";
import { today } from "./api-rolls.ts";
import { attempt, BASE, crumbs, type Mistake, rollCrumb, rollPath, shown } from "./desk.tsx";
import { saidText } from "./entry-pages.tsx";
import { previewRoll, stage, staged, takeRoll } from "./importing.ts";
import { Day } from "./schema.ts";
import { rollStore } from "./store.ts";
import { Press } from "./views.tsx";

/** A file of entries: tried, said yes to, and followed while it is taken in. */
export function filePages(app: CityApp, list: (c: Context<CityEnv>, mistakes: Mistake[]) => Promise<Response>): void {
  app.post(`${BASE}/rolls/:roll/uploads`, needs(...KEEPERS), (c) =>
    attempt(
      c,
      async () => {
        const roll = await rollStore(c.var.here.table).roll(c.req.param("roll"));
        const { file, fields } = await fileOf(c);
        const { from = today(c) } = parsed(z.object({ from: Day.optional() }), fields);
        const { id } = await previewRoll(c.var.here, roll, file, from);
        await stage(c.var.here, id, file);
        return `${rollPath(roll.code)}/uploads/${id}?from=${from}`;
      },
      async (mistakes) => list(c, mistakes),
    ),
  );
  app.get(`${BASE}/rolls/:roll/uploads/:id`, needs(...KEEPERS), async (c) => {
    const s = shown(c);
    const roll = await rollStore(s.here.table).roll(c.req.param("roll"));
    const from = parsed(Day, c.req.query("from"), "query");
    const file = await staged(s.here, c.req.param("id"));
    const preview = await previewRoll(s.here, roll, file, from);
    if (preview.id !== c.req.param("id")) throw absent();
    const ids = preview.changes.flatMap(({ said }) =>
      said.filter(({ fact }) => fact === "accountId").flatMap(({ was, now }) => [was, now]),
    );
    const accounts = await accountsBy(
      s.here,
      ids.map((id) => (id === undefined ? undefined : String(id))),
    );
    return page(
      c,
      { title: s.t("preview"), lead: s.t("previewLead"), crumbs: crumbs(s, rollCrumb(s, roll)), wide: true },
      <>
        <Facts
          items={[
            [s.t("newEntries"), String(preview.added)],
            [s.t("changedEntries"), String(preview.changed)],
            [s.t("unchangedEntries"), String(preview.unchanged)],
          ]}
        />
        {preview.ignored.length > 0 && (
          <Notice kind="warning">{s.t("ignored", { columns: preview.ignored.join(", ") })}</Notice>
        )}
        <Press {...{ s }} to={`${rollPath(roll.code)}/uploads/${preview.id}`} says={s.t("takeIn")}>
          <input type="hidden" name="from" value={from} />
        </Press>
        {preview.changes.length > 0 && (
          <Table
            caption={s.t("changedEntries")}
            head={[s.t("line"), s.a("number"), s.a("what")]}
            rows={preview.changes.map(({ line, number, isNew, said }) => [
              String(line),
              <>
                <bdi>{number}</bdi> {isNew && <Tag kind="success">{s.t("isNew")}</Tag>}
              </>,
              <ul>
                {said.map((each) => (
                  <li>{saidText(s, each, accounts)}</li>
                ))}
              </ul>,
            ])}
          />
        )}
      </>,
    );
  });
  app.post(`${BASE}/rolls/:roll/uploads/:id`, needs(...KEEPERS), (c) =>
    attempt(
      c,
      async () => {
        const { here, who } = c.var;
        const roll = await rollStore(here.table).roll(c.req.param("roll"));
        const { from } = await form(c, z.strictObject({ from: Day }));
        const { taken } = await takeRoll(here, roll, await staged(here, c.req.param("id")), from, whoId(who));
        return `${BASE}/imports/${taken.id}`;
      },
      async (mistakes) => list(c, mistakes),
    ),
  );
  app.get(`${BASE}/imports/:id`, needs(...STAFF), async (c) => {
    const s = shown(c);
    const taken = await rollStore(s.here.table).findImport(c.req.param("id"));
    if (!taken) throw absent();
    const roll = await rollStore(s.here.table).roll(taken.roll);
    return page(
      c,
      { title: s.t("importTitle"), crumbs: crumbs(s, rollCrumb(s, roll)) },
      <>
        <Facts
          items={[
            [s.t("state"), <Tag kind={taken.state === "done" ? "success" : "info"}>{s.t(taken.state)}</Tag>],
            [s.t("entries"), s.t("doneOf", { done: taken.done, all: taken.entries })],
            [s.t("newEntries"), String(taken.added)],
            [s.t("changedEntries"), String(taken.changed)],
            [s.t("unchangedEntries"), String(taken.unchanged)],
            [s.t("by"), <StaffName here={s.here} id={taken.by} />],
          ]}
        />
        {taken.state === "running" && (
          <Actions>
            <LinkButton href={s.here.url(`${BASE}/imports/${taken.id}`)} second>
              {s.t("lookAgain")}
            </LinkButton>
          </Actions>
        )}
        {taken.problems.length > 0 && (
          <Table
            caption={s.t("problems")}
            head={[s.t("line"), s.a("what")]}
            rows={taken.problems.map(({ line, detail }) => [String(line), detail])}
          />
        )}
      </>,
    );
  });
}
