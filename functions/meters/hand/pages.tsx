import type { Context } from "hono";
import { z } from "zod";
import { ErrorSummary } from "../../../shared/components.tsx";
import { absent } from "../../../shared/errors.ts";
import { fieldMistakes, form, givenIn, paged, parsed } from "../../../shared/http.ts";
import { newId } from "../../../shared/ids.ts";
import { page } from "../../../shared/page.tsx";
import { photoOf } from "../../../shared/photo.ts";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { whoId } from "../../../shared/who.ts";
import type { Meter } from "../schema.ts";
import { meterStore } from "../store.ts";
import { HAND_READERS, ROUND_WALKERS, readableMeter, readingsShown, saidBy, shownFromS } from "./api.ts";
import { type HandRead, handRead } from "./reading.ts";
import { newRound, stopMade, stopOf, stopsOf } from "./rounds.ts";
import { DialValue, HandReadingId, NewRound, RoundId, SkipReason } from "./schema.ts";
import { handStore, photoKey } from "./store.ts";
import { handTexts } from "./texts.ts";
import { ReadingPage, ROUNDS, RoundPage, RoundsPage, type Shown, StopPage, type Typed } from "./views.tsx";

const ON_A_PAGE = 20;

const shown = (c: Context<CityEnv>): Shown => {
  const { here, lang, csrf } = c.var;
  return { here, lang, csrf, t: handTexts.in(lang) };
};
/** A form that was not sent yet: its id makes one reading of it, however often it is sent. */
const fresh = (c: Context<CityEnv>): Typed => ({
  values: { id: newId("hnd", c.var.here.clock.now()) },
  mistakes: [],
});

interface Framed {
  title: string;
  lead?: string;
  typed?: Typed;
  crumbs: readonly (readonly [string, string])[];
}
function framed(c: Context<CityEnv>, { typed, ...options }: Framed, body: unknown) {
  const mistakes = typed?.mistakes ?? [];
  return page(
    c,
    { ...options, status: mistakes.length > 0 ? 422 : 200 },
    <>
      {mistakes.length > 0 && <ErrorSummary title={shown(c).t("mistakes")} errors={[...mistakes]} />}
      {body}
    </>,
  );
}
const staffCrumbs = ({ t, here }: Shown): [string, string][] => [
  [t("console"), here.url("/staff")],
  [t("meters"), here.url("/staff/meters")],
];

const Dial = z.object({
  id: HandReadingId,
  value: DialValue,
  confirmed: DialValue.optional(),
  photo: z.instanceof(File).optional(),
});

/** Keeps what a form says of a meter's dial. @throws {Fault} invalid by field, conflict */
async function typedDial(c: Context<CityEnv>, meter: Meter): Promise<HandRead> {
  const { here, who } = c.var;
  const { photo, ...said } = await form(c, Dial);
  return handRead(here, meter, {
    ...said,
    ...saidBy(who, meter),
    at: here.clock.now(),
    photo: photo && photo.size > 0 ? photoOf(new Uint8Array(await photo.arrayBuffer())) : undefined,
  });
}

type Kept = Extract<HandRead, { state: "kept" }>;
/** The form again: with the question whether it is right, or with its mistakes. */
async function again(c: Context<CityEnv>, work: () => Promise<HandRead>): Promise<Kept | Typed> {
  try {
    const read = await work();
    if (read.state === "kept") return read;
    const values = await givenIn(c);
    return { values, mistakes: [], asked: read };
  } catch (error) {
    return { values: await givenIn(c), mistakes: fieldMistakes(error) };
  }
}

async function readingPage(c: Context<CityEnv>, meter: Meter, typed: Typed = fresh(c)) {
  const s = shown(c);
  const { here, who } = c.var;
  const { cursor } = parsed(paged(), { cursor: c.req.query("cursor") }, "query");
  const readings = await readingsShown(here, meter, who, { limit: ON_A_PAGE, cursor });
  const used = c.req.query("used") ?? "";
  const own: [string, string][] =
    saidBy(who, meter).by === "staff" ? staffCrumbs(s) : [[s.t("myMeters"), here.url("/meters")]];
  const title = s.t("type");
  const crumbs = [...own, [s.t("meter", { serial: meter.serial }), here.url(`/meters/${meter.id}`)] as const];
  return framed(
    c,
    { title, lead: s.t("typeLead"), crumbs, typed },
    <ReadingPage
      s={s}
      meter={meter}
      readings={readings}
      typed={typed}
      kept={readings.items.find(({ id }) => id === c.req.query("kept"))}
      used={/^[\d.]{1,20}$/.test(used) ? used : undefined}
    />,
  );
}

async function stopPage(c: Context<CityEnv>, typed: Typed = fresh(c)) {
  const s = shown(c);
  const { round, stops, stop } = await stopOf(c.var.here, ...placeIn(c));
  const meter = await meterStore(c.var.here).get(stop.meterId);
  const crumbs = [
    ...staffCrumbs(s),
    [s.t("rounds"), s.here.url(ROUNDS)],
    [round.name, s.here.url(`${ROUNDS}/${round.id}`)],
  ] as const;
  const lead = s.t("stopOf", { number: stop.number, all: stops.length });
  return framed(
    c,
    { title: s.t("meter", { serial: meter.serial }), lead, crumbs, typed },
    <StopPage s={s} round={round} stop={stop} meter={meter} typed={typed} />,
  );
}

