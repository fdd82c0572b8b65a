import { type Answer, answer } from "../../shared/room.ts";
import { takeBatch } from "./batch-intake.ts";
import { countedOf } from "./checks/store.ts";
import { cutsOf, iso, usageBy } from "./domain.ts";
import { looked } from "./dropped/taking.ts";
import { usedByMany } from "./many.ts";
import { numberKey } from "./plan.ts";
import { FilesDropped, KeepRegisters, MetersNamed, TieMeter, UsageInSpans, UsageOfMany } from "./questions.ts";
import { BASE_UNIT, type Usage } from "./schema.ts";
import { SourceId } from "./sources/schema.ts";
import { sourceStore } from "./sources/store.ts";
import { meterStore } from "./store.ts";

/** So many meters are read at a time. */
const AT_ONCE = 16;
/** By which the registers of exchanges are told from what keys and people send. */
const SOURCE = "network";

const inSpan = ({ quantity, coverage, estimatedShare }: Usage) => ({ quantity, coverage, estimatedShare });
const secondsOf = (at: string): number => Math.floor(Date.parse(at) / 1000);

/** Answers to rooms that look at many meters, or at a meter while it stood somewhere. */
export const askedOfMany: readonly Answer[] = [
  answer(MetersNamed, async (here, { names }) => {
    const found = await meterStore(here).byNumbers(names);
    return names.flatMap((name) => {
      const meter = found.get(numberKey(name));
      if (!meter) return [];
      const { id: meterId, serial, kind, accountId } = meter;
      return [{ name, meterId, serial, kind, ...(accountId === undefined ? {} : { accountId }) }];
    });
  }),
  answer(UsageInSpans, async (here, { parts }) => {
    const store = meterStore(here);
    const meters = new Map((await store.findAll(parts.map(({ meterId }) => meterId))).map((one) => [one.id, one]));
    const known = parts.filter(({ meterId }) => meters.has(meterId));
    const answers = [];
    for (let at = 0; at < known.length; at += AT_ONCE)
      answers.push(
        ...(await Promise.all(
          known.slice(at, at + AT_ONCE).map(async ({ meterId, spans }) => {
            const buckets = spans.map(({ from, to }) => ({ at: from, fromS: secondsOf(from), toS: secondsOf(to) }));
            const [fromS, toS] = [buckets[0]!.fromS, buckets.at(-1)!.toS];
            const meter = meters.get(meterId)!;
            const { serial, kind } = meter;
            const readings = await countedOf(here, meter, fromS, toS, cutsOf(buckets));
            return {
              ...{ meterId, serial, kind, unit: BASE_UNIT[kind] },
              whole: usageBy([{ at: iso(fromS), fromS, toS }], readings).map(inSpan)[0]!,
              spans: usageBy(buckets, readings).map(inSpan),
            };
          }),
        )),
      );
    return answers;
  }),
  answer(UsageOfMany, async (here, { meterIds, spans }) => {
    const bounds = spans.map(({ from, to }) => ({ fromS: secondsOf(from), toS: secondsOf(to) }));
    const used = await usedByMany(here, meterIds, bounds);
    return used ? { spans: used } : {};
  }),
  answer(KeepRegisters, async (here, { delivery, readings }) => {
    const rows = readings.map(({ meterId, at, value }) => [meterId, at, value]);
    await takeBatch(here, SOURCE, new TextEncoder().encode(JSON.stringify({ delivery, readings: rows })));
    return {};
  }),
  answer(FilesDropped, async (here, { sourceId }) => {
    const source = SourceId.safeParse(sourceId).success ? await sourceStore(here).find(sourceId) : undefined;
    if (source?.kind === "drop") await looked(here, source.id);
    return {};
  }),
  answer(TieMeter, async (here, { meterId, accountId, from }) => {
    const meter = await meterStore(here).get(meterId);
    const to = accountId ?? undefined;
    if (meter.accountId !== to) await meterStore(here).tie(meterId, to, from);
    return {};
  }),
];
