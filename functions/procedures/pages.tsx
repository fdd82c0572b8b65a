import type { Context } from "hono";
import { stateOf, walk } from "../../marketplace/contract/procedure-engine.ts";
import { inLang } from "../../marketplace/contract/words.ts";
import { Field, Form, Notice, Table } from "../../shared/components.tsx";
import { absent, absentIsNone, Fault } from "../../shared/errors.ts";
import { addressOf, originOf } from "../../shared/http.ts";
import { readContact } from "../../shared/identity/contacts.ts";
import { limit } from "../../shared/identity/limits.ts";
import { page } from "../../shared/page.tsx";
import { readReference } from "../../shared/reference.ts";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { dayOf } from "../../shared/time.ts";
import { BillById } from "../billing/events.ts";
import { billed } from "./fees.ts";
import {
  begin,
  demandAsked,
  isFile,
  keepAnswer,
  keepContact,
  keepFile,
  mayEdit,
  nextOf,
  type Opened,
  opened,
  openedBy,
  reckon,
  termsOf,
} from "./filling.ts";
import { linkOf, linkSent } from "./messages.ts";
import { move, movesOf, submit } from "./moving.ts";
import { allOffered, offeredBy } from "./offered.ts";
import { QuestionForm } from "./question-view.tsx";
import { MEDIA, NotAnAnswer, readAnswer, type Sent } from "./reading.ts";
import type { Case } from "./schema.ts";
import { Said, type Shown, shown, titleIn } from "./shown.tsx";
import { fileKey, procedureStore } from "./store.ts";
import {
  AboutPage,
  CheckPage,
  Later,
  ListPage,
  type Mistake,
  Mistakes,
  type MoveButton,
  PaperPage,
  StatusPage,
} from "./views.tsx";

type C = Context<CityEnv>;

// Enough for a family at one connection, or a cyber café; too few to fill a city's table or guess a code.
const BEGINS = { max: 60, windowS: 3_600 };
const LOOKS = { max: 30, windowS: 3_600 };
const SENDS = { max: 5, windowS: 86_400 };
const MINE_MAX = 50;

const limited = (c: C, what: string, { max, windowS }: { max: number; windowS: number }) =>
  limit(c.var.here.table, c.var.here.clock.now(), `procedures#${what}`, max, windowS);

const pathOf = (s: Shown, { link }: Case): string => s.here.url(`/procedures/c/${link}`);
const crumb = (s: Shown): [string, string] => [s.t("title"), s.here.url("/procedures")];
const whoIs = (c: C, kase: Case): string =>
  c.var.who.kind === "person" ? c.var.who.id : (kase.personId ?? "applicant");

/** What a form sent, by field; files aside. */
async function sentIn(c: C): Promise<{ sent: Sent; file?: File }> {
  let body: Record<string, string | File | (string | File)[]>;
  try {
    body = await c.req.parseBody({ all: true });
  } catch {
    throw new Fault("malformed", "The form cannot be read.");
  }
  const sent: Sent = {};
  let file: File | undefined;
  for (const [name, value] of Object.entries(body)) {
    const all = [value].flat();
    sent[name] = all.filter((one) => typeof one === "string").slice(0, 100);
    const given = all.find((one) => one instanceof File);
    if (name === "answer" && given && (given.size > 0 || given.name !== "")) file = given;
  }
  return { sent, ...(file ? { file } : {}) };
}

/** A page of a case is nobody's but its applicant's. */
const privately = (c: C): void => {
  c.header("Cache-Control", "no-store");
  c.header("X-Robots-Tag", "noindex");
};

