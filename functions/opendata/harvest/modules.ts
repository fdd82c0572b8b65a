import { DatasetPart } from "../../../marketplace/contract/dataset.ts";
import { hostsOf, type Harvest as Wanted } from "../../../marketplace/contract/harvest.ts";
import { inLang } from "../../../marketplace/contract/words.ts";
import { InstalledParts, PartsChanged } from "../../../marketplace/installs/events.ts";
import { absentIsNone } from "../../../shared/errors.ts";
import { on } from "../../../shared/events.ts";
import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import { ConditionFailed } from "../../../shared/table.ts";
import { FREQUENCIES, type Frequency, THEMES, type Theme } from "../card/schema.ts";
import { catalogue } from "../store.ts";
import { cardOf } from "./cards.ts";
import type { OwnCard, Source } from "./schema.ts";
import { findSource, newWrites, partKey, removeSource, saveSource } from "./store.ts";

/**
 * The sources of a module follow its parts: they come when it is put in service, change with its versions, and go when
 * it is suspended or removed. What they brought stays the city's.
 */
export const followingModules = on(PartsChanged, async (here, { data: { module } }) => {
  const installed = await here.ask(InstalledParts, { kind: "dataset" });
  const parts = installed.flatMap((one) => (one.module === module ? [DatasetPart.parse(one.part)] : []));
  const known = new Map<string, string>();
  for await (const item of here.table.all({ pk: partKey(module, "").pk })) known.set(item.sk, String(item["id"]));
  for (const part of parts) {
    if (!part.harvest) continue;
    const claim = partKey(module, part.id);
    const id = known.get(claim.sk);
    known.delete(claim.sk);
    await follow(here, { module, part, harvest: part.harvest }, id);
  }
  for (const [sk, id] of known) {
    await removeSource(here, id).catch(absentIsNone);
    await here.table.delete({ pk: partKey(module, "").pk, sk });
  }
  return [];
});

interface Followed {
  module: string;
  part: DatasetPart;
  harvest: Wanted;
}

async function follow(here: Here, { module, part, harvest }: Followed, id: string | undefined): Promise<void> {
  const { kind, address, every, at, columns } = harvest;
  const fills = `${module}/${part.id}`;
  const said = {
    ...{ kind, address, fills, card: cardFor(here, part, harvest), hosts: hostsOf(harvest), schedule: { every, at } },
    corrections: { columns: columns.filter(({ from, name }) => from !== name) },
  };
  const before = id === undefined ? undefined : (await findSource(here, id))?.source;
  // What somebody paused or wants to look at themselves stays so.
  if (before) {
    await saveSource(here, before, { ...before, ...said });
    return;
  }
  const now = here.clock.now();
  const filled = (await catalogue(here)).find((dataset) => dataset.fills === fills);
  const source: Source = {
    ...said,
    id: newId("hrv", now),
    datasetId: filled?.id ?? newId("ds", now),
    publishesItself: true,
    isPaused: false,
    revision: 0,
    createdAt: now.toISOString(),
  };
  const claim = { ...partKey(module, part.id), id: source.id };
  try {
    await here.commit([{ put: claim, if: id === undefined ? "absent" : { id } }, ...newWrites(source, now)]);
  } catch (error) {
    // The same fact was told at the same time elsewhere, and made it.
    if (!(error instanceof ConditionFailed) || error.index !== 0) throw error;
  }
}

/** The part's card, in the city's own words where the publisher has them. */
function cardFor(here: Here, { title, card }: DatasetPart, { source }: Wanted): OwnCard {
  const lang = here.city.languages[0]!;
  const { licence, keywords, theme, frequency } = card;
  return {
    ...cardOf({ title: inLang(title, lang), description: inLang(card.description, lang), licence, source, keywords }),
    ...(theme !== undefined && Object.hasOwn(THEMES, theme) ? { theme: theme as Theme } : {}),
    ...(frequencyOf(frequency) ? { frequency: frequencyOf(frequency)! } : {}),
  };
}

/** An hour is as good as always: a catalogue of ours counts in days. */
const frequencyOf = (code: string): Frequency | undefined =>
  code === "HOURLY" ? "CONT" : Object.hasOwn(FREQUENCIES, code) ? (code as Frequency) : undefined;