async function roundsPage(c: Context<CityEnv>, typed: Typed = { values: {}, mistakes: [] }) {
  const s = shown(c);
  const { cursor } = parsed(paged(), { cursor: c.req.query("cursor") }, "query");
  const rounds = await handStore(c.var.here).rounds({ limit: ON_A_PAGE, cursor });
  return framed(
    c,
    { title: s.t("rounds"), lead: s.t("roundsLead"), crumbs: staffCrumbs(s), typed },
    <RoundsPage s={s} rounds={rounds} typed={typed} />,
  );
}

function placeIn(c: Context<CityEnv>): [id: string, number: number] {
  const id = RoundId.safeParse(c.req.param("id"));
  const number = Number(c.req.param("number"));
  if (!id.success || !Number.isSafeInteger(number)) throw absent();
  return [id.data, number];
}

const RoundForm = z.object({ name: NewRound.shape.name, numbers: z.string().max(30_000) });

/** Where people type what a dial shows. */
export function handPages(app: CityApp): void {
  const readers = needs(...HAND_READERS);
  const walkers = needs(...ROUND_WALKERS);
  const meterOf = (c: Context<CityEnv>) => readableMeter(c.var.here, c.var.who, c.req.param("id") ?? "");

  app.get("/meters/:id/hand-readings", readers, async (c) => readingPage(c, await meterOf(c)));
  app.post("/meters/:id/hand-readings", readers, async (c) => {
    const meter = await meterOf(c);
    const read = await again(c, () => typedDial(c, meter));
    if (!("state" in read)) return readingPage(c, meter, read);
    const query = new URLSearchParams({ kept: read.reading.id, ...(read.usedSince ? { used: read.usedSince } : {}) });
    return c.redirect(c.var.here.url(`/meters/${meter.id}/hand-readings?${query}`), 303);
  });
  app.get("/meters/:id/hand-readings/:reading/photo", readers, async (c) => {
    const { here, who } = c.var;
    const meter = await meterOf(c);
    const id = HandReadingId.safeParse(c.req.param("reading"));
    const reading = id.success ? await handStore(here).find(id.data) : undefined;
    const isTheirs = reading?.meterId === meter.id && Date.parse(reading.at) / 1000 >= shownFromS(meter, who);
    const bytes = isTheirs && reading.photo ? await here.blobs.get(photoKey(reading.id)) : undefined;
    if (!bytes || !reading?.photo) throw absent();
    const headers = { "Content-Type": reading.photo.type, "Cache-Control": "private, no-store" };
    return c.body(new Uint8Array(bytes), 200, headers);
  });

  app.get(ROUNDS, walkers, (c) => roundsPage(c));
  app.post(ROUNDS, walkers, async (c) => {
    let id: string;
    try {
      const { name, numbers } = await form(c, RoundForm);
      const meters = numbers.split(/[\r\n]+/).map((line) => line.trim());
      const order = parsed(NewRound, { name, meters: meters.filter(Boolean) });
      id = (await newRound(c.var.here, order, whoId(c.var.who))).round.id;
    } catch (error) {
      const mistakes = fieldMistakes(error).map((one) => ({
        ...one,
        field: one.field === "meters" ? "numbers" : one.field,
      }));
      return roundsPage(c, { values: await givenIn(c), mistakes });
    }
    return c.redirect(c.var.here.url(`${ROUNDS}/${id}`), 303);
  });
  app.get(`${ROUNDS}/:id`, walkers, async (c) => {
    const s = shown(c);
    const id = RoundId.safeParse(c.req.param("id"));
    if (!id.success) throw absent();
    const { round, stops } = await stopsOf(c.var.here, id.data);
    const crumbs = [...staffCrumbs(s), [s.t("rounds"), s.here.url(ROUNDS)] as const];
    const done = stops.filter(({ state }) => state !== "open").length;
    const lead = s.t("progress", { done, all: stops.length });
    return framed(c, { title: round.name, lead, crumbs }, <RoundPage s={s} round={round} stops={stops} />);
  });
  app.get(`${ROUNDS}/:id/:number`, walkers, (c) => stopPage(c));
  const onward = async (c: Context<CityEnv>) => {
    const [id, number] = placeIn(c);
    const { stops } = await stopsOf(c.var.here, id);
    return c.redirect(c.var.here.url(`${ROUNDS}/${id}${number < stops.length ? `/${number + 1}` : ""}`), 303);
  };
  app.post(`${ROUNDS}/:id/:number`, walkers, async (c) => {
    const [id, number] = placeIn(c);
    const { stop } = await stopOf(c.var.here, id, number);
    const meter = await meterStore(c.var.here).get(stop.meterId);
    const read = await again(c, () => typedDial(c, meter));
    if (!("state" in read)) return stopPage(c, read);
    await stopMade(c.var.here, id, number, whoId(c.var.who), { readingId: read.reading.id });
    return onward(c);
  });
  app.post(`${ROUNDS}/:id/:number/skip`, walkers, async (c) => {
    const [id, number] = placeIn(c);
    let reason: SkipReason;
    try {
      ({ reason } = await form(c, z.object({ reason: SkipReason })));
    } catch (error) {
      return stopPage(c, { ...fresh(c), mistakes: fieldMistakes(error) });
    }
    await stopMade(c.var.here, id, number, whoId(c.var.who), { reason });
    return onward(c);
  });
}
