import type { Here } from "../../shared/here.ts";
import { staff } from "../../shared/identity/persons.ts";
import { saysOf } from "./says.ts";
import { alarmStore } from "./store.ts";
import { alarmTexts } from "./texts.ts";

/** Writes to the treasurers, where the city wants it. A mail that does not leave is no reason to write to all again. */
export async function mailed(here: Here, alarmId: string): Promise<void> {
  const store = alarmStore(here);
  const alarm = await store.find(alarmId);
  if (alarm?.state !== "open" || !(await store.rule()).isMailed) return;
  const lang = here.city.languages[0] ?? "en";
  const t = alarmTexts.in(lang);
  const url = `${here.settings.HANSA_ORIGIN ?? ""}${here.url(`/staff/alarms/${alarm.id}`)}`;
  const subject = t("mailSubject", { what: t(alarm.kind), city: here.city.name });
  const text = t("mail", { says: saysOf(alarm, here.city, lang), url });
  const treasurers = (await staff(here.table)).filter(({ roles }) => roles.includes("treasurer"));
  for (const to of treasurers.flatMap(({ contacts }) => contacts.filter((contact) => contact.includes("@")))) {
    try {
      await here.messages.send({ to, subject, text, lang });
    } catch (error) {
      here.log.warn("an alarm was not mailed", { alarmId, error: error as Error });
    }
  }
}
