import { readMessage } from "./cim.ts";
import type { Format } from "./contract.ts";
import { type NameSpaces, xmlDocument } from "./documents.ts";
import { refuseFile } from "./mistakes.ts";

/** All that a message repeats. */
const LISTS = new Set(["MeterReading", "Readings", "IntervalBlocks", "IntervalReadings", "ReadingQualities", "Names"]);
const SPACES: NameSpaces = [
  {
    names: new Set(["MeterReadings", ...LISTS, "ReadingType", "ReadingQualityType", "Header", "Payload"]),
    address: /^https?:\/\/iec\.ch\/TC57\//,
    says: "http://iec.ch/TC57/",
  },
];

/** MeterReadings of IEC 61968-9 as XML: a message with Header and Payload, or the MeterReadings alone. */
export const cimXml: Format = {
  isDivisible: true,
  recognises: (beginning) => beginning.startsWith("<"),
  read: (file, options) => {
    const { name, root } = xmlDocument(file, LISTS, SPACES);
    if (typeof root !== "object" || (name !== "MeterReadings" && !("Payload" in root!)))
      refuseFile(1, "xml_other", { name });
    return readMessage("cim-xml", root, name.slice(0, 40), options);
  },
};
