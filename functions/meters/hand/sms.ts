import { createHash } from "node:crypto";
import { z } from "zod";
import { Fault, invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { readContact } from "../../../shared/identity/contacts.ts";
import { ConditionFailed } from "../../../shared/table.ts";
import { defineTask, planned, type Ran } from "../../../shared/tasks.ts";
import type { Lang } from "../../../shared/texts.ts";
import { AccountsOf } from "../../accounts/events.ts";
import { numberKey } from "../plan.ts";
import { take } from "../rate.ts";
import type { Meter } from "../schema.ts";
import type { Source } from "../sources/schema.ts";
import { meterStore } from "../store.ts";
import { handRead } from "./reading.ts";
import type { Sms, SmsAnswer } from "./schema.ts";
import { saidIn } from "./sms-text.ts";
import { handStore } from "./store.ts";
import { handTexts } from "./texts.ts";

/** Of one telephone: a household's meters at once, and one more each ten minutes. An answer costs the city money. */
const SENDER = { burst: 6, perSecond: 1 / 600 };

const Reply = z.object({ source: z.string(), message: z.string() });
/** Answers the sender; by a task, as the house's ways out are not this function's. */
export const SmsReply = defineTask("meters.sms_reply", Reply);

/**
 * Takes a value that came by SMS, once for each message of the gateway: its sender is answered once.
 *
 * @throws {Fault} invalid: outside the source's window, or from no telephone number; too_many
 */
export async function smsTaken(here: Here, source: Source, sms: Sms): Promise<{ created: boolean; answer: SmsAnswer }> {
  const store = handStore(here);
  const message = createHash("sha256").update(sms.id).digest("hex").slice(0, 40);
  const before = await store.sms(source.id, message);
  if (before) return { created: false, answer: before.answer };
  const now = here.clock.now();
  const at = sms.at === undefined ? now : new Date(sms.at);
  if (Math.abs(now.getTime() - at.getTime()) / 1000 > source.replayWindowS)
    throw invalid("#/at", `It was sent outside this source's window of ${source.replayWindowS} seconds.`);
  const from = readContact(sms.from, here.city.country, "#/from");
  if (from.includes("@")) throw invalid("#/from", "This is no telephone number.");
  const retryAfterS = take(`${here.city.slug}#${source.id}#${from}`, SENDER);
  if (retryAfterS > 0) throw new Fault("too_many", "This telephone sends too many messages.", { retryAfterS });

  const { state, text, lang } = await understood(
    here,
    source,
    { ...sms, from },
    new Date(Math.min(at.getTime(), now.getTime())),
  );
  const answer: SmsAnswer = { id: sms.id, state };
  try {
    await here.commit([
      store.smsWrite(source.id, message, { answer, to: from, text, lang }),
      planned(SmsReply, `${source.id}.${message}`, now, { source: source.id, message }),
    ]);
  } catch (error) {
    const twin = error instanceof ConditionFailed ? await store.sms(source.id, message) : undefined;
    if (!twin) throw error;
    return { created: false, answer: twin.answer };
  }
  return { created: true, answer };
}

interface Understood {
  state: SmsAnswer["state"];
  text: string;
  lang: Lang;
}

async function understood(here: Here, source: Source, sms: Sms, at: Date): Promise<Understood> {
  const said = saidIn(sms.text);
  const accounts = await here.ask(AccountsOf, { contacts: [sms.from] });
  const lang = said.lang ?? accounts.find((account) => account.lang)?.lang ?? here.city.languages[0] ?? "en";
  const t = handTexts.in(lang);
  const city = here.city.name;
  if (!("value" in said)) return { state: "unread", text: t("smsUnread", { city }), lang };
  // Of a meter that is not there and of somebody else's the same is told: nothing.
  const theirs = [...(await meterStore(here).ofAccounts(accounts.map(({ id }) => id))).values()].flat();
  const open = theirs.filter(({ accountFrom }) => accountFrom === undefined || new Date(accountFrom) <= at);
  const meter = named(open, said.number);
  if (!meter) return { state: "refused", text: t("smsRefused", { city }), lang };

  const store = handStore(here);
  const { value } = said;
  const read = await handRead(here, meter, {
    ...{ id: readingIdOf(source, sms), value, at, by: "sms", who: source.id },
    confirmed: await store.asked(meter.id, sms.from, sms.id),
    sinceS: meter.accountFrom === undefined ? 0 : Date.parse(meter.accountFrom) / 1000,
  });
  const words = { city, serial: meter.serial, value, unit: t(meter.registerUnit) };
  if (read.state === "asked") {
    await store.ask(meter.id, sms.from, value, sms.id);
    return { state: "asked", text: t(read.doubt === "below" ? "smsBelow" : "smsAbove", words), lang };
  }
  const { usedSince: used, lastAt } = read;
  if (used === undefined || lastAt === undefined) return { state: "kept", text: t("smsKept", words), lang };
  const day = new Intl.DateTimeFormat(lang, { dateStyle: "short", timeZone: here.city.timeZone }).format(
    new Date(lastAt),
  );
  return { state: "kept", text: t("smsKeptSince", { ...words, used, day }), lang };
}

function named(meters: readonly Meter[], number: string | undefined): Meter | undefined {
  if (number === undefined) return meters.length === 1 ? meters[0] : undefined;
  // As it was typed, and without the spaces that are printed between its figures.
  const keys = [number, number.replaceAll(" ", "")].map(numberKey);
  return meters.find(({ serial, point }) => keys.includes(numberKey(serial)) || keys.includes(numberKey(point ?? "")));
}

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** The same message is the same reading, however often and in however many processes it comes at once. */
function readingIdOf({ id }: Source, sms: Sms): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([id, sms.id]))
    .digest();
  const letters = [...digest.subarray(0, 26)].map((byte, i) => CROCKFORD[byte & (i === 0 ? 7 : 31)]);
  return `hnd_${letters.join("")}`;
}

/**
 * Noted before it is sent: a task may run twice at once, and each answer costs the city money.
 *
 * @throws what the way out says: the task is tried again
 */
export async function smsReplied(
  here: Here,
  _id: string,
  { source, message }: z.infer<typeof Reply>,
): Promise<Ran<z.infer<typeof Reply>>> {
  const store = handStore(here);
  const sms = await store.sms(source, message);
  if (!sms) return {};
  try {
    await store.smsAnswered(source, message, true);
  } catch (error) {
    if (error instanceof ConditionFailed) return {};
    throw error;
  }
  try {
    await here.messages.send({ to: sms.to, text: sms.text, lang: sms.lang });
  } catch (error) {
    await store.smsAnswered(source, message, false);
    throw error;
  }
  return {};
}
