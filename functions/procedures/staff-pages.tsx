import type { Context } from "hono";
import { z } from "zod";
import type { Transition } from "../../marketplace/contract/procedure.ts";
import { inLang } from "../../marketplace/contract/words.ts";
import { csvFile, fieldMistakes, form, givenIn } from "../../shared/http.ts";
import { staffNames } from "../../shared/identity/persons.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { BillById } from "../billing/events.ts";
import { READERS, STAFF, staffCase } from "./api.ts";
import { erase } from "./erasing.ts";
import { billed, seenUnpaid } from "./fees.ts";
import { opened } from "./filling.ts";
import { decideProposal, move, movesOf } from "./moving.ts";
import { allOffered } from "./offered.ts";
import { keepOwn } from "./own.ts";
import { fileOf } from "./pages.tsx";
import { caseCsv, queue } from "./queue.ts";
import { ProcedureKey } from "./schema.ts";
import { shown, titleIn } from "./shown.tsx";
import { procedureStaffTexts } from "./staff-texts.ts";
import { CasePage, OwnForm, OwnPage, QueuePage, type StaffShown } from "./staff-views.tsx";
import { procedureStore, WAITING } from "./store.ts";
import type { Mistake } from "./views.tsx";

type C = Context<CityEnv>;
const A_PAGE = 50;
const QUEUE = "/staff/procedures";
const OWN = `${QUEUE}/own`;
const ERASERS = ["data_officer", "administrator"] as const;

const staffShown = (c: C): StaffShown => {
  const { who } = c.var;
  const roles = who.kind === "person" ? who.roles : [];
  return {
    ...shown(c),
    st: procedureStaffTexts.in(c.var.lang),
    me: whoId(who),
    mayDecide: STAFF.some((role) => roles.includes(role)),
    mayErase: ERASERS.some((role) => roles.includes(role)),
  };
};
const crumbs = (s: StaffShown, ...more: [string, string][]): [string, string][] =>
  ([[s.st("staff"), "/staff"], ...more] as [string, string][]).map(([label, path]) => [label, s.here.url(path)]);
const statusOf = (mistakes: readonly Mistake[]) => (mistakes.length > 0 ? 422 : 200);

const Asked = z.object({
  waits: z.enum(WAITING).catch("staff"),
  procedure: ProcedureKey.optional().catch(undefined),
  late: z.literal("yes").optional().catch(undefined),
  cursor: z.string().max(2_000).optional(),
});

export function procedureStaffPages(app: CityApp): void {
  app.get(QUEUE, needs(...READERS), async (c) => {
    const s = staffShown(c);
    const { waits, procedure, late, cursor } = Asked.parse(c.req.query());
    const found = await queue(s.here, { waits, procedure, isLate: late === "yes", limit: A_PAGE, cursor });
    const [rows, offered] = await Promise.all([
      Promise.all(found.cases.map((kase) => opened(s.here, kase))),
      allOffered(s.here),
    ]);
    return page(
      c,
      { title: s.st("title"), lead: s.st("lead"), crumbs: crumbs(s), wide: true },
      <QueuePage {...{ s, rows, offered, waits, procedure }} isLate={late === "yes"} next={found.next} />,
    );
  });
  app.get(`${QUEUE}/cases.csv`, needs(...READERS), (c) => {
    const { procedure } = Asked.parse(c.req.query());
    return csvFile(c, "cases", caseCsv(c.var.here, c.var.lang, procedure));
  });

  const one = async (c: C, mistakes: Mistake[] = [], given: Record<string, string> = {}) => {
    const s = staffShown(c);
    const of = await staffCase(s.here, c.req.param("id") ?? "");
    const billId = of.kase.fee?.billId;
    const [timeline, bill] = await Promise.all([
      procedureStore(s.here).timeline(of.kase.id),
      billId === undefined ? undefined : s.here.ask(BillById, { billId }),
    ]);
    const nameOf = await staffNames(
      s.here.table,
      timeline.map(({ by }) => by),
    );
    const moves: Transition[] = s.mayDecide ? movesOf(s.here, of, "agent", "two_agents") : [];
    return page(
      c,
      {
        title: `${titleIn(of.definition, s.lang)} ${of.kase.reference}`,
        crumbs: crumbs(s, [s.st("title"), QUEUE]),
        status: statusOf(mistakes),
      },
      <CasePage {...{ s, of, timeline, nameOf, bill, moves, mistakes, given }} />,
    );
  };
  app.get(`${QUEUE}/cases/:id`, needs(...READERS), (c) => one(c));
  const deciding = async (c: C, work: () => Promise<unknown>) => {
    const typed = await givenIn(c);
    try {
      await work();
      await billed(c.var.here, c.req.param("id") ?? "");
    } catch (error) {
      // Several forms of the page ask for the same: a mistake belongs to the one that was sent.
      const form = c.req.param("transition");
      const mistakes = fieldMistakes(error);
      return one(
        c,
        form === undefined
          ? mistakes
          : mistakes.map((one) => (one.field ? { ...one, field: `${one.field}-${form}` } : one)),
        typed,
      );
    }
    return c.redirect(c.var.here.url(`${QUEUE}/cases/${c.req.param("id")}`), 303);
  };
  const Said = z.strictObject({ reason: z.string().max(60).optional(), note: z.string().max(1_000).optional() });
  app.post(`${QUEUE}/cases/:id/moves/:transition`, needs(...STAFF), async (c) => {
    const of = await staffCase(c.var.here, c.req.param("id"));
    return deciding(c, async () => {
      const said = await form(c, Said);
      await move(
        c.var.here,
        of,
        { ...said, transition: c.req.param("transition") },
        { as: "agent", id: whoId(c.var.who) },
      );
    });
  });
  const Seen = z.strictObject({ seen: z.string().max(40).optional() });
  for (const [word, agrees] of [
    ["agreement", true],
    ["dropping", false],
  ] as const)
    app.post(`${QUEUE}/cases/:id/${word}`, needs(...STAFF), async (c) => {
      const of = await staffCase(c.var.here, c.req.param("id"));
      return deciding(c, async () => {
        const { seen } = await form(c, Seen);
        await decideProposal(c.var.here, of, agrees, whoId(c.var.who), seen);
      });
    });
  app.post(`${QUEUE}/cases/:id/seen`, needs(...STAFF), async (c) => {
    const { kase } = await staffCase(c.var.here, c.req.param("id"));
    return deciding(c, () => seenUnpaid(c.var.here, kase, whoId(c.var.who)));
  });
  app.post(`${QUEUE}/cases/:id/erasure`, needs(...ERASERS), async (c) => {
    const { kase } = await staffCase(c.var.here, c.req.param("id"));
    return deciding(c, () => erase(c.var.here, kase, whoId(c.var.who)));
  });
  app.get(`${QUEUE}/cases/:id/files/:question`, needs(...READERS), async (c) =>
    fileOf(c, await staffCase(c.var.here, c.req.param("id")), c.req.param("question")),
  );

  ownPages(app);
}

