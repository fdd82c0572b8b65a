import { postJson } from "../house.ts";
import { type Command, withHouse, withKey } from "./common.ts";

interface Preview {
  card: { title?: string; licence?: string; source?: string };
  format?: string;
  rows?: number;
  columns?: { name: string; type: string; personal: string }[];
  notes?: string[];
  mistakes?: { pointer: string; detail: string }[];
  mistaken?: number;
  isLong?: true;
  listed?: { title: string; format: string; address: string }[];
  listedInAll?: number;
  passedOver?: number;
}

export const harvest: Command = {
  summary: "Have a city fetch a dataset, or a whole catalogue, from another server by a schedule",
  args: {
    ...withHouse,
    address: { type: "positional", required: true, description: "Where it is" },
    city: { type: "string", required: true, description: "Which city", valueHint: "slug" },
    kind: {
      type: "string",
      description: "file, ogc_features, ckan, ckan_catalogue or dcat",
      default: "file",
      valueHint: "word",
    },
    every: { type: "string", description: "once, hour, day or week", default: "day", valueHint: "word" },
    at: { type: "string", description: "By the city's clocks, such as 04:00", default: "04:00", valueHint: "time" },
    title: { type: "string", description: "The dataset's title", valueHint: "text" },
    licence: { type: "string", description: "Such as CC-BY-4.0", valueHint: "text" },
    source: { type: "string", description: "Who collected it, and how", valueHint: "text" },
    updates: { type: "string", description: "It brings the next versions of this dataset", valueHint: "address" },
    fills: { type: "string", description: "A table of a module, as publisher/module/part", valueHint: "name" },
    "dry-run": { type: "boolean", description: "Show what it would bring; keep nothing" },
    token: {
      type: "string",
      description: "A key with the scope opendata.datasets:write (better: HANSA_TOKEN)",
      valueHint: "token",
    },
  },
  examples: [
    "hansa dataset harvest https://data.example.org/stops.csv --city nantes --title 'Bus stops' --licence ODbL-1.0 --source 'Transport office'",
    "hansa dataset harvest https://data.example.org/catalog.ttl --kind dcat --every week --city nantes --dry-run",
  ],
  async run(args) {
    const { house, headers } = withKey(args, "opendata.datasets:write");
    const at = `/cities/${encodeURIComponent(args.must("city"))}`;
    const card = { title: args.text("title"), licence: args.text("licence"), source: args.text("source") };
    const order = {
      ...{ kind: args.must("kind"), address: args.must("address"), card },
      schedule: { every: args.must("every"), at: args.must("at") },
      ...{ updates: args.text("updates"), fills: args.text("fills") },
    };
    if (args.flag("dry-run")) {
      const { body } = await postJson<Preview>(house, `${at}/v1/harvests/preview`, order, headers);
      return { json: { preview: body }, lines: [...linesOf(body), "Nothing was kept."] };
    }
    const { body } = await postJson<{ id: string }>(house, `${at}/v1/harvests`, order, headers);
    return {
      json: { harvest: body },
      lines: [`It is being asked. See what comes: ${house}${at}/staff/harvests/${body.id}`],
    };
  },
};

function linesOf({ card, listed, rows, format, columns = [], notes = [], mistakes = [], ...more }: Preview): string[] {
  if (listed)
    return [
      `${more.listedInAll} datasets can be read, ${more.passedOver} cannot or are too many:`,
      ...listed.map((one) => `  ${one.title}  ${one.format}  ${one.address}`),
    ];
  const said = [card.title, card.licence, card.source].filter(Boolean).join(" · ");
  if (more.isLong) return [said, "It is too long to be read at once: its first run reads it, and leaves a draft."];
  return [
    said,
    `${rows} rows, read as ${format}:`,
    ...columns.map(({ name, type, personal }) => `  ${name}  ${type}  about people: ${personal} (proposed)`),
    ...notes.map((note) => `  ${note}`),
    ...mistakes.slice(0, 20).map(({ detail }) => `  wrong: ${detail}`),
  ];
}
