import { at } from "../../../shared/xml.ts";
import { readMessage } from "./cim.ts";
import type { Format } from "./contract.ts";
import { jsonDocument } from "./documents.ts";
import { refuseFile } from "./mistakes.ts";

/** MeterReadings of IEC 61968-9 as JSON: the same names as in XML, a list where an element is repeated. */
export const cimJson: Format = {
  isDivisible: true,
  recognises: (beginning) => /^[[{]/.test(beginning),
  read: (file, options) => {
    const document = jsonDocument(file);
    const wrapped = at(document, "EventMessage");
    const message = wrapped ?? document;
    if (at(message, "Payload") === undefined && at(message, "MeterReadings") === undefined) refuseFile(1, "json_other");
    return readMessage("cim-json", message, wrapped === undefined ? "" : "EventMessage", options);
  },
};
