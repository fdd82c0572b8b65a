import type { Context } from "hono";
import { z } from "zod";
import { ErrorSummary } from "../../../shared/components.tsx";
import { absent, invalid } from "../../../shared/errors.ts";
import { fieldMistakes, form, givenIn, originOf, paged, parsed } from "../../../shared/http.ts";
import { page } from "../../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { whoId } from "../../../shared/who.ts";
import { SOURCE_READERS } from "./api.ts";
import {
  accessOf,
  changedSource,
  keptDecoder,
  keptDevice,
  keptStorage,
  newSecret,
  newSource,
  retried,
} from "./registry.ts";
import {
  type Decoder,
  DeviceName,
  DeviceSettings,
  NewDecoder,
  NewSource,
  SourceChange,
  SourceId,
  Storage,
} from "./schema.ts";
import { sourceStore } from "./store.ts";
import { sourceTexts } from "./texts.ts";
import {
  DECODERS,
  DecodersPage,
  GAPS,
  GapsPage,
  NOTHING_TYPED,
  type Shown,
  SOURCES,
  SourcePage,
  SourcesPage,
  type Typed,
} from "./views.tsx";

const ON_A_PAGE = 20;
/** As many as a select can offer. */
const CHOICES = 200;

const shown = (c: Context<CityEnv>): Shown => {
  const { here, lang, csrf } = c.var;
  return { here, lang, csrf, t: sourceTexts.in(lang) };
};
const mayChange = ({ var: { who } }: Context<CityEnv>): boolean =>
  who.kind === "person" && who.roles.includes("administrator");
const cursorIn = (c: Context<CityEnv>) => ({
  limit: ON_A_PAGE,
  cursor: parsed(paged(), { cursor: c.req.query("cursor") }, "query").cursor,
});

interface Framed {
  title: string;
  lead?: string;
  typed?: Typed;
}
function framed(c: Context<CityEnv>, { title, lead, typed = NOTHING_TYPED }: Framed, body: unknown) {
  const { here, t } = shown(c);
  const crumbs: [string, string][] = [
    [t("console"), here.url("/staff")],
    [t("meters"), here.url("/staff/meters")],
    ...(title === t("sources") ? [] : [[t("sources"), here.url(SOURCES)] as [string, string]]),
  ];
  const status = typed.mistakes.length > 0 ? 422 : 200;
  return page(
    c,
    { title, crumbs, wide: true, status, ...(lead ? { lead } : {}) },
    <>
      {typed.mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={[...typed.mistakes]} />}
      {body}
    </>,
  );
}

async function sourcesPage(c: Context<CityEnv>, typed = NOTHING_TYPED) {
  const s = shown(c);
  const store = sourceStore(c.var.here);
  const { items, next } = await store.list(cursorIn(c));
  const { items: decoders } = await store.decoders({ limit: CHOICES });
  return framed(
    c,
    { title: s.t("sources"), lead: s.t("sourcesLead"), typed },
    <SourcesPage s={s} sources={items} next={next} decoders={decoders} mayChange={mayChange(c)} typed={typed} />,
  );
}

async function sourcePage(c: Context<CityEnv>, typed = NOTHING_TYPED) {
  const s = shown(c);
  const { here } = c.var;
  const store = sourceStore(here);
  const source = await store.get(idIn(c));
  const [decoders, devices, parked, refusals] = await Promise.all([
    store.decoders({ limit: CHOICES }),
    store.devices(source.id, cursorIn(c)),
    store.parked(source.id, { limit: ON_A_PAGE }),
    store.refusals(source.id, { limit: ON_A_PAGE }),
  ]);
  const isShown = mayChange(c) && c.req.query("show") === "secret";
  const access = isShown ? await accessOf(here, source, originOf(c)) : undefined;
  const { kept, parked: still } = c.req.query();
  return framed(
    c,
    { title: source.name, typed },
    <SourcePage
      s={s}
      source={source}
      decoders={decoders.items}
      devices={devices}
      parked={parked}
      refusals={refusals}
      access={access}
      mayChange={mayChange(c)}
      retried={/^\d+$/.test(kept ?? "") && /^\d+$/.test(still ?? "") ? { kept: kept!, parked: still! } : undefined}
      retryFrom={c.req.query("retryFrom")}
      typed={typed}
    />,
  );
}

