import { told } from "../../../shared/events.ts";
import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import { ConditionFailed, type Item, type Write } from "../../../shared/table.ts";
import { GapClosed, GapOpened } from "../events.ts";
import { askWrites } from "./asked.ts";
import { closedAt, counted, filled, opened, sizeOf, widened } from "./frames.ts";
import type { Frames, Gap, Source, Uplink } from "./schema.ts";
import { sourceStore } from "./store.ts";

/** Messages of one device come one by one, but a network that was away sends them all at once. */
const TRIES = 30;
const AGAIN_MS = 20;

type Frame = Pick<Uplink, "device" | "session" | "frame" | "at" | "application" | "name">;

/**
 * Counts the frame of a message: a hole opens a gap or widens it, a frame that was missing closes it, and a device that
 * was silent is silent no more. The same message counts the same however often it comes.
 */
export async function heard(here: Here, source: Source, uplink: Frame): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await count(here, source, uplink);
    } catch (error) {
      // Another message of the same device was faster: count from where that one left it.
      if (!(error instanceof ConditionFailed) || tries === TRIES) throw error;
      await new Promise((resume) => setTimeout(resume, Math.random() * AGAIN_MS * tries));
    }
  }
}

/** The name under which the deliveries of a program are watched, which has no devices of its own here. */
export const DELIVERIES = "deliveries";

/** A program delivered: counted where somebody said how often it should, so that most deliveries cost nothing more. */
export async function deliveryHeard(here: Here, source: Source): Promise<void> {
  const { settings, heard: before } = await sourceStore(here).device(source.id, DELIVERIES);
  if (settings?.everyS === undefined) return;
  const at = here.clock.now().toISOString();
  const frame = (before?.top ?? -1) + 1;
  await heard(here, source, { device: DELIVERIES, session: "", frame, at, application: "", name: "" });
}

interface Known {
  gap: Gap;
  item: Item;
}

async function count(here: Here, source: Source, uplink: Frame): Promise<void> {
  const store = sourceStore(here);
  const now = here.clock.now();
  const { heard: before, item } = await store.device(source.id, uplink.device);
  const openId = before?.open[uplink.session];
  const known = openId === undefined ? undefined : await store.gap(openId);
  const result = counted(before, uplink, known?.gap.missing ?? []);
  let frames = result.frames;
  const writes: Write[] = [];
  const events = [];

  const close = ({ gap, item }: Known) => {
    writes.push(store.gapWrite(gap, item), ...askWrites(here, gap));
    events.push(told(GapClosed, gap.id, { gapId: gap.id, sourceId: source.id, device: gap.device, kind: gap.kind }));
  };
  if (result.filled !== undefined && known) {
    const gap = filled(known.gap, result.filled, now);
    if (gap.state === "closed") {
      close({ gap, item: known.item });
      const { [uplink.session]: _, ...open } = (frames ?? before!).open;
      frames = { ...(frames ?? before!), open };
    } else writes.push(store.gapWrite(gap, known.item));
  }
  if (result.hole && frames) {
    const gap = known ? widened(known.gap, result.hole, uplink.at) : newGap(source, uplink, before!, result.hole, now);
    writes.push(store.gapWrite(gap, known?.item));
    frames = { ...frames, open: opened(frames.open, uplink.session, gap.id) };
    events.push(toldOpen(gap));
    writes.push(...askWrites(here, gap));
  }
  if (frames && before?.silence !== undefined && uplink.at > before.lastAt) {
    const silence = await store.gap(before.silence);
    close({ gap: { ...silence.gap, ...closedAt(now), to: uplink.at }, item: silence.item });
    const { silence: _, ...rest } = frames;
    frames = rest;
  }
  if (frames) writes.push(store.framesWrite(source.id, uplink.device, frames, item));
  if (writes.length > 0) await here.commit(writes, events);
}

function newGap(source: Source, uplink: Frame, before: Frames, hole: [number, number], now: Date): Gap {
  const { session, device, at, application, name } = uplink;
  return {
    id: newId("gap", now),
    sourceId: source.id,
    device,
    kind: "frames",
    state: "open",
    session,
    missing: [hole],
    frames: sizeOf([hole]),
    from: before.lastAt,
    to: at,
    openedAt: now.toISOString(),
    ...(source.storage ? { backfill: { application, name } } : {}),
  };
}

const toldOpen = (gap: Gap) =>
  told(GapOpened, gap.id, {
    gapId: gap.id,
    sourceId: gap.sourceId,
    device: gap.device,
    kind: gap.kind,
    frames: sizeOf(gap.missing),
    from: gap.from,
  });

/** Opens the gap of a device that is silent for too long, unless it spoke at this very moment. */
export async function missed(here: Here, source: Source, device: string, frames: Frames, item: Item): Promise<void> {
  const now = here.clock.now();
  const gap: Gap = {
    id: newId("gap", now),
    sourceId: source.id,
    device,
    kind: "silence",
    state: "open",
    missing: [],
    frames: 0,
    from: frames.lastAt,
    openedAt: now.toISOString(),
  };
  const store = sourceStore(here);
  const writes = [
    store.gapWrite(gap),
    store.framesWrite(source.id, device, { ...frames, silence: gap.id }, item),
    ...askWrites(here, gap),
  ];
  await here.commit(writes, [toldOpen(gap)]).catch((error) => {
    if (!(error instanceof ConditionFailed)) throw error;
  });
}
