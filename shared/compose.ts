import { isDeepStrictEqual } from "node:util";
import { everyCity } from "./cities.ts";
import { deliverDue, type Listener } from "./courier.ts";
import { logWrites, type NewEvent } from "./events.ts";
import { unread } from "./further.ts";
import { City, type Here, type Offer } from "./here.ts";
import { Slug } from "./ids.ts";
import { openLedger } from "./ledger.ts";
import { type Log, openLog } from "./log.ts";
import { outboxMessages } from "./outbox.ts";
import type { Blobs, Home, Messages, Sandbox } from "./ports.ts";
import { replayer } from "./replays.ts";
import type { CityRoom } from "./room.ts";
import { openSecrets, type Secrets } from "./secrets.ts";
import { readSettings, type Settings } from "./settings.ts";
import { cityTable, houseTable, type Table, type Write } from "./table.ts";
import { isTask } from "./tasks.ts";
import { together } from "./together.ts";

/** What a process is made of. Rooms below a city never see it: they get `Here`. */
export interface House {
  readonly settings: Settings;
  readonly log: Log;
  readonly rooms: readonly CityRoom[];
  now(): Date;
  readonly control: Table;
  readonly market: Table;
  readonly marketBlobs: Blobs;
  /** Runs the examples of what is published; in no city. */
  readonly marketSandbox: Sandbox;
  /** What cities said to the marketplace. */
  readonly fromCities: Pick<Blobs, "get" | "list">;
  readonly secrets: Secrets;
  /** The marketplace's own, in its own table: it can sign without any right in the house's. */
  readonly marketSecrets: Secrets;
  readonly messages: Messages;
  readonly listeners: readonly Listener[];
  /** The city of this slug, if it has been brought in wholly. */
  hereOf(slug: string): Promise<Here | undefined>;
  /** A city whose profile is still being made: for onboarding and import only. */
  makeHere(city: City): Here;
  /** The profile was written or removed: read it again. */
  forget(slug: string): void;
  /** Tells a city's listeners what is due. @returns how many facts, deliveries and tasks were handled */
  deliver(slug: string): Promise<number>;
  /** A city looks at what has changed in the marketplace. */
  heedMarket(slug: string): Promise<void>;
  /** All cities of this house do, one after the other; nothing where the store of files tells them by itself. */
  marketChanged(): Promise<void>;
}

const PROFILE_KEPT_MS = 10_000;
const CITIES_KEPT = 500;

/**
 * @param rooms  every room whose questions and reactions this process must know
 * @param now    a test's clock, set by hand
 */
export async function compose(
  env: Record<string, string | undefined>,
  rooms: readonly CityRoom[],
  now: () => Date = () => new Date(),
): Promise<House> {
  const settings = readSettings(env);
  const home: Home =
    settings.HANSA_HOME === "aws"
      ? (await import("./aws/home.ts")).awsHome(settings)
      : (await import("./local/home.ts")).localHome(settings);
  const log = openLog(settings);
  const bell = home.bell(deliver);
  const control = houseTable(home.client("CONTROL"), settings.HANSA_CONTROL_TABLE, "CONTROL", home.standing);
  const market = houseTable(home.client("MARKET"), settings.HANSA_MARKET_TABLE, "MARKET");
  const answers = new Map(rooms.flatMap((room) => room.answers.map((answer) => [answer.offer.name, answer] as const)));
  const listeners: Listener[] = rooms.flatMap((room) =>
    room.reactions.map((reaction) => ({ ...reaction, name: `${room.name}/${reaction.type}` })),
  );
  const taskers = [...rooms.flatMap((room) => room.tasks), replayer(listeners)];
  const cities = new Map<string, { here: Here; readAt: number }>();

  const tableOf = (slug: string) =>
    cityTable(home.client(slug), settings.HANSA_CITY_TABLE, slug, home.standing, home.writing);

  function makeHere(city: City): Here {
    const { slug } = city;
    const table = tableOf(slug);
    const clock = { now, wake: (at: Date) => bell.wake(slug, at) };
    const tell = (events: readonly NewEvent[]): Write[] => logWrites(`/cities/${slug}`, events, now());
    const ring = () => bell.ring(slug);
    const here: Here = {
      city,
      table,
      clock,
      log,
      settings,
      blobs: home.cityBlobs(slug),
      drops: home.cityDrops(slug),
      secrets: openSecrets(table, home.vault(slug), slug),
      sandbox: home.sandbox(slug),
      // A synthetic city's telephone numbers are made up, and may be somebody's: nothing is carried out of it.
      messages: outboxMessages(table, now, city.isSynthetic ? undefined : home.carrier),
      ledger: openLedger({ table, clock, tell, ring, timeZone: city.timeZone }),
      market: home.marketBlobs,
      toMarket: home.toMarket(slug),
      async commit(writes, events = []) {
        await table.transact([...writes, ...tell(events)]);
        if (events.length > 0 || writes.some(isTask)) ring();
      },
      async ask<A, R>(offer: Offer<A, R>, args: A): Promise<R> {
        const found = answers.get(offer.name);
        if (!found) throw new Error(`No room here answers ${offer.name}.`);
        return offer.answer.parse(await found.run(here, offer.args.parse(args)));
      },
      url: (path) => `/cities/${slug}${path}`,
    };
    return here;
  }

  async function hereOf(slug: string): Promise<Here | undefined> {
    const kept = cities.get(slug);
    if (kept && Date.now() - kept.readAt < PROFILE_KEPT_MS) return kept.here;
    if (!Slug.safeParse(slug).success) return undefined;
    const item = await tableOf(slug).getStanding({ pk: "CITY", sk: "CITY" });
    if (!item) {
      cities.delete(slug);
      return undefined;
    }
    const city = City.parse(item["city"]);
    // A profile that has not changed keeps its handle, and with it what the ledger has folded.
    const same = kept && isDeepStrictEqual(kept.here.city, city);
    const here = same ? kept.here : makeHere(city);
    cities.delete(slug);
    cities.set(slug, { here, readAt: Date.now() });
    if (cities.size > CITIES_KEPT) cities.delete(cities.keys().next().value!);
    return here;
  }

  async function deliver(slug: string): Promise<number> {
    const here = await hereOf(slug);
    // Also where a page has rung: what follows from it has no reader.
    return here ? unread(() => deliverDue(here, listeners, taskers)) : 0;
  }

  async function heedMarket(slug: string): Promise<void> {
    const here = await hereOf(slug);
    if (here) for (const room of rooms) await room.heeds?.(here);
  }

  return {
    settings,
    log,
    rooms,
    now,
    control,
    market,
    marketBlobs: home.marketBlobs,
    marketSandbox: home.sandbox("MARKET"),
    fromCities: home.fromCities,
    secrets: openSecrets(control, home.vault("CONTROL"), "CONTROL"),
    marketSecrets: openSecrets(market, home.vault("MARKET"), "MARKET"),
    messages: outboxMessages(control, now, home.carrier),
    listeners,
    hereOf,
    makeHere,
    forget: (slug) => cities.delete(slug),
    deliver,
    heedMarket,
    marketChanged: together(async () => {
      if (home.marketRings) return;
      // One that cannot look now does at its next use of a module.
      for await (const { slug } of everyCity(control))
        await heedMarket(slug).catch((error) => log.warn("a city did not look at the marketplace", { slug, error }));
    }),
  };
}
