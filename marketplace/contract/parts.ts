import { z } from "zod";
import { TariffPart } from "../../functions/billing/events.ts";
import { DatasetPart, PartId } from "./dataset.ts";
import { FunctionPart, RemotePart, RulePart } from "./hooks.ts";
import { IndicatorPart } from "./indicator.ts";
import { PagePart } from "./page.ts";
import { PageTexts } from "./page-texts.ts";
import { ProcedurePart } from "./procedure.ts";
import { Words } from "./words.ts";

/** How a month of use becomes money; the shape is billing's own, so a published tariff and a city's own are one thing. */
const Tariff = z
  .strictObject({
    kind: z.literal("tariff"),
    id: PartId,
    tariff: TariffPart,
    /** What a month of so much must come to, with VAT: tried by publisher, house and city. */
    proof: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(80),
          /** Wh or litres. */
          quantity: z.int().min(0).max(1e12),
          totalMinor: z.int(),
        }),
      )
      .min(1)
      .max(20)
      .optional(),
  })
  .meta({ id: "TariffPart" });

/** Words for the people whom the module serves: how to read the bill, the same in plain language, a short lesson, a message. */
const ToldTexts = z
  .strictObject({
    kind: z.literal("texts"),
    id: PartId,
    use: z.enum(["explanation", "easy_read", "lesson", "message"]),
    title: Words(120),
    /** Plain paragraphs, an empty line between them. No markup is read. In a message `{value}` and `{date}` are filled in. */
    body: Words(5_000),
  })
  .meta({ id: "ToldTexts" });
export type ToldTexts = z.infer<typeof ToldTexts>;

export const TextsPart = z.discriminatedUnion("use", [ToldTexts, PageTexts]).meta({ id: "TextsPart" });

/**
 * The kinds of parts that cities serve now: all but `function` and `remote` are data. A kind is added here, in `says.ts` (what it may do) and
 * in the room that serves it; nothing else knows the list.
 */
export const Part = z
  .discriminatedUnion("kind", [
    Tariff,
    DatasetPart,
    IndicatorPart,
    TextsPart,
    PagePart,
    ProcedurePart,
    RulePart,
    FunctionPart,
    RemotePart,
  ])
  .meta({ id: "Part" });
export type Part = z.infer<typeof Part>;
export type PartKind = Part["kind"];