async function decodersPage(c: Context<CityEnv>, typed = NOTHING_TYPED) {
  const s = shown(c);
  const store = sourceStore(c.var.here);
  const { items, next } = await store.decoders(cursorIn(c));
  const id = typed.values["id"] ?? c.req.query("id");
  const chosen = id ? await store.decoder(id) : undefined;
  return framed(
    c,
    { title: s.t("decoders"), lead: s.t("decodersLead"), typed },
    <DecodersPage s={s} decoders={items} next={next} chosen={chosen} mayChange={mayChange(c)} typed={typed} />,
  );
}

async function gapsPage(c: Context<CityEnv>) {
  const s = shown(c);
  const store = sourceStore(c.var.here);
  const [open, closed] = [await store.gaps("open", cursorIn(c)), await store.gaps("closed", { limit: ON_A_PAGE })];
  const ids = [...new Set([...open.items, ...closed.items].map(({ sourceId }) => sourceId))];
  const sources = new Map((await Promise.all(ids.map((id) => store.get(id)))).map((source) => [source.id, source]));
  return framed(
    c,
    { title: s.t("gaps"), lead: s.t("gapsLead") },
    <GapsPage s={s} open={open.items} closed={closed.items} sources={sources} next={open.next} />,
  );
}

function idIn(c: Context<CityEnv>): string {
  const id = SourceId.safeParse(c.req.param("id"));
  if (!id.success) throw absent();
  return id.data;
}

/** Does what a form asks for; a refusal comes back on its page with what was typed. */
async function sent(
  c: Context<CityEnv>,
  work: () => Promise<string>,
  again: (c: Context<CityEnv>, typed: Typed) => Promise<Response>,
): Promise<Response> {
  let to: string;
  try {
    to = await work();
  } catch (error) {
    return again(c, { values: await givenIn(c), mistakes: fieldMistakes(error) });
  }
  return c.redirect(c.var.here.url(to), 303);
}

const SourceForm = NewSource.pick({ name: true, kind: true, decoderId: true, tenant: true, application: true });
const ChangeForm = z.object({
  name: SourceChange.shape.name,
  state: SourceChange.shape.state,
  decoderId: z.string().default(""),
  tenant: z.string().default(""),
  application: z.string().default(""),
  perMinute: z.coerce.number().pipe(NewSource.shape.perMinute.unwrap()),
  windowHours: z.coerce.number().min(0.25).max(720),
});
const DeviceForm = z.object({
  device: DeviceName,
  meter: DeviceSettings.shape.meters.unwrap().valueType.optional(),
  deviceDecoderId: z.string().optional(),
  everyMinutes: z.coerce.number().int().min(1).max(43_200).optional(),
});
const DecoderForm = z.object({
  id: NewDecoder.shape.id,
  name: NewDecoder.shape.name,
  code: NewDecoder.shape.code,
  fields: z.string().max(2_000),
  samples: z.string().max(8_000),
});

