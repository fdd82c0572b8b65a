import { stringify } from "csv-stringify/sync";
import type { Context } from "hono";
import { textOf } from "../../../shared/delimited.ts";
import { Fault } from "../../../shared/errors.ts";
import { parsed } from "../../../shared/http.ts";
import { newId } from "../../../shared/ids.ts";
import { decimalOf } from "../../../shared/money.ts";
import { page } from "../../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { BillById } from "../../billing/events.ts";
import { grouped } from "../domain.ts";
import { mistakeOf, shown } from "../pages.tsx";
import type { Mistake } from "../views.tsx";
import { asksAbout } from "./api.ts";
import { askable, linesOf, type TypedLine, textOfLines, wrongIn } from "./lines.ts";
import { openBulk, quotedLines, quoteOf, type WrongLine, WrongLines } from "./opening.ts";
import { LINES_MAX, NewBulk } from "./schema.ts";
import { bulkAsItIs, bulkStore } from "./store.ts";
import { bulkTexts } from "./texts.ts";
import { BulkForm, BulkPage, type BulkShown, CheckPage, type GivenBulk } from "./views.tsx";

const bulkShown = (c: Context<CityEnv>): BulkShown => ({ ...shown(c), bt: bulkTexts.in(c.var.lang) });

/** What a form brings: its lines, or a file in their place. */
async function givenIn(c: Context<CityEnv>): Promise<GivenBulk & { id?: string }> {
  const { file, lines, contact, id } = await c.req.parseBody();
  const isFile = file instanceof File && file.size > 0;
  return {
    lines: isFile ? textOf(new Uint8Array(await file.arrayBuffer())) : typeof lines === "string" ? lines : "",
    ...(typeof contact === "string" && contact.trim() !== "" ? { contact } : {}),
    ...(typeof id === "string" ? { id } : {}),
  };
}

/** What is wrong with lines, in the reader's language and by the line that was typed. */
function mistakesIn(s: BulkShown, lines: readonly TypedLine[], wrong: readonly WrongLine[]): Mistake[] {
  const { t, bt } = s;
  const says = {
    no_number: bt("noNumber"),
    no_amount: t("notMoney", { currency: s.here.city.currency }),
    twice: bt("twice"),
    other_service: bt("otherService"),
  };
  return wrongIn(lines, wrong).map(({ line, why }) => {
    const detail = why instanceof Fault ? mistakeOf(s, why).detail : says[why];
    return { field: "lines", detail: bt("onLine", { line, detail }) };
  });
}

/** The lines of a text, or what is wrong with it as a whole. */
function typed(s: BulkShown, text: string): TypedLine[] | Mistake {
  const { bt } = s;
  try {
    const lines = linesOf(text, s.here.city.currency);
    if (lines.length === 0) return { field: "lines", detail: bt("none") };
    return lines.length <= LINES_MAX ? lines : { field: "lines", detail: bt("tooMany", { max: LINES_MAX }) };
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== "invalid") throw error;
    const line = error.members.errors?.[0]?.pointer.split("/").at(-1);
    return { field: "lines", detail: bt("onLine", { line, detail: bt("unreadable") }) };
  }
}

function formPage(c: Context<CityEnv>, given: GivenBulk, mistakes: Mistake[] = []) {
  const s = bulkShown(c);
  return page(
    c,
    {
      title: s.bt("title"),
      lead: s.bt("lead", { max: LINES_MAX }),
      crumbs: [[s.t("title"), s.here.url("/prepaid")]],
      status: mistakes.length > 0 ? 422 : 200,
    },
    <BulkForm {...{ s, given, mistakes }} />,
  );
}

/** Shows what an order would be, or the form again with what is wrong with it. */
async function checkPage(c: Context<CityEnv>, given: GivenBulk, mistakes: Mistake[] = []) {
  const s = bulkShown(c);
  const lines = typed(s, given.lines);
  if (!Array.isArray(lines)) return formPage(c, given, [lines]);
  const asked = askable(lines);
  await asksAbout(c, asked.length);
  const { quotes, wrong } = await quotedLines(s.here, { lines: asked });
  const all = mistakesIn(s, lines, wrong);
  if (all.length > 0) return formPage(c, given, all);
  return page(
    c,
    {
      title: s.bt("checkTitle"),
      lead: s.bt("checkLead"),
      crumbs: [
        [s.t("title"), s.here.url("/prepaid")],
        [s.bt("title"), s.here.url("/prepaid/bulk")],
      ],
      status: mistakes.length > 0 ? 422 : 200,
      wide: true,
    },
    <CheckPage
      {...{ s, mistakes }}
      quote={quoteOf(quotes)}
      given={{ ...given, lines: textOfLines(asked, s.here.city.currency) }}
      newId={newId("ppb", s.here.clock.now())}
    />,
  );
}

