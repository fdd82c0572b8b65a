import { timingSafeEqual } from "node:crypto";
import type { House } from "../../shared/compose.ts";
import { absent, Fault } from "../../shared/errors.ts";
import { Slug } from "../../shared/ids.ts";
import { type Envelope, NotGenuine } from "../contract/dsse.ts";
import type { Party } from "../contract/party.ts";
import { openRequest } from "../contract/party-request.ts";
import { PayoutStatement, payoutsAbout } from "../contract/payout-statement.ts";
import { catalogueStore, jsonOf } from "./store.ts";

// What cities say that a party is paid: for that party alone. It asks with its key, and gets an address for its browser.

const SHOWN_MS = 30 * 60_000;
/** Years of a party that many cities use. */
const STATEMENTS_MAX = 5_000;
const FILE = /^(20\d\d-\d\d)\/([a-z0-9-]+)\.json$/;

/** The latest month first. Whose word it is the name of its file says: a city writes no other's. */
export async function statementsOf(
  { fromCities }: Pick<House, "fromCities">,
  party: string,
): Promise<PayoutStatement[]> {
  const about = payoutsAbout(party);
  const found: PayoutStatement[] = [];
  for await (const key of fromCities.list(about)) {
    if (found.length === STATEMENTS_MAX) break;
    const [, month, slug] = FILE.exec(key.slice(about.length)) ?? [];
    const bytes = slug === undefined ? undefined : await fromCities.get(key);
    if (!bytes) continue;
    const { data: statement } = PayoutStatement.safeParse(jsonOf(bytes));
    // What a city wrote wrong is not shown, and hides no other's.
    if (statement && statement.city.slug === slug && statement.month === month) found.push(statement);
  }
  const place = ({ month, city }: PayoutStatement) => `${month} ${city.slug}`;
  return found.sort((a, b) => (place(a) < place(b) ? 1 : -1));
}

/**
 * The party that signed this request. Of one that is not here the answer is the same.
 * @throws {Fault} unauthenticated
 */
export async function partyAsking(house: House, name: string, envelope: Envelope): Promise<Party> {
  const party = Slug.safeParse(name).success ? await catalogueStore(house).findParty(name) : undefined;
  const refused = new Fault("unauthenticated", "Sign this request with the party's own key, and send it at once.");
  if (!party) throw refused;
  try {
    await openRequest(envelope, party.publicKey, { party: name, asks: "payouts" }, house.now());
  } catch (error) {
    if (error instanceof NotGenuine) throw refused;
    throw error;
  }
  return party;
}

const ticketFor = async ({ marketSecrets }: House, name: string, until: string): Promise<string> =>
  Buffer.from(await marketSecrets.hmac("payouts", `${name} ${until}`)).toString("base64url");

/** The address of the party's page, for a browser that has no key; good for half an hour. */
export async function payoutsUrl(house: House, name: string): Promise<string> {
  const until = String(house.now().getTime() + SHOWN_MS);
  return `/marketplace/parties/${name}/payouts?until=${until}&ticket=${await ticketFor(house, name, until)}`;
}

/** @throws {Fault} absent: no such address was given out, or its time is over */
export async function demandTicket(house: House, name: string, until: string, ticket: string): Promise<void> {
  const wanted = Buffer.from(await ticketFor(house, name, until));
  const given = Buffer.from(ticket);
  const isGood = given.length === wanted.length && timingSafeEqual(given, wanted);
  if (!isGood || Number(until) < house.now().getTime()) throw absent();
}
