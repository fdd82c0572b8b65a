/** What stands within what, in a document from elsewhere: more levels than any catalogue or place has. */
export const DEPTH_MAX = 50;

/**
 * Whether a text of JSON is nested deeper than that. To be asked before anything walks through what it says: a kilobyte
 * of brackets is enough to fill the memory of whatever goes into each.
 */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  let isQuoted = false;
  for (let i = 0; i < json.length; i++) {
    const sign = json[i];
    if (isQuoted) {
      if (sign === "\\") i += 1;
      else if (sign === '"') isQuoted = false;
    } else if (sign === '"') isQuoted = true;
    else if (sign === "[" || sign === "{") {
      depth += 1;
      if (depth > DEPTH_MAX) return true;
    } else if (sign === "]" || sign === "}") depth -= 1;
  }
  return false;
}

/** The same of XML, whose attributes may hold a `>`, and no `<`. */
const TAG = /<(\/?)[A-Za-z_](?:[^<>"']|"[^"<]*"|'[^'<]*')*?(\/?)>/g;
export function isXmlTooDeep(xml: string): boolean {
  let depth = 0;
  for (const { 1: closing, 2: alone } of xml.matchAll(TAG)) {
    if (closing) depth -= 1;
    else if (!alone) depth += 1;
    if (depth > DEPTH_MAX) return true;
  }
  return false;
}
