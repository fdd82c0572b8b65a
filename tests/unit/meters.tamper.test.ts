import { expect, test } from "vitest";
import { readEndDeviceEvents, tamperOf } from "../../functions/meters/tamper/cim-events.ts";
import { NewTamperEvents } from "../../functions/meters/tamper/schema.ts";
import type { Fault } from "../../shared/errors.ts";
import { bytesOf } from "../meter-files.ts";

const event = (ref: string, at = "2026-11-25T10:00:00Z", meter = "E-1") => `
  <m:EndDeviceEvent>
    <m:mRID>7f1c</m:mRID><m:createdDateTime>${at}</m:createdDateTime>
    <m:Assets><m:mRID>${meter}</m:mRID><m:Names><m:name>${meter}-name</m:name></m:Names></m:Assets>
    <m:EndDeviceEventType ref="${ref}"/>
  </m:EndDeviceEvent>`;
const message = (...events: string[]) =>
  bytesOf(`<?xml version="1.0" encoding="UTF-8"?>
<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message">
  <Header><Verb>created</Verb><Noun>EndDeviceEvents</Noun></Header>
  <Payload><m:EndDeviceEvents xmlns:m="http://iec.ch/TC57/2011/EndDeviceEvents#">${events.join("")}</m:EndDeviceEvents></Payload>
</EventMessage>`);
const refusal = (file: Uint8Array): string[] => {
  try {
    readEndDeviceEvents(file, "Europe/Paris");
    return [];
  } catch (error) {
    return (error as Fault).members.errors!.map(({ pointer, detail }) => `${pointer}: ${detail}`);
  }
};

// Guards against a power cut, or a cover that is closed again, that is taken for theft.
test.each([
  ["0.12.29.39", "cover_opened"],
  ["3.12.141.212", "cover_opened"],
  ["0.12.29.16", undefined],
  ["0.12.66.242", "magnet"],
  ["0.12.66.243", undefined],
  ["0.12.48.219", "reversed"],
  ["0.12.43.257", "tampered"],
  ["0.12.43.291", undefined],
  ["0.12.147.7", "tampered"],
  ["0.26.38.85", undefined],
  ["12.29.39", undefined],
] as const)("the event type %s says %s", (code, kind) => {
  expect(tamperOf(code)).toBe(kind);
});

test("events are read out of XML and JSON alike, and all that is about something else is counted", () => {
  const xml = message(event("0.12.66.242"), event("0.26.38.85"), event("0.12.29.39", "2026-11-25T12:00:00"));
  const json = bytesOf(
    JSON.stringify({
      Payload: {
        EndDeviceEvents: {
          EndDeviceEvent: [
            {
              Assets: { mRID: "E-1" },
              createdDateTime: "2026-11-25T10:00:00Z",
              EndDeviceEventType: { ref: "0.12.66.242" },
            },
          ],
        },
      },
    }),
  );
  const read = readEndDeviceEvents(xml, "Europe/Paris");
  expect(read.told.map(({ names, at, kind }) => [names, at.toISOString(), kind])).toEqual([
    [["E-1-name", "E-1"], "2026-11-25T10:00:00.000Z", "magnet"],
    // A time without an offset is the city's.
    [["E-1-name", "E-1"], "2026-11-25T11:00:00.000Z", "cover_opened"],
  ]);
  expect(read.ignored).toBe(1);
  expect(readEndDeviceEvents(json, "Europe/Paris")).toMatchObject({
    told: [{ names: ["E-1"], kind: "magnet" }],
    ignored: 0,
  });
});

test("what cannot be read is refused whole, by the path of its event", () => {
  expect(refusal(message(event("0.12.66.242", "noon"), event("")))).toEqual([
    '#/EndDeviceEvents/EndDeviceEvent/0/createdDateTime: "noon" is no time such as 2026-11-23T14:30, with or without an offset.',
    "#/EndDeviceEvents/EndDeviceEvent/1/EndDeviceEventType: It names no EndDeviceEventType.",
  ]);
  expect(refusal(message())).toEqual(["#/EndDeviceEvents/EndDeviceEvent: There are no EndDeviceEvents in it."]);
  expect(refusal(bytesOf("<a"))[0]).toMatch(/^#\/line\/1: Not well-formed/);
  expect(refusal(bytesOf("{"))).toEqual(["#/line/1: It is no JSON."]);
});

// Guards against a day that has no name: it was answered by 500.
test.each(["9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+23:59"])("%s is beyond the calendar", (at) => {
  expect(refusal(message(event("0.12.66.242", at)))).toEqual([expect.stringContaining("is no time")]);
  expect(NewTamperEvents.safeParse({ events: [{ meter: "E-1", at, kind: "magnet" }] }).success).toBe(false);
  const usual = "2026-11-25T10:00:00+01:00";
  expect(NewTamperEvents.safeParse({ events: [{ meter: "E-1", at: usual, kind: "magnet" }] }).success).toBe(true);
});
