import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { absentIsNone } from "../../../shared/errors.ts";
import { on, type Reaction } from "../../../shared/events.ts";
import type { Here } from "../../../shared/here.ts";
import { ConditionFailed, type Write } from "../../../shared/table.ts";
import { defineTask, dropped, planned, type Ran } from "../../../shared/tasks.ts";
import { dayOf, dayRange } from "../../../shared/time.ts";
import { AccountById } from "../../accounts/events.ts";
import { ReadingsCorrected, ReadingsKept } from "../events.ts";
import type { Meter } from "../schema.ts";
import { meterStore } from "../store.ts";
import { type News, newsOf } from "./alarms.ts";
import type { HomeRules } from "./schema.ts";
import { newsText } from "./short.ts";
import { forgetting, homeStore, keeping, sending, telling, type Watched } from "./store.ts";
import { alarmsNow } from "./summary.ts";
import { homeTexts } from "./texts.ts";

/** Looks at one meter of which somebody is told: after readings, and when it would have been silent for too long. */
export const CheckHome = defineTask("meters.check_home", z.object({}));
/** After a delivery of very many meters: looks at all of which somebody is told, once an hour at most. */
export const CheckHomes = defineTask("meters.check_homes", z.object({ cursor: z.string().optional() }));

const AT_ONCE = 50;
/** To one account: wishes that are changed all day must not cost the city a message each. */
const MESSAGES_A_DAY = 6;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const checks = (here: Here, meterIds: readonly string[]): Write[] =>
  meterIds.map((id) => planned(CheckHome, id, here.clock.now(), {}));

export const homeReactions: Reaction[] = [
  on(ReadingsKept, async (here, { data: { meterIds } }) => {
    const store = homeStore(here);
    const named = meterIds && (await store.watched(meterIds));
    if (named && named.length <= AT_ONCE) return checks(here, named);
    if (!named && (await store.page({ limit: 1 })).meterIds.length === 0) return [];
    const hour = Math.floor(here.clock.now().getTime() / HOUR_MS) + 1;
    return [planned(CheckHomes, String(hour), new Date(hour * HOUR_MS), {})];
  }),
  on(ReadingsCorrected, async (here, { data: { meterId } }) => checks(here, await homeStore(here).watched([meterId]))),
];

export async function checkHomes(here: Here, _: string, { cursor }: { cursor?: string | undefined }) {
  const { meterIds, next } = await homeStore(here).page({ limit: AT_ONCE, cursor });
  const writes = checks(here, meterIds);
  return { writes, ...(next === undefined ? {} : { again: { at: here.clock.now(), data: { cursor: next } } }) };
}

/** Keeps what the people of an account want to be told; nothing at all, where that is what they want. */
export async function setRules(here: Here, meter: Meter & { accountId: string }, rules: HomeRules): Promise<void> {
  const { id, accountId } = meter;
  for (let tries = 1; ; tries++) {
    const before = await homeStore(here).find(id);
    const wishes = Object.keys(rules).length > 0;
    if (!wishes && !before) return;
    try {
      await here.commit(
        wishes
          ? [keeping(id, accountId, rules, before?.accountId === accountId), ...checks(here, [id])]
          : [forgetting(before!), dropped(CheckHome, id)],
      );
      return;
    } catch (error) {
      // Somebody of the household wished something else at the same moment.
      if (!(error instanceof ConditionFailed) || tries === 3) throw error;
    }
  }
}

/**
 * Tells what is new, once: it is noted before it is told, so that readings which come meanwhile do not tell it again.
 * A message that does not leave is not noted, and tried again with the task.
 */
export async function checkHome(here: Here, meterId: string): Promise<Ran<object>> {
  const [watched, meter] = await Promise.all([homeStore(here).find(meterId), meterStore(here).find(meterId)]);
  if (!watched || !meter) return {};
  if (meter.accountId !== watched.accountId) return { writes: [forgetting(watched)] };
  const { rules } = watched;
  const now = await alarmsNow(here, meter, rules);
  const { news, told } = newsOf(now.alarms, rules, watched.told, now.month);
  const day = dayOf(here.clock.now(), here.city.timeZone);
  const sent = news.length > 0 ? await homeStore(here).sentOn(day, watched.accountId) : 0;
  if (sent + news.length > MESSAGES_A_DAY) {
    // Not noted: what still lasts tomorrow is told then.
    const { to: tomorrow } = dayRange(day, here.city.timeZone);
    return { again: { at: tomorrow, data: {} } };
  }
  if (news.length > 0 || !isDeepStrictEqual(told, watched.told)) {
    const counted = news.length > 0 ? [sending(day, watched, sent, news.length, here.clock.now())] : [];
    await here.commit([telling(watched, told), ...counted]);
    try {
      await send(here, watched, meter, news, now);
    } catch (error) {
      await here.commit([telling({ ...watched, version: watched.version + 1 }, watched.told)]);
      throw error;
    }
  }
  if (rules.silentDays === undefined || now.alarms.silence.isOn) return {};
  return { again: { at: new Date(now.heardAt.getTime() + rules.silentDays * DAY_MS), data: {} } };
}

async function send(
  here: Here,
  { accountId, rules }: Watched,
  meter: Meter,
  news: readonly News[],
  now: Awaited<ReturnType<typeof alarmsNow>>,
): Promise<void> {
  const account = await here.ask(AccountById, { accountId }).catch(absentIsNone);
  if (!account?.contact) return;
  const { contact: to, lang = here.city.languages[0] ?? "en" } = account;
  const subject = to.includes("@") ? { subject: homeTexts.in(lang)("subject", { serial: meter.serial }) } : {};
  for (const one of news)
    await here.messages.send({
      to,
      lang,
      text: newsText(here.city.name, meter, one, { ...now, rules }, lang),
      ...subject,
    });
}
