import { z } from "zod";
import { type DatasetPart, FieldName, PartId } from "./dataset.ts";
import { Words } from "./words.ts";

// A public page of a module, as data: blocks one below the other. Nothing of the publisher's runs, no markup is read and no
// address outside the city is named, so a page can neither load nor send anything.

/** Of all tables of a page together, and of what stands in one language: so that the page stays small on an old phone. */
const ROWS_MAX = 60;
const LETTERS_MAX = 6_000;

const title = Words(120).optional();
/** Only rows whose cells are these. */
const only = z
  .record(FieldName, z.union([z.string().min(1).max(80), z.number(), z.boolean()]))
  .refine((columns) => Object.keys(columns).length <= 5, "at most 5 columns")
  .default({});

const Block = z.discriminatedUnion("block", [
  /** Plain paragraphs, an empty line between them. */
  z.strictObject({ block: z.literal("text"), title, body: Words(3_000) }),
  z.strictObject({
    block: z.literal("table"),
    title,
    dataset: PartId,
    columns: z.array(FieldName).min(1).max(6),
    only,
    sort: z.strictObject({ column: FieldName, descending: z.boolean().default(false) }).optional(),
    limit: z.int().min(1).max(40).default(20),
  }),
  /** The figure now, and its target. */
  z.strictObject({ block: z.literal("indicator"), indicator: PartId }),
  /** Rows by the values of a column: how many, or the sum or mean of another column. */
  z
    .strictObject({
      block: z.literal("chart"),
      title,
      dataset: PartId,
      by: FieldName,
      how: z.enum(["count", "sum", "mean"]),
      of: FieldName.optional(),
    })
    .refine(({ how, of }) => (how === "count") === (of === undefined), {
      error: "It names the column of which it takes the sum or the mean, and none to count.",
      path: ["of"],
    }),
  /** Where the rows lie, of a table with a column of places. */
  z.strictObject({ block: z.literal("map"), title, dataset: PartId, only }),
  /** To another page, table or procedure of the same module. */
  z.strictObject({ block: z.literal("link"), to: PartId, label: Words(120) }),
]);
export type Block = z.infer<typeof Block>;

/** At `/modules/<publisher>/<module>/<id>` while the module serves. */
export const PagePart = z
  .strictObject({
    kind: z.literal("page"),
    id: PartId,
    title: Words(80),
    lead: Words(300).optional(),
    blocks: z.array(Block).min(1).max(20),
  })
  .meta({ id: "PagePart" });
export type PagePart = z.infer<typeof PagePart>;

interface Mistake {
  at: (string | number)[];
  detail: string;
}
/** What a page may speak of. */
type Beside = { kind: string; id: string } | DatasetPart;

const LINKED = ["page", "dataset", "procedure"];
const PLACES = ["geopoint", "geojson"];

/** What is wrong with a page, given the parts of its module. `at` is a path below the part. */
export function pageMistakes({ id, title, lead, blocks }: PagePart, parts: readonly Beside[]): Mistake[] {
  const rows = blocks.reduce((sum, block) => sum + (block.block === "table" ? block.limit : 0), 0);
  const words = [title, lead, ...blocks.flatMap(wordsOf)].filter((one) => one !== undefined);
  const letters = (lang: string) => words.reduce((sum, one) => sum + (one[lang]?.length ?? 0), 0);
  const longest = Math.max(...Object.keys(Object.assign({}, ...words)).map(letters));
  const ofKind = (kind: Block["block"]) => blocks.filter(({ block }) => block === kind).length;
  const tooMuch = [
    rows > ROWS_MAX && `Its tables show ${rows} rows; a page shows at most ${ROWS_MAX}.`,
    longest > LETTERS_MAX && `It has ${longest} letters in one language; a page has at most ${LETTERS_MAX}.`,
    ofKind("map") > 1 && "A page has one map at most.",
    ofKind("chart") > 1 && "A page has one chart at most.",
  ];
  return [
    ...tooMuch.flatMap((detail) => (detail ? [{ at: ["blocks"], detail }] : [])),
    ...blocks.flatMap((block, i) =>
      mistakesOfBlock(block, id, parts).map(({ at, detail }) => ({ at: ["blocks", i, ...at], detail })),
    ),
  ];
}

/** All that a page says, block by block. */
export const wordsOf = (block: Block): Words[] => [
  ...("title" in block && block.title ? [block.title] : []),
  ...(block.block === "text" ? [block.body] : block.block === "link" ? [block.label] : []),
];

function mistakesOfBlock(block: Block, own: string, parts: readonly Beside[]): Mistake[] {
  if (block.block === "text") return [];
  if (block.block === "link")
    return parts.some(({ kind, id }) => id === block.to && id !== own && LINKED.includes(kind))
      ? []
      : [{ at: ["to"], detail: `This module has no other page, dataset or procedure ${block.to}.` }];
  if (block.block === "indicator")
    return parts.some(({ kind, id }) => kind === "indicator" && id === block.indicator)
      ? []
      : [{ at: ["indicator"], detail: `This module has no indicator ${block.indicator}.` }];
  const dataset = parts.find((part): part is DatasetPart => part.kind === "dataset" && part.id === block.dataset);
  if (!dataset) return [{ at: ["dataset"], detail: `This module has no dataset ${block.dataset}.` }];
  const { fields } = dataset.schema;
  const unknown = (name: string, ...at: (string | number)[]): Mistake[] =>
    fields.some((field) => field.name === name) ? [] : [{ at, detail: `There is no field named ${name}.` }];
  if (block.block === "chart") {
    const of = fields.find(({ name }) => name === block.of);
    return [
      ...unknown(block.by, "by"),
      ...(block.of === undefined ? [] : unknown(block.of, "of")),
      ...(of && of.type !== "integer" && of.type !== "number"
        ? [{ at: ["of"], detail: `The field ${of.name} holds no numbers.` }]
        : []),
    ];
  }
  const onlys = Object.keys(block.only).flatMap((name) => unknown(name, "only", name));
  if (block.block === "map")
    return [
      ...onlys,
      ...(fields.some(({ type }) => PLACES.includes(type))
        ? []
        : [
            { at: ["dataset"], detail: `The dataset ${block.dataset} has no column of places (${PLACES.join(", ")}).` },
          ]),
    ];
  return [
    ...onlys,
    ...block.columns.flatMap((name, i) => unknown(name, "columns", i)),
    ...(block.sort ? unknown(block.sort.column, "sort", "column") : []),
  ];
}

/** The tables and figures of its module that a page shows. */
export const partsShown = ({ blocks }: PagePart): string[] => [
  ...new Set(
    blocks.flatMap((block) =>
      block.block === "text" || block.block === "link"
        ? []
        : [block.block === "indicator" ? block.indicator : block.dataset],
    ),
  ),
];
