import { refuseLine } from "../../../shared/delimited.ts";
import { at } from "../../../shared/xml.ts";
import { readMessage } from "./cim.ts";
import type { Format } from "./contract.ts";
import { jsonDocument } from "./documents.ts";

/** MeterReadings of IEC 61968-9 as JSON: the same names as in XML, a list where an element is repeated. */
export const cimJson: Format = {
  isDivisible: true,
  recognises: (beginning) => /^[[{]/.test(beginning),
  read: (file, options) => {
    const document = jsonDocument(file);
    const wrapped = at(document, "EventMessage");
    const message = wrapped ?? document;
    if (at(message, "Payload") === undefined && at(message, "MeterReadings") === undefined)
      refuseLine(1, "A JSON document without MeterReadings, in a Payload or alone, is not taken.");
    return readMessage("cim-json", message, wrapped === undefined ? "" : "EventMessage", options);
  },
};
