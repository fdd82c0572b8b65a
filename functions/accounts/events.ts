import { z } from "zod";
import { absentIsNone } from "../../shared/errors.ts";
import type { NewEvent } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { Id } from "../../shared/ids.ts";
import { offer } from "../../shared/room.ts";
import type { Write } from "../../shared/table.ts";
import { defineTask } from "../../shared/tasks.ts";
import { LANGS } from "../../shared/texts.ts";

/** A customer of the city, as other rooms need one. */
export const AccountFacts = z.object({
  id: Id("acc"),
  /** The city's own number for it, as printed on letters. */
  number: z.string(),
  /** By which it is paid as a whole, without its number or its name being known. */
  reference: z.string(),
  name: z.string(),
  /** E.164 or e-mail: whoever reads it sees the account's bills and meters. */
  contact: z.string().optional(),
  address: z.string().optional(),
  district: z.string().optional(),
  /** In which it is written to, where that is not the city's own. */
  lang: z.enum(LANGS).optional(),
  meterIds: z.array(z.string()),
});
export type AccountFacts = z.infer<typeof AccountFacts>;

/** The accounts that these contacts, proved by a code, may see. */
export const AccountsOf = offer(
  "accounts.of",
  z.object({ contacts: z.array(z.string()).max(20) }),
  z.array(AccountFacts),
);

/** One account; `absent` when it is not there. */
export const AccountById = offer("accounts.by_id", z.object({ accountId: z.string().max(60) }), AccountFacts);

/** Where accounts are, for whoever counts by district; those without one, or that are not there, are left out. */
export const DistrictsOf = offer(
  "accounts.districts",
  z.object({ accountIds: z.array(z.string().max(60)).max(100) }),
  z.array(z.object({ accountId: z.string(), district: z.string() })),
);

/** All accounts by number, page by page. */
export const AllAccounts = offer(
  "accounts.all",
  z.object({ cursor: z.string().optional() }),
  z.object({ accounts: z.array(AccountFacts), cursor: z.string().optional() }),
);

/** The ids behind the city's own numbers, at most a hundred at a time; a number that is nobody's is left out. */
export const AccountsByNumber = offer(
  "accounts.ids_by_number",
  z.object({ numbers: z.array(z.string().max(40)).max(100) }),
  z.array(z.object({ number: z.string(), id: Id("acc") })),
);

/** The accounts that what a clerk typed may mean: a number, a reference, a meter, a connection point, a contact, a name. */
export const AccountsFound = offer(
  "accounts.found",
  z.object({ typed: z.string().max(200) }),
  z.array(z.object({ id: Id("acc"), number: z.string(), name: z.string() })),
);

/** The account that has this reference, however it was typed, or this number; `absent` when none has. No name. */
export const AccountNamed = offer(
  "accounts.named",
  z.union([z.object({ reference: z.string().max(40) }), z.object({ number: z.string().max(40) })]),
  z.object({ accountId: Id("acc"), reference: z.string() }),
);

/** The accounts behind ids, for lists: their number and name. One that is gone is its id. */
export async function accountsBy(here: Here, ids: Iterable<string | undefined>): Promise<Map<string, string>> {
  const once = [...new Set([...ids].filter((id) => id !== undefined))];
  const found = await Promise.all(
    once.map(async (accountId): Promise<[string, string]> => {
      const account = await here.ask(AccountById, { accountId }).catch(absentIsNone);
      return [accountId, account ? `${account.number} · ${account.name}` : accountId];
    }),
  );
  return new Map(found);
}

/**
 * The account that a clerk typed: by its number, a meter's or a point's, or its name. Undefined where nobody's is it, or
 * more than one's.
 */
export async function accountIdOf(here: Here, typed: string): Promise<string | undefined> {
  const found = await here.ask(AccountsFound, { typed: typed.slice(0, 200) });
  return found.length === 1 ? found[0]!.id : undefined;
}
const Worded = z.record(z.string(), z.string().optional());
const Telling = z.object({
  accountId: z.string().max(60),
  title: Worded,
  body: Worded,
  /** Written into the body where it says `{value}` and `{date}`. */
  value: z.number().optional(),
  date: z.string().optional(),
});

/** Writes to whoever holds an account; its address is read only then. */
export const TellHolder = defineTask("accounts.tell_holder", Telling);

/**
 * A message to an account's holder, prepared for a transaction: none where `once` was said to this account before.
 * An account that is not there is `absent`.
 */
export const PrepareTelling = offer(
  "accounts.prepare_telling",
  Telling.extend({ once: z.string().max(300) }),
  z.object({ writes: z.array(z.custom<Write>()), events: z.array(z.custom<NewEvent>()) }),
);
