import { z } from "zod";
import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { readContact } from "../../shared/identity/contacts.ts";
import { defineTask, planned, type Ran } from "../../shared/tasks.ts";
import { MetersNamed } from "../meters/events.ts";
import { AccountsAtPoint } from "../network/events.ts";
import type { Account } from "./schema.ts";
import { accountStore } from "./store.ts";
import { wordsOf } from "./words.ts";

const FOUND_MAX = 20;
const NOTED_AT_ONCE = 100;

const Data = z.object({ cursor: z.string().optional() });
/** Notes the words of the names of accounts that were opened before names were searched for. */
export const NoteNames = defineTask("accounts.note_names", Data);

/**
 * The accounts that what somebody typed may mean: by number, reference or id, by the serial or connection point of a
 * meter, by a point of the network, by contact, else by the words of a name.
 */
export async function accountsFound(here: Here, typed: string): Promise<Account[]> {
  const store = accountStore(here.table);
  const text = typed.trim();
  const exact = (await store.byNumber(text)) ?? (await store.byReference(text)) ?? (await store.find(text));
  if (exact) return [exact];
  const [meters, points] = await Promise.all([
    here.ask(MetersNamed, { names: [text.slice(0, 60)] }),
    here.ask(AccountsAtPoint, { point: text.slice(0, 60) }),
  ]);
  const there = await store.findMany([...meters.flatMap(({ accountId }) => accountId ?? []), ...points]);
  if (there.length > 0) return there;
  const contact = contactOf(text, here.city.country);
  const theirs = contact === undefined ? [] : await store.ofContact(contact);
  if (theirs.length > 0) return theirs.slice(0, FOUND_MAX);
  if (!(await store.areNamesNoted())) await here.commit([planned(NoteNames, "all", here.clock.now(), {})]);
  return store.named(wordsOf(text), FOUND_MAX);
}

function contactOf(text: string, country: string): string | undefined {
  try {
    return readContact(text, country);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return undefined;
  }
}

export async function noteNames(
  here: Here,
  _id: string,
  { cursor }: z.infer<typeof Data>,
): Promise<Ran<z.infer<typeof Data>>> {
  const store = accountStore(here.table);
  const { accounts, next } = await store.list({ limit: NOTED_AT_ONCE, cursor });
  await store.noteNames(accounts, next === undefined);
  return next === undefined ? {} : { again: { at: here.clock.now(), data: { cursor: next } } };
}
