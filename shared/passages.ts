import { escapeToBuffer } from "hono/utils/html";
import { directionOf, type Reading } from "./further.ts";

/**
 * Tells those who listen to a page which passages are in another language than the page (WCAG 3.1.2): each text of the
 * house that the further language lacks gets its `lang`, on the element that holds nothing else, or on one of its own.
 * What stands within a longer text or in an attribute cannot be told apart, and is left.
 *
 * @param html  as our own components write it: no sign of a tag in a value is left unescaped
 */
export function markedPassages(html: string, { further, base, fallen }: Reading): string {
  const passages = new Set([...fallen].map(escaped));
  const direction = directionOf(base);
  const mark = ` lang="${base}"${direction === directionOf(further.tag) ? "" : ` dir="${direction}"`}`;
  return html.replaceAll(
    /<([a-z][\w-]*)((?:\s[^<>]*)?)>([^<>]+)(?=<\/\1>)|>([^<>]+)(?=<)/g,
    (whole, tag: string | undefined, attributes: string, alone: string | undefined, beside: string | undefined) => {
      if (alone !== undefined)
        return passages.has(alone) && !/\slang="/.test(attributes) ? `<${tag}${attributes}${mark}>${alone}` : whole;
      return beside !== undefined && passages.has(beside) ? `><span${mark}>${beside}</span>` : whole;
    },
  );
}

/** A text as our components write it between tags. */
function escaped(text: string): string {
  const buffer: [string] = [""];
  escapeToBuffer(text, buffer);
  return buffer[0];
}