/** Where a city sees who delivers its readings, and mends what does not come. */
export function sourcePages(app: CityApp): void {
  const readers = needs(...SOURCE_READERS);
  const administrators = needs("administrator");
  app.get(SOURCES, readers, (c) => sourcesPage(c));
  app.post(SOURCES, administrators, (c) =>
    sent(
      c,
      async () => {
        const order = NewSource.parse(await form(c, SourceForm));
        const { source } = await newSource(c.var.here, order, whoId(c.var.who));
        return `${SOURCES}/${source.id}?show=secret`;
      },
      sourcesPage,
    ),
  );
  app.get(`${SOURCES}/:id`, readers, (c) => sourcePage(c));
  app.post(`${SOURCES}/:id`, administrators, (c) =>
    sent(
      c,
      async () => {
        const { windowHours, decoderId, tenant, application, ...rest } = await form(c, ChangeForm);
        const change = {
          ...rest,
          replayWindowS: Math.round(windowHours * 3_600),
          decoderId: decoderId || null,
          tenant: tenant || null,
          application: application || null,
        };
        await changedSource(c.var.here, idIn(c), parsed(SourceChange, change));
        return `${SOURCES}/${idIn(c)}`;
      },
      sourcePage,
    ),
  );
  app.post(`${SOURCES}/:id/secret`, administrators, async (c) => {
    await newSecret(c.var.here, idIn(c));
    return c.redirect(c.var.here.url(`${SOURCES}/${idIn(c)}?show=secret`), 303);
  });
  app.post(`${SOURCES}/:id/storage`, administrators, (c) =>
    sent(
      c,
      async () => {
        await keptStorage(c.var.here, idIn(c), await form(c, Storage));
        return `${SOURCES}/${idIn(c)}`;
      },
      sourcePage,
    ),
  );
  app.post(`${SOURCES}/:id/storage/none`, administrators, async (c) => {
    await keptStorage(c.var.here, idIn(c), undefined);
    return c.redirect(c.var.here.url(`${SOURCES}/${idIn(c)}`), 303);
  });
  app.post(`${SOURCES}/:id/devices`, readers, (c) =>
    sent(
      c,
      async () => {
        const { device, meter, deviceDecoderId, everyMinutes } = await form(c, DeviceForm);
        const settings = {
          meters: meter === undefined ? {} : { main: meter },
          ...(deviceDecoderId ? { decoderId: deviceDecoderId } : {}),
          ...(everyMinutes === undefined ? {} : { everyS: everyMinutes * 60 }),
        };
        await keptDevice(c.var.here, idIn(c), device, parsed(DeviceSettings, settings));
        return `${SOURCES}/${idIn(c)}`;
      },
      sourcePage,
    ),
  );
  app.post(`${SOURCES}/:id/parked/retry`, readers, async (c) => {
    const { cursor } = await form(c, paged().pick({ cursor: true }));
    const { kept, parked, next } = await retried(c.var.here, idIn(c), cursor);
    const query = new URLSearchParams({
      kept: String(kept),
      parked: String(parked),
      ...(next ? { retryFrom: next } : {}),
    });
    return c.redirect(c.var.here.url(`${SOURCES}/${idIn(c)}?${query}`), 303);
  });
  app.post(`${SOURCES}/:id/parked/drop`, readers, async (c) => {
    const { delivery } = await form(c, z.object({ delivery: z.string().max(80) }));
    const store = sourceStore(c.var.here);
    await store.get(idIn(c));
    await store.unpark(idIn(c), delivery);
    return c.redirect(c.var.here.url(`${SOURCES}/${idIn(c)}`), 303);
  });
  app.get(GAPS, readers, gapsPage);
  app.get(DECODERS, readers, (c) => decodersPage(c));
  app.post(DECODERS, administrators, (c) =>
    sent(
      c,
      async () => {
        const { fields, samples, ...rest } = await form(c, DecoderForm);
        const before = rest.id === undefined ? undefined : await sourceStore(c.var.here).decoder(rest.id);
        const order = { ...rest, ...typedDecoder(fields, samples, before, shown(c).t) };
        const { decoder } = await keptDecoder(c.var.here, parsed(NewDecoder, order), whoId(c.var.who));
        return `${DECODERS}?id=${decoder.id}`;
      },
      decodersPage,
    ),
  );
}

/** A decoder's fields and samples as they are typed, line by line. @throws {Fault} invalid */
function typedDecoder(fields: string, samples: string, before: Decoder | undefined, t: Shown["t"]) {
  const unreadable = (name: string, line: number) => invalid(`#/${name}`, t("line", { line: line + 1 }));
  return {
    fields: linesOf(fields).map(([line, i]) => {
      const [field, unit, channel, intervalS, ...rest] = line.split(/[\s;]+/);
      if (unit === undefined || rest.length > 0) throw unreadable("fields", i);
      const decimals = before?.fields.find((one) => one.field === field)?.decimals;
      return {
        field,
        unit,
        ...(channel === undefined ? {} : { channel }),
        ...(intervalS === undefined ? {} : { values: "interval", intervalS: Number(intervalS) }),
        ...(decimals === undefined ? {} : { decimals }),
      };
    }),
    samples: linesOf(samples).map(([line, i]) => {
      const [, port, rest = ""] = /^(\d+)\s*(.*)$/.exec(line) ?? [];
      if (port === undefined) throw unreadable("samples", i);
      if (!rest.startsWith("{")) return { port: Number(port), bytes: rest };
      try {
        return { port: Number(port), bytes: "", decoded: JSON.parse(rest) as unknown };
      } catch {
        throw unreadable("samples", i);
      }
    }),
  };
}

const linesOf = (text: string): [line: string, index: number][] =>
  text.split(/\r?\n/).flatMap((line, i): [string, number][] => (line.trim() === "" ? [] : [[line.trim(), i]]));