export function procedurePages(app: CityApp): void {
  app.get("/procedures", needs("public"), async (c) => {
    const s = shown(c);
    const offered = (await allOffered(s.here)).filter(({ lacksPrice }) => !lacksPrice);
    return page(
      c,
      { title: s.t("title"), lead: s.t("lead") },
      <ListPage {...{ s, offered }} isSignedIn={c.var.who.kind === "person"} />,
    );
  });

  app.get("/procedures/about/:key", needs("public"), async (c) => {
    const s = shown(c);
    const offered = await offeredBy(s.here, c.req.param("key"));
    const { part } = offered.definition;
    return page(
      c,
      { title: titleIn(offered.definition, s.lang), lead: inLang(part.summary, s.lang), crumbs: [crumb(s)] },
      <AboutPage {...{ s, offered }} />,
    );
  });
  app.post("/procedures/about/:key", needs("public"), async (c) => {
    const { who, lang, here } = c.var;
    const offered = await offeredBy(here, c.req.param("key"));
    await limited(c, `begin#${addressOf(c)}`, BEGINS);
    // Who sits at the counter begins it for somebody else; the line of what happened names them when they hand it in.
    const isOwn = who.kind === "person" && who.roles.every((role) => role === "resident");
    const person = isOwn ? { personId: who.id, ...(who.contacts[0] ? { contact: who.contacts[0] } : {}) } : {};
    const kase = await begin(here, offered, { lang, origin: originOf(c), ...person });
    const first = nextOf(here, { kase, definition: offered.definition });
    return c.redirect(`${pathOf(shown(c), kase)}${first}`, 303);
  });

  casePages(app);
  findingPages(app);
  paperPages(app);
}

