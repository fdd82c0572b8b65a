import type { Context } from "hono";
import { Card, Cards, Field, Form, Notice, Tag } from "../../shared/components.tsx";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { ROLES, type Role } from "../../shared/who.ts";
import { portalTexts } from "./texts.ts";

const STAFF = ROLES.filter((role) => role !== "resident");
const TYPED_MAX = 100;

const rolesOf = (c: Context<CityEnv>): readonly Role[] => (c.var.who.kind === "person" ? c.var.who.roles : []);
const shares = (mine: readonly Role[], needed: readonly Role[] | undefined): boolean =>
  needed?.some((role) => mine.includes(role)) ?? false;

/** Where staff begin: what waits for them, one search for any number, and the rooms that their roles open. */
export function consolePages(app: CityApp): void {
  const search = (c: Context<CityEnv>, typed = "") => {
    const t = portalTexts.in(c.var.lang);
    return (
      <Form action={c.var.here.url("/staff/find")} csrf="" method="get" submit={t("find")}>
        <Field label={t("findLabel")} hint={t("findHint")} name="q" value={typed} required />
      </Form>
    );
  };

  app.get("/staff", needs(...STAFF), async (c) => {
    const { here, house, lang } = c.var;
    const t = portalTexts.in(lang);
    const roles = rolesOf(c);
    const open = house.rooms
      .flatMap((room) => room.nav)
      .filter((entry) => entry.path.startsWith("/staff/") && shares(roles, entry.roles));
    const waiting = (
      await Promise.all(
        house.rooms.map(({ waits }) => (waits && shares(roles, waits.roles) ? waits.run(here, lang) : [])),
      )
    )
      .flat()
      .filter(({ count }) => count > 0)
      .sort((a, b) => Number(b.isUrgent ?? false) - Number(a.isUrgent ?? false));
    return page(
      c,
      { title: t("staffTitle"), lead: t("staffLead") },
      open.length === 0 ? (
        <p>{t("staffNone")}</p>
      ) : (
        <>
          {search(c)}
          <h2>{t("waiting")}</h2>
          {waiting.length === 0 ? (
            <p>{t("waitingNone")}</p>
          ) : (
            <ul>
              {waiting.map(({ path, label, count, isUrgent }) => (
                <li>
                  <a href={here.url(path)}>{label}</a> <Tag kind={isUrgent ? "error" : "info"}>{String(count)}</Tag>
                </li>
              ))}
            </ul>
          )}
          <h2>{t("rooms")}</h2>
          <Cards>
            {open.map((entry) => (
              <Card href={here.url(entry.path)} title={entry.label(lang)} level={3} />
            ))}
          </Cards>
        </>
      ),
    );
  });

  app.get("/staff/find", needs(...STAFF), async (c) => {
    const { here, house, lang } = c.var;
    const t = portalTexts.in(lang);
    const typed = (c.req.query("q") ?? "").trim().slice(0, TYPED_MAX);
    const finders = house.rooms.flatMap(({ find }) => (find && shares(rolesOf(c), find.roles) ? [find] : []));
    const hits = typed === "" ? [] : (await Promise.all(finders.map(({ run }) => run(here, typed, lang)))).flat();
    return page(
      c,
      { title: t("find"), crumbs: [[t("staffTitle"), here.url("/staff")]] },
      <>
        {search(c, typed)}
        {hits.length > 0 && (
          <Cards>
            {hits.map(({ path, title, facts }) => (
              <Card href={here.url(path)} title={title}>
                {facts && <p>{facts}</p>}
              </Card>
            ))}
          </Cards>
        )}
        {typed !== "" && hits.length === 0 && <Notice kind="info">{t("findNone", { typed })}</Notice>}
      </>,
    );
  });
}
