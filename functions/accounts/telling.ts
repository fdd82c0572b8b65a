import type { z } from "zod";
import { filled, inLang } from "../../marketplace/contract/words.ts";
import { absentIsNone } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { Write } from "../../shared/table.ts";
import { planned, type Ran } from "../../shared/tasks.ts";
import { labelled } from "../../shared/texts.ts";
import { AccountById, type PrepareTelling, TellHolder } from "./events.ts";

type Told = z.infer<typeof TellHolder.data>;
type Telling = z.infer<typeof PrepareTelling.args>;

// question                                  key
// was this said to this account before      pk TOLD#<account>   sk <once>     kept 90 days
const KEPT_S = 90 * 24 * 3600;

/** @throws {Fault} absent: there is no such account */
export async function prepareTelling(
  here: Here,
  { once, ...telling }: Telling,
): Promise<{ writes: Write[]; events: [] }> {
  const { id } = await here.ask(AccountById, { accountId: telling.accountId });
  const mark = { pk: `TOLD#${id}`, sk: once };
  if (await here.table.get(mark)) return { writes: [], events: [] };
  const now = here.clock.now();
  const expiresAt = Math.floor(now.getTime() / 1000) + KEPT_S;
  return {
    writes: [{ put: { ...mark, expiresAt }, if: "absent" }, planned(TellHolder, `${id}/${once}`, now, telling)],
    events: [],
  };
}

/** Writes to an account's holder in their language. One without an address, or that is gone, is not written to. */
export async function tellHolder(
  here: Here,
  _id: string,
  { accountId, title, body, ...values }: Told,
): Promise<Ran<Told>> {
  const account = await here.ask(AccountById, { accountId }).catch(absentIsNone);
  if (!account?.contact) return {};
  const lang = account.lang ?? here.city.languages[0] ?? "en";
  const subject = labelled(lang, here.city.name, inLang(title, lang));
  const text = `${subject}\n${filled(inLang(body, lang), values, lang)}`;
  await here.messages.send({ to: account.contact, text, lang, ...(account.contact.includes("@") ? { subject } : {}) });
  return {};
}