function casePages(app: CityApp): void {
  const of = (c: C): Promise<Opened> => {
    privately(c);
    return openedBy(c.var.here, c.req.param("link") ?? "");
  };
  const to = (c: C, kase: Case, rest = "") => c.redirect(`${pathOf(shown(c), kase)}${rest}`, 303);
  const onward = async (c: C, kase: Case) => to(c, kase, nextOf(c.var.here, await opened(c.var.here, kase)));
  const heading = (s: Shown, { definition }: Opened) => ({ title: titleIn(definition, s.lang), crumbs: [crumb(s)] });
  const buttons = (s: Shown, one: Opened): MoveButton[] =>
    movesOf(s.here, one, "applicant").map(({ id, title, to: state }) => ({
      id,
      title: inLang(title, s.lang),
      isLast: stateOf(one.definition.part, state)?.waits === "nobody",
    }));

  const status = async (c: C, one: Opened, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const { kase, definition } = one;
    const billId = kase.waits === "payment" ? kase.fee?.billId : undefined;
    const [timeline, bill] = await Promise.all([
      procedureStore(s.here).timeline(kase.id),
      billId === undefined ? undefined : s.here.ask(BillById, { billId }),
    ]);
    const last = timeline.findLast(({ what }) => what === "moved" || what === "submitted");
    // What changes the answers and sends them back is done from the page that shows them.
    const moves = buttons(s, one).filter(({ isLast }) => kase.waits !== "applicant" || isLast);
    return page(
      c,
      { title: titleIn(definition, s.lang), crumbs: [crumb(s)], status: mistakes.length > 0 ? 422 : 200 },
      <>
        <Mistakes {...{ s, mistakes }} />
        <StatusPage
          {...{ s, of: one, moves, last }}
          path={pathOf(s, kase)}
          dueMinor={bill?.dueMinor}
          isNew={c.req.query("new") === "yes"}
        />
      </>,
    );
  };
  app.get("/procedures/c/:link", needs("public"), async (c) => {
    const one = await of(c);
    return one.kase.state === undefined ? onward(c, one.kase) : status(c, one);
  });

  const asking = (c: C, one: Opened, id: string, sent?: Sent, mistake?: string) => {
    const s = shown(c);
    const question = demandAsked(s.here, one, id);
    const path = pathOf(s, one.kase);
    const { asked } = walk(one.definition.part, one.kase.answers, termsOf(s.here, one.definition));
    const before = asked[asked.indexOf(question) - 1];
    const back = before ? `${path}/q/${before.id}` : s.here.url(`/procedures/about/${one.kase.procedure}`);
    return page(
      c,
      { ...heading(s, one), status: mistake === undefined ? 200 : 422 },
      <>
        <QuestionForm
          {...{ s, question, sent, mistake, back }}
          answer={one.kase.answers[id]}
          action={`${path}/q/${id}`}
        />
        {one.kase.state === undefined && (
          <Later {...{ s, path }} url={linkOf(s.here, one.kase)} isSent={c.req.query("sent") === "yes"} />
        )}
      </>,
    );
  };
  app.get("/procedures/c/:link/q/:question", needs("public"), async (c) => {
    const one = await of(c);
    try {
      return await asking(c, one, c.req.param("question"));
    } catch (error) {
      // An address that was kept, or made up: on to where the applicant is.
      if (error instanceof Fault && error.kind === "forbidden_transition") return to(c, one.kase);
      throw error;
    }
  });
  app.post("/procedures/c/:link/q/:question", needs("public"), async (c) => {
    const one = await of(c);
    const { here, lang } = c.var;
    const question = demandAsked(here, one, c.req.param("question"));
    const { sent, file } = await sentIn(c);
    try {
      if (question.kind !== "paper") {
        const answer = readAnswer(question, sent, here, shown(c).t);
        return await onward(c, await keepAnswer(here, one, question, answer, lang));
      }
      if (file) return await onward(c, await keepFile(here, one, question, file, lang));
      if (isFile(one.kase.answers[question.id])) return await onward(c, one.kase);
      if (!question.optional) throw new NotAnAnswer(shown(c).t("chooseFile"));
      return await onward(c, await keepAnswer(here, one, question, null, lang));
    } catch (error) {
      if (error instanceof NotAnAnswer) return asking(c, one, question.id, sent, error.message);
      if (error instanceof Fault && error.kind === "conflict")
        return asking(c, await of(c), question.id, sent, shown(c).t("changedMeanwhile"));
      throw error;
    }
  });

  const contact = (c: C, one: Opened, typed?: string, mistake?: string) => {
    const s = shown(c);
    const path = pathOf(s, one.kase);
    return page(
      c,
      { title: s.t("contactTitle"), lead: s.t("contactHint"), crumbs: [crumb(s)], status: mistake ? 422 : 200 },
      <>
        <Mistakes s={s} mistakes={mistake ? [{ field: "contact", detail: mistake }] : []} />
        <Form action={`${path}/contact`} csrf={s.csrf} submit={s.t("next")}>
          <Field
            label={`${s.t("contactLabel")} (${s.t("mayLeave")})`}
            name="contact"
            value={typed ?? one.kase.contact}
            error={mistake}
            dir="ltr"
          />
        </Form>
      </>,
    );
  };
  app.get("/procedures/c/:link/contact", needs("public"), async (c) => {
    const one = await of(c);
    return mayEdit(one.kase) ? contact(c, one) : to(c, one.kase);
  });
  app.post("/procedures/c/:link/contact", needs("public"), async (c) => {
    const one = await of(c);
    if (!mayEdit(one.kase)) return to(c, one.kase);
    const typed = (await sentIn(c)).sent["contact"]?.[0]?.trim() ?? "";
    const read = typed === "" ? undefined : contactIn(c, typed);
    if (read === null) return contact(c, one, typed, shown(c).t("notAContact"));
    return onward(c, await keepContact(c.var.here, one.kase, read, c.var.lang));
  });
  app.post("/procedures/c/:link/send", needs("public"), async (c) => {
    const one = await of(c);
    if (one.kase.state !== undefined) return to(c, one.kase);
    const typed = (await sentIn(c)).sent["contact"]?.[0]?.trim() ?? "";
    const read = contactIn(c, typed);
    const next = nextOf(c.var.here, one);
    if (read === null) return to(c, one.kase, next);
    await limited(c, `send#${one.kase.id}`, SENDS);
    await linkSent(c.var.here, one, read, c.var.lang);
    return to(c, one.kase, `${next}?sent=yes`);
  });

  app.get("/procedures/c/:link/check", needs("public"), async (c) => {
    const one = await of(c);
    const s = shown(c);
    if (!mayEdit(one.kase)) return to(c, one.kase);
    const next = nextOf(s.here, one);
    if (next !== "/check") return to(c, one.kase, next);
    return page(
      c,
      {
        title: s.t("checkTitle"),
        lead: s.t(one.kase.state === undefined ? "checkLead" : "checkAgain"),
        crumbs: [crumb(s)],
      },
      <CheckPage {...{ s, of: one }} path={pathOf(s, one.kase)} fee={reckon(s.here, one)} moves={buttons(s, one)} />,
    );
  });
  app.post("/procedures/c/:link/submit", needs("public"), async (c) => {
    const { here } = c.var;
    let one = await of(c);
    if (one.kase.state !== undefined) return to(c, one.kase);
    if (nextOf(here, one) !== "/check") return to(c, one.kase, nextOf(here, one));
    try {
      await billed(here, (await submit(here, one, whoIs(c, one.kase))).id);
    } catch (error) {
      // Two taps: the first has handed it in.
      one = await of(c);
      if (!(error instanceof Fault && error.kind === "conflict" && one.kase.state !== undefined)) throw error;
    }
    return to(c, one.kase, "?new=yes");
  });
  app.post("/procedures/c/:link/moves/:transition", needs("public"), async (c) => {
    const one = await of(c);
    try {
      const moved = await move(
        c.var.here,
        one,
        { transition: c.req.param("transition") },
        { as: "applicant", id: whoIs(c, one.kase) },
      );
      await billed(c.var.here, moved.id);
      return to(c, moved);
    } catch (error) {
      if (!(error instanceof Fault && error.kind === "conflict")) throw error;
      return status(c, await of(c), [{ field: "", detail: error.message }]);
    }
  });
  app.get("/procedures/c/:link/files/:question", needs("public"), async (c) =>
    fileOf(c, await of(c), c.req.param("question")),
  );
}

