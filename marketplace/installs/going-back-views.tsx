import { Form, Notice, Table } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import type { Lost } from "./going-back.ts";
import { goingBackTexts } from "./going-back-texts.ts";
import { action, type Shown } from "./views.tsx";

const ROWS_SHOWN = 20;

/** What is lost and what stays when the city goes back, before it is confirmed. */
export function GoingBackPage({
  shown,
  name,
  lost,
  mayDecide,
}: {
  shown: Shown;
  name: string;
  lost: Lost;
  mayDecide: boolean;
}) {
  const { lang, here } = shown;
  const t = goingBackTexts.in(lang);
  const number = new Intl.NumberFormat(lang);
  const isOver = lost.until < here.clock.now().toISOString();
  return (
    <>
      <p>{isOver ? t("over") : t("until", { until: cityMoment(lost.until, shown) })}</p>
      {!lost.isAny && <p>{t("nothing")}</p>}
      {lost.isMore && <Notice kind="warning">{t("more")}</Notice>}
      {lost.tables.length > 0 && (
        <>
          <Table
            caption={t("tables")}
            head={[t("table"), t("count")]}
            numeric={[1]}
            rows={lost.tables.map(({ table, count }) => [<code>{table}</code>, number.format(count)])}
          />
          <p>{t("tablesLead")}</p>
          {lost.tables.map(({ table, rows }) => (
            <details>
              <summary>{t("rows", { table })}</summary>
              <ul>
                {rows.slice(0, ROWS_SHOWN).map((row) => (
                  <li>
                    <code dir="ltr">{JSON.stringify(row)}</code>
                  </li>
                ))}
              </ul>
            </details>
          ))}
        </>
      )}
      {lost.effects.length > 0 && (
        <>
          <Table
            caption={t("effects")}
            head={[t("effect"), t("count")]}
            numeric={[1]}
            rows={lost.effects.map(({ scope, count }) => [<code dir="ltr">{scope}</code>, number.format(count)])}
          />
          <p>{t("effectsLead")}</p>
        </>
      )}
      {mayDecide && !isOver && (
        <Form
          action={action(shown, name, "rollback")}
          csrf={shown.csrf}
          submit={t("confirm", { version: lost.version })}
        >
          <input type="hidden" name="seen" value={lost.seen} />
        </Form>
      )}
    </>
  );
}