/** The city's own procedures, written in the shape in which modules bring theirs. */
function ownPages(app: CityApp): void {
  app.get(OWN, needs("administrator"), async (c) => {
    const s = staffShown(c);
    const [own, offered] = await Promise.all([procedureStore(s.here).allOwn(), allOffered(s.here)]);
    return page(
      c,
      { title: s.st("own"), lead: s.st("ownLead"), crumbs: crumbs(s, [s.st("title"), QUEUE]), wide: true },
      <OwnPage {...{ s, own }} ofModules={offered.filter(({ definition }) => definition.module !== undefined)} />,
    );
  });
  type Written = Pick<Parameters<typeof OwnForm>[0], "json" | "isOpen" | "revision">;
  const writing = (c: C, written: Written, title: string, mistakes: Mistake[] = []) => {
    const s = staffShown(c);
    return page(
      c,
      { title, crumbs: crumbs(s, [s.st("title"), QUEUE], [s.st("own"), OWN]), status: statusOf(mistakes), wide: true },
      <OwnForm {...{ s, ...written, mistakes }} action={s.here.url(OWN)} />,
    );
  };
  app.get(`${OWN}/write`, needs("administrator"), async (c) => {
    const s = staffShown(c);
    const from = c.req.query("from") ?? "";
    const own = await procedureStore(s.here).own(from.slice(0, 130));
    const copied = own ? undefined : (await allOffered(s.here)).find(({ definition }) => definition.key === from);
    const part = own?.part ?? copied?.definition.part;
    const title = part ? s.st("ownEdit", { title: inLang(part.title, s.lang) }) : s.st("ownNew");
    const json = part ? JSON.stringify(part, null, 2) : "";
    return writing(c, { json, isOpen: own?.isOpen ?? false, revision: String(own?.revision ?? 0) }, title);
  });
  app.post(OWN, needs("administrator"), async (c) => {
    const s = staffShown(c);
    const typed = await givenIn(c);
    const { part: json = "", revision = "" } = typed;
    const isOpen = typed["isOpen"] === "yes";
    const again = (mistakes: Mistake[]) => writing(c, { json, isOpen, revision }, s.st("ownNew"), mistakes);
    let part: { id?: unknown };
    try {
      part = JSON.parse(json);
    } catch {
      return again([{ field: "part", detail: s.st("notJson") }]);
    }
    try {
      const read = /^\d{1,9}$/.test(revision) ? Number(revision) : undefined;
      await keepOwn(s.here, String(part?.id ?? ""), part, isOpen, s.me, read);
    } catch (error) {
      return again(fieldMistakesAt(error));
    }
    return c.redirect(s.here.url(OWN), 303);
  });
}

/** The mistakes of a document that stands in one field: each with its place in it. */
function fieldMistakesAt(error: unknown): Mistake[] {
  const mistakes = fieldMistakes(error);
  const pointers = (error as { members?: { errors?: { pointer: string }[] } }).members?.errors ?? [];
  return mistakes.map(({ detail }, i) => ({ field: "part", detail: `${pointers[i]?.pointer ?? "#"}: ${detail}` }));
}
