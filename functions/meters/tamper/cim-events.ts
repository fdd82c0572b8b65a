import { at, listAt, textAt } from "../../../shared/xml.ts";
import { jsonDocument, Places, xmlDocument } from "../formats/documents.ts";
import { FileMistakes, isWrong } from "../formats/mistakes.ts";
import { Instants } from "../formats/times.ts";
import type { TamperKind } from "./schema.ts";

/** What a document tells of one meter, by the names that it has there. */
export interface Told {
  names: string[];
  at: Date;
  kind: TamperKind;
  code: string;
  /** Where it stands in the document. */
  line: number;
}

const SECURITY = "12";
/** Covers of meters and of their terminals; actions by which makers say that one was opened. */
const COVERS = new Set(["29", "128", "141"]);
const OPENED = new Set(["39", "212"]);

/**
 * What an event type of IEC 61968-9, annex E, says of tampering: `<device>.<domain>.<sub-domain>.<event or action>`.
 * Undefined: nothing, or that it is over. Makers do not agree on all numbers; these are what is seen of them.
 */
export function tamperOf(code: string): TamperKind | undefined {
  const [, domain, part = "", action = ""] = /^\d+\.(\d+)\.(\d+)\.(\d+)$/.exec(code) ?? [];
  if (domain !== SECURITY) return undefined;
  if (COVERS.has(part) && OPENED.has(action)) return "cover_opened";
  if (part === "66" && action === "242") return "magnet";
  if (action === "219") return "reversed";
  // Detected; an attempt at fraud on a meter behind this one.
  return action === "257" || (part === "147" && action === "7") ? "tampered" : undefined;
}

/**
 * EndDeviceEvents of IEC 61968-9, as XML or as the same names in JSON: a message with its payload, or they alone.
 *
 * @throws {Fault} invalid, with the path of each event that is wrong
 */
export function readEndDeviceEvents(
  file: Uint8Array,
  zone: string,
): { told: Told[]; ignored: number; mistakes: FileMistakes } {
  const isXml = new TextDecoder().decode(file.subarray(0, 200)).trimStart().startsWith("<");
  const { name, root } = isXml
    ? xmlDocument(file, new Set(["EndDeviceEvent", "Names"]), [
        {
          names: new Set(["EndDeviceEvents", "EndDeviceEvent"]),
          address: /^https?:\/\/iec\.ch\/TC57\//,
          says: "http://iec.ch/TC57/",
        },
      ])
    : { name: "", root: jsonDocument(file) };
  const places = new Places();
  const mistakes = new FileMistakes(places.find);
  const payload = at(root, "Payload") ?? at(root, "EventMessage", "Payload") ?? root;
  const set = name === "EndDeviceEvents" ? root : at(payload, "EndDeviceEvents");
  const instants = new Instants(zone);
  const told: Told[] = [];
  const events = listAt(set, "EndDeviceEvent");
  for (const [i, one] of events.entries()) {
    const path = `EndDeviceEvents/EndDeviceEvent/${i}`;
    const code = textAt(one, "EndDeviceEventType", "@ref") || textAt(one, "EndDeviceEventType", "ref");
    const kind = tamperOf(code);
    if (code === "") mistakes.tell(places.of(`${path}/EndDeviceEventType`), "event_no_type");
    if (kind === undefined) continue;
    const names = ["Assets", "UsagePoint"].flatMap((what) =>
      [...listAt(one, what, "Names").map((each) => textAt(each, "name")), textAt(one, what, "mRID")].filter(
        (each) => each !== "",
      ),
    );
    if (names.length === 0) mistakes.tell(places.of(`${path}/Assets`), "meter_unnamed");
    const time = instants.of(textAt(one, "createdDateTime"), undefined);
    if (isWrong(time)) mistakes.tell(places.of(`${path}/createdDateTime`), ...time);
    else told.push({ names, at: new Date(time.atS * 1000), kind, code, line: places.of(path) });
  }
  if (events.length === 0) mistakes.tell(places.of("EndDeviceEvents/EndDeviceEvent"), "event_none");
  mistakes.refuse();
  return { told, ignored: events.length - told.length, mistakes };
}