/** A file as it was handed in; never shown within our own pages. @throws {Fault} absent */
export async function fileOf(c: C, { kase, definition }: Opened, id: string): Promise<Response> {
  const isAsked = definition.part.questions.some((question) => question.id === id);
  const answer = isAsked ? kase.answers[id] : undefined;
  const bytes = isFile(answer) ? await c.var.here.blobs.get(fileKey(kase.id, answer.file)) : undefined;
  if (!isFile(answer) || !bytes) throw absent();
  return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
    "Content-Type": MEDIA[answer.format],
    "Content-Disposition": `attachment; filename*=UTF-8''${encodeURIComponent(answer.name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)}`,
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "no-store",
  });
}

/** `null`: it is neither a telephone number nor an e-mail address. */
function contactIn(c: C, typed: string): string | null {
  try {
    return readContact(typed.slice(0, 200), c.var.city.country);
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

/** A case by what people read aloud and type. @throws {Fault} absent: the same for a wrong reference as for a wrong code; too_many */
export async function caseBy(c: C, reference: string, code: string): Promise<Case> {
  await limited(c, `look#${addressOf(c)}`, LOOKS);
  const [named, typed] = [readReference(reference, "C"), readReference(code)];
  if (named === undefined || typed === undefined) throw absent();
  await limited(c, `look#${named}`, LOOKS);
  const kase = await procedureStore(c.var.here).by("REF", named);
  if (kase.code !== typed) throw absent();
  return kase;
}

function findingPages(app: CityApp): void {
  const finding = (c: C, typed: Record<string, string> = {}, mistake?: string) => {
    const s = shown(c);
    return page(
      c,
      { title: s.t("goOn"), lead: s.t("goOnLead"), crumbs: [crumb(s)], status: mistake ? 422 : 200 },
      <>
        <Mistakes s={s} mistakes={mistake ? [{ field: "reference", detail: mistake }] : []} />
        <Form action={s.here.url("/procedures/status")} csrf={s.csrf} submit={s.t("look")}>
          <Field
            label={s.t("yourReference")}
            name="reference"
            value={typed["reference"]}
            error={mistake}
            required
            dir="ltr"
          />
          <Field label={s.t("yourCode")} name="code" value={typed["code"]} required dir="ltr" autocomplete="off" />
        </Form>
      </>,
    );
  };
  app.get("/procedures/status", needs("public"), (c) => finding(c));
  app.post("/procedures/status", needs("public"), async (c) => {
    const { sent } = await sentIn(c);
    const [reference, code] = ["reference", "code"].map((name) => (sent[name]?.[0] ?? "").slice(0, 60));
    const found = await caseBy(c, reference!, code!).catch(absentIsNone);
    if (!found) return finding(c, { reference: reference!, code: code! }, shown(c).t("statusNone"));
    return c.redirect(pathOf(shown(c), found), 303);
  });

  app.get("/procedures/mine", needs("resident"), async (c) => {
    const s = shown(c);
    const { who } = c.var;
    const cases = who.kind === "person" ? await procedureStore(s.here).mine(who.id, MINE_MAX) : [];
    const all = await Promise.all(cases.map((kase) => opened(s.here, kase)));
    return page(
      c,
      { title: s.t("mine"), crumbs: [crumb(s)] },
      all.length === 0 ? (
        <p>{s.t("noneMine")}</p>
      ) : (
        <Table
          caption={s.t("mine")}
          head={[s.t("title"), s.t("yourReference"), s.t("state")]}
          rows={all.map(({ kase, definition }) => [
            <a href={pathOf(s, kase)}>{titleIn(definition, s.lang)}</a>,
            <bdi dir="ltr">{kase.reference ?? ""}</bdi>,
            kase.state === undefined ? (
              s.t("checkLead")
            ) : (
              <Said words={stateOf(definition.part, kase.state)!.title} lang={s.lang} />
            ),
          ])}
        />
      ),
    );
  });
}

function paperPages(app: CityApp): void {
  const asking = (c: C, typed = "", isAbsent = false) => {
    const s = shown(c);
    return page(
      c,
      { title: s.t("paperTitle"), lead: s.t("paperLead"), crumbs: [crumb(s)], status: isAbsent ? 404 : 200 },
      <>
        {isAbsent && <Notice kind="error">{s.t("paperNone")}</Notice>}
        <Form action={s.here.url("/procedures/papers")} csrf="" method="get" submit={s.t("look")}>
          <Field label={s.t("paperNumber")} name="number" value={typed} required dir="ltr" />
        </Form>
      </>,
    );
  };
  app.get("/procedures/papers", needs("public"), (c) => {
    const typed = (c.req.query("number") ?? "").slice(0, 60);
    const number = readReference(typed, "P");
    if (typed !== "" && number !== undefined) return c.redirect(c.var.here.url(`/procedures/papers/${number}`), 303);
    return asking(c, typed, typed !== "");
  });
  app.get("/procedures/papers/:number", needs("public"), async (c) => {
    const s = shown(c);
    privately(c);
    await limited(c, `paper#${addressOf(c)}`, PAPERS);
    const number = readReference(c.req.param("number").slice(0, 60), "P");
    const kase =
      number === undefined ? undefined : await procedureStore(s.here).by("PAPER", number).catch(absentIsNone);
    const issued = kase?.papers.find((one) => one.number === number);
    if (!kase || !issued) return asking(c, c.req.param("number").slice(0, 60), true);
    const of = await opened(s.here, kase);
    const isWhole = kase.erasedAt === undefined && c.req.query("code") === issued.code;
    const paper = of.definition.part.papers.find(({ id }) => id === issued.paper)!;
    const url = new URL(c.req.path, originOf(c));
    url.searchParams.set("code", issued.code);
    return page(
      c,
      { title: inLang(paper.title, s.lang), crumbs: [crumb(s)] },
      <PaperPage
        {...{ s, of, issued, isWhole }}
        today={dayOf(s.here.clock.now(), s.here.city.timeZone)}
        url={url.href}
      />,
    );
  });
}
const PAPERS = { max: 300, windowS: 3_600 };
