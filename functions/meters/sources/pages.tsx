import type { Context } from "hono";
import { z } from "zod";
import { cityMoment } from "../../../shared/dates.ts";
import { absent } from "../../../shared/errors.ts";
import { form, originOf, paged, parsed } from "../../../shared/http.ts";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { whoId } from "../../../shared/who.ts";
import { SOURCE_READERS } from "./api.ts";
import { cursorIn, framed, mayChange, ON_A_PAGE, sent, shown } from "./framed.tsx";
import { GapPage, GapsPage } from "./gap-views.tsx";
import { letterOf, senderNames } from "./letters.ts";
import { missingOf } from "./missing.ts";
import {
  accessOf,
  askedAgain,
  changedSource,
  keptDevice,
  keptStorage,
  newSecret,
  newSource,
  retried,
} from "./registry.ts";
import { DeviceName, DeviceSettings, GapId, NewSource, SourceChange, SourceId, Storage } from "./schema.ts";
import { GAPS, NOTHING_TYPED, SOURCES } from "./shown.tsx";
import { sourceStore } from "./store.ts";
import { SourcePage, SourcesPage } from "./views.tsx";

/** As many as a select can offer. */
const CHOICES = 200;

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

async function gapsPage(c: Context<CityEnv>) {
  const s = shown(c);
  const store = sourceStore(c.var.here);
  const [open, closed] = [await store.gaps("open", cursorIn(c)), await store.gaps("closed", { limit: ON_A_PAGE })];
  const ids = [...new Set([...open.items, ...closed.items].map(({ sourceId }) => sourceId))];
  // A key that sends batches is no source of this list.
  const [found, nameOf] = await Promise.all([
    Promise.all(ids.map((id) => store.find(id))),
    senderNames(c.var.here.table, ids),
  ]);
  const sources = new Map(found.flatMap((source) => (source ? [[source.id, source] as const] : [])));
  return framed(
    c,
    { title: s.t("gaps"), lead: s.t("gapsLead") },
    <GapsPage {...{ s, sources, nameOf }} open={open.items} closed={closed.items} next={open.next} />,
  );
}

async function gapPage(c: Context<CityEnv>) {
  const { here } = c.var;
  const s = shown(c);
  const store = sourceStore(here);
  const { gap } = await store.gap(gapIn(c));
  const [source, nameOf, missing] = await Promise.all([
    store.find(gap.sourceId),
    senderNames(here.table, [gap.sourceId]),
    missingOf(here, gap, cursorIn(c).cursor),
  ]);
  const title = s.t("gapSince", { at: cityMoment(gap.from, s) });
  const letter = source ? undefined : letterOf(s, gap, nameOf(gap.sourceId), missing.intervals, originOf(c));
  return framed(c, { title }, <GapPage {...{ s, gap, source, nameOf, missing, letter }} />);
}

function gapIn(c: Context<CityEnv>): string {
  const id = GapId.safeParse(c.req.param("id"));
  if (!id.success) throw absent();
  return id.data;
}

function idIn(c: Context<CityEnv>): string {
  const id = SourceId.safeParse(c.req.param("id"));
  if (!id.success) throw absent();
  return id.data;
}

const SourceForm = NewSource.pick({
  name: true,
  kind: true,
  decoderId: true,
  tenant: true,
  application: true,
  mapping: true,
});
const ChangeForm = z.object({
  name: SourceChange.shape.name,
  state: SourceChange.shape.state,
  decoderId: z.string().default(""),
  tenant: z.string().default(""),
  application: z.string().default(""),
  mapping: z.string().default(""),
  askAt: z.string().default(""),
  perMinute: z.coerce.number().pipe(NewSource.shape.perMinute.unwrap()),
  windowHours: z.coerce.number().min(0.25).max(720),
});
const DeviceForm = z.object({
  device: DeviceName,
  meter: DeviceSettings.shape.meters.unwrap().valueType.optional(),
  deviceDecoderId: z.string().optional(),
  everyMinutes: z.coerce.number().int().min(1).max(43_200).optional(),
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
        const { windowHours, decoderId, tenant, application, mapping, askAt, ...rest } = await form(c, ChangeForm);
        const change = {
          ...rest,
          replayWindowS: Math.round(windowHours * 3_600),
          decoderId: decoderId || null,
          tenant: tenant || null,
          application: application || null,
          mapping: mapping || null,
          askAt: askAt || null,
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
  app.get(`${GAPS}/:id`, readers, gapPage);
  app.post(`${GAPS}/:id/ask`, readers, async (c) => {
    await askedAgain(c.var.here, gapIn(c));
    return c.redirect(c.var.here.url(`${GAPS}/${gapIn(c)}`), 303);
  });
}
