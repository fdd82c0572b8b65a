import { folded } from "../domain.ts";
import type { Asked } from "./asked.ts";
import { ActionError } from "./errors.ts";
import type { Package } from "./packages.ts";

const ROWS = { default: 10, max: 1_000 };

/** What can be filtered and counted, as CKAN's index names it. */
const FIELDS: Record<string, (found: Package) => string[]> = {
  id: ({ id }) => [id],
  name: ({ name }) => [name],
  title: ({ title }) => [title],
  notes: ({ notes }) => [notes],
  author: ({ author }) => [author],
  organization: ({ organization }) => [organization.name],
  owner_org: ({ owner_org }) => [owner_org],
  license_id: ({ license_id }) => [license_id],
  res_format: ({ resources }) => resources.map(({ format }) => format),
  dataset_type: ({ type }) => [type],
  state: ({ state }) => [state],
  tags: ({ tags }) => tags.map(({ name }) => name),
  groups: () => [],
};
const SORTS: Record<string, (found: Package) => string> = {
  name: ({ name }) => name,
  title_string: ({ title }) => folded(title),
  title: ({ title }) => folded(title),
  metadata_modified: ({ metadata_modified }) => metadata_modified,
  metadata_created: ({ metadata_created }) => metadata_created,
  score: () => "",
};

/** Only what stands in a table itself: every object has a `constructor`. */
const known = <T>(table: Record<string, T>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

const TERM = /\s*(?:AND\s+)?([+-]?)([A-Za-z_]+):(?:"([^"]*)"|(\S+))/gy;

/** `field:value`, with `+` or `-` before it, as many as wanted: the part of Solr's language that clients send. */
function filterOf(text: string): (found: Package) => boolean {
  const tests: ((found: Package) => boolean)[] = [];
  TERM.lastIndex = 0;
  const given = text.trim();
  while (TERM.lastIndex < given.length) {
    const found = TERM.exec(given);
    if (!found) throw new ActionError("search", `Search Query is invalid: "${given}"`);
    const [, sign, field = "", quoted, bare] = found;
    const values = known(FIELDS, field);
    if (!values) throw new ActionError("search", `Search Query is invalid: unknown field ${field}`);
    const wanted = (quoted ?? bare ?? "").toLowerCase();
    const has = (one: Package) => wanted === "*" || values(one).some((value) => value.toLowerCase() === wanted);
    tests.push((one) => has(one) !== (sign === "-"));
  }
  return (found) => tests.every((test) => test(found));
}

const FIELDED = /(?:^|\s)([A-Za-z_]+):(?:"([^"]*)"|(\S+))/g;

/** The words of `q`, and those that it looks for in one field: `title:market`. @throws {ActionError} no such field */
function wordsOf(q: string): { words: string[]; fielded: { values: (found: Package) => string[]; word: string }[] } {
  if (q === "*:*" || q === "*") return { words: [], fielded: [] };
  const fielded = [...q.matchAll(FIELDED)].map(([, field = "", quoted, bare]) => {
    const values = known(FIELDS, field);
    if (!values) throw new ActionError("search", `Search Query is invalid: unknown field ${field}`);
    return { values, word: folded((quoted ?? bare ?? "").replace(/\*$/, "")) };
  });
  return { words: folded(q.replace(FIELDED, " ")).split(/\s+/).filter(Boolean), fielded };
}

/** `package_search`: words in title, notes, author and tags, filters, order, a page, and counts by field. */
export function searched(all: readonly Package[], asked: Asked) {
  const { words, fielded } = wordsOf(asked.text("q") ?? "*:*");
  const filters = [asked.text("fq"), ...(asked.list("fq_list") ?? [])].filter((one) => one !== undefined).map(filterOf);
  const matching = all.filter((found) => {
    const tags = found.tags.map(({ name }) => name).join(" ");
    const text = folded(`${found.title} ${found.name} ${found.notes} ${found.author} ${tags}`);
    return (
      words.every((word) => text.includes(word)) &&
      fielded.every(({ values, word }) => values(found).some((value) => folded(value).includes(word))) &&
      filters.every((filter) => filter(found))
    );
  });
  const orders = (asked.text("sort") ?? "score desc, metadata_modified desc").split(",").map((part) => {
    const [name = "", direction = "asc"] = part.trim().split(/\s+/);
    const of = known(SORTS, name);
    if (!of || !/^(asc|desc)$/i.test(direction)) throw new ActionError("search", `Cannot sort by "${part.trim()}"`);
    return { of, sign: direction.toLowerCase() === "desc" ? -1 : 1 };
  });
  const sorted = [...matching].sort((a, b) => {
    for (const { of, sign } of orders) {
      const [x, y] = [of(a), of(b)];
      if (x !== y) return x < y ? -sign : sign;
    }
    return 0;
  });
  const start = asked.whole("start", 0, Number.MAX_SAFE_INTEGER);
  const rows = asked.whole("rows", ROWS.default, ROWS.max);
  const fields = asked.list("facet.field") ?? [];
  const counts = Object.fromEntries(fields.map((field) => [field, counted(matching, field)]));
  return {
    count: matching.length,
    sort: asked.text("sort") ?? "score desc, metadata_modified desc",
    results: sorted.slice(start, start + rows),
    facets: counts,
    search_facets: Object.fromEntries(
      Object.entries(counts).map(([field, count]) => [
        field,
        {
          title: field,
          items: Object.entries(count).map(([name, n]) => ({ name, display_name: name, count: n })),
        },
      ]),
    ),
  };
}

function counted(all: readonly Package[], field: string): Record<string, number> {
  const values = known(FIELDS, field);
  if (!values) throw new ActionError("search", `Search Query is invalid: unknown field ${field}`);
  const counts: Record<string, number> = {};
  for (const found of all) for (const value of new Set(values(found))) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