/** Pages for whoever buys for many meters. */
export function bulkPages(app: CityApp): void {
  app.get("/prepaid/bulk", needs("public"), (c) => formPage(c, { lines: "" }));
  app.post("/prepaid/bulk/check", needs("public"), async (c) => checkPage(c, await givenIn(c)));
  app.post("/prepaid/bulk/change", needs("public"), async (c) => formPage(c, await givenIn(c)));
  // A page that a form made has no address of its own: whoever comes to it begins.
  for (const path of ["/prepaid/bulk/check", "/prepaid/bulk/change"])
    app.get(path, needs("public"), (c) => c.redirect(c.var.here.url("/prepaid/bulk"), 303));

  app.post("/prepaid/bulk", needs("public"), async (c) => {
    const s = bulkShown(c);
    const { id, ...given } = await givenIn(c);
    const lines = typed(s, given.lines);
    if (!Array.isArray(lines)) return formPage(c, given, [lines]);
    const asked = askable(lines);
    if (asked.length < lines.length) return checkPage(c, given);
    try {
      await asksAbout(c, asked.length);
      const { contact } = given;
      const order = {
        ...{ id, ...(contact ? { contact } : {}) },
        lines: asked.map(({ meter, amountMinor }) => ({ meter, amountMinor })),
      };
      const { bulk } = await openBulk(s.here, parsed(NewBulk, order), s.lang);
      return c.redirect(s.here.url(`/prepaid/bulk/${bulk.id}`), 303);
    } catch (error) {
      if (error instanceof WrongLines) return formPage(c, given, mistakesIn(s, lines, error.wrong));
      const mistake = mistakeOf(s, error);
      if (mistake.field !== "contact") throw error;
      return checkPage(c, given, [mistake]);
    }
  });

  app.get("/prepaid/bulk/:id", needs("public"), async (c) => {
    const s = bulkShown(c);
    const { is: bulk } = await bulkStore(s.here).get(c.req.param("id"));
    const bill = await s.here.ask(BillById, { billId: bulk.billId });
    return page(
      c,
      {
        title: s.bt(`${bulk.resource}Bulk`, { count: bulk.lines.length }),
        crumbs: [
          [s.t("title"), s.here.url("/prepaid")],
          [s.bt("title"), s.here.url("/prepaid/bulk")],
        ],
        wide: true,
      },
      <BulkPage
        {...{ s }}
        bulk={await bulkAsItIs(s.here, bulk)}
        dueMinor={bill.dueMinor}
        isPaid={bulk.state === "paid" || bill.state === "paid"}
      />,
    );
  });
  app.get("/prepaid/bulk/:id/tokens.csv", needs("public"), async (c) => {
    const { here } = c.var;
    const { is: bulk } = await bulkStore(here).get(c.req.param("id"));
    const { lines } = await bulkAsItIs(here, bulk);
    // In groups, so that a spreadsheet takes a token for a text and keeps its last digits.
    const rows = lines.map((line) => [
      grouped(line.meter.number),
      ...[line.state, decimalOf(line.amountMinor, bulk.currency), bulk.currency, line.reference ?? ""],
      ...[(line.tokens ?? []).some(({ isTest }) => isTest) ? "test" : ""],
      (line.tokens ?? []).flatMap(({ digits }) => digits.map(grouped)).join(" / "),
    ]);
    const head = ["meter", "state", "amount", "currency", "reference", "test", "tokens"];
    return c.body(stringify([head, ...rows], { escape_formulas: true, record_delimiter: "\r\n" }), 200, {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": `attachment; filename="${here.city.slug}-tokens-${bulk.reference}.csv"`,
    });
  });
}
