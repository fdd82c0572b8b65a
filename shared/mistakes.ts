import { labelled } from "./texts.ts";

/**
 * The list of mistakes above a form with the name of each field before what is wrong with it: four lines of "Fill this
 * in." tell nobody who listens to a page where to go. The names are those that the fields have on the page itself.
 *
 * @param html  a whole page, escaped already
 */
export function withFieldNames(html: string, lang: string): string {
  const start = html.indexOf('<div class="summary"');
  if (start < 0) return html;
  const end = html.indexOf("</ul>", start);
  const rest = html.slice(end);
  const list = html
    .slice(start, end)
    .replace(/<a href="#(f-[^"]+)">([^<]*)<\/a>/g, (whole, id: string, detail: string) => {
      const name = nameOf(rest, id);
      return name === undefined || detail.startsWith(name)
        ? whole
        : `<a href="#${id}">${labelled(lang, name, detail)}</a>`;
    });
  return html.slice(0, start) + list + rest;
}

/** The label of a field, or the legend of a group of choices. */
function nameOf(html: string, id: string): string | undefined {
  for (const [opens, closes] of [
    [`<label for="${id}">`, "</label>"],
    [`id="${id}"`, "</legend>"],
  ] as const) {
    const at = html.indexOf(opens);
    if (at < 0) continue;
    const name = html.slice(at + opens.length, html.indexOf(closes, at));
    const said = opens.startsWith("<label") ? name : /^[^>]*><legend>([^<]*)$/.exec(name)?.[1];
    if (said !== undefined && !said.includes("<")) return said;
  }
  return undefined;
}
