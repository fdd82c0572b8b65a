import { invalid } from "../../../shared/errors.ts";
import type { Counted } from "../domain.ts";
import { decimalOf } from "../exact.ts";
import { INTERVAL_MINUTES, MARKET_OFFSET_S, METHOD } from "../formats/nem.ts";
import { DAY_S } from "../formats/times.ts";
import type { Channel, Contents } from "./contents.ts";

const unfit = (detail: string) => invalid("query/format", `${detail} Ask for csv or green-button.`);
const NO_VALUE = "N";

/**
 * NEM12: each channel's days of market time, gaps as N. Values are kWh, exact; a day of several qualities is V with
 * its ranges.
 *
 * @throws {Fault} invalid: what NEM12 cannot say (water and gas, registers, intervals of other lengths)
 */
export function nem12Of({ meter, channels, madeAt }: Contents): string {
  if (meter.kind !== "electricity") throw unfit(`NEM12 is of electricity, and this meter counts ${meter.kind}.`);
  const read = channels.filter((channel) => channel.intervals.length > 0);
  if (read.length === 0 && channels.length > 0)
    throw unfit("NEM12 has intervals, and of this meter there are registers.");
  const made = marketTime(madeAt.getTime() / 1000);
  const suffixes = suffixesOf(read);
  const nmi = latin(meter.point ?? meter.serial).slice(-10) || "METER";
  const serial = /^[A-Za-z0-9]{1,12}$/.test(meter.serial) ? meter.serial : latin(meter.serial).slice(-12);
  const configuration = [...suffixes.values()].join("");
  const lines = [`100,NEM12,${made.slice(0, 12)},HANSA,CUSTOMER`];
  for (const channel of read) {
    const suffix = suffixes.get(channel)!;
    let minutes: number | undefined;
    for (const [day, readings] of Map.groupBy(channel.intervals, dayOf)) {
      const length = lengthOf(readings);
      if (length !== minutes) lines.push(`200,${nmi},${configuration},,${suffix},,${serial},kWh,${length},`);
      minutes = length;
      lines.push(...dayLines(day, length, readings, made));
    }
  }
  return `${[...lines, "900"].join("\r\n")}\r\n`;
}

const latin = (number: string): string => number.replace(/[^A-Za-z0-9]/g, "");
/** The market day of an interval: days since 1970, at UTC+10. */
const dayOf = ({ fromS }: Counted): number => Math.floor((fromS + MARKET_OFFSET_S) / DAY_S);
const marketTime = (atS: number): string =>
  new Date((Math.floor(atS) + MARKET_OFFSET_S) * 1000).toISOString().replace(/\D/g, "").slice(0, 14);

/** E and B with a digit or letter, as they are; every other channel gets one that is free. */
function suffixesOf(channels: readonly Channel[]): Map<Channel, string> {
  const isOwn = ({ name, flow }: Channel) => (flow === "consumption" ? /^E[0-9A-Z]$/ : /^B[0-9A-Z]$/).test(name);
  const taken = new Set(channels.filter(isOwn).map(({ name }) => name));
  return new Map(
    channels.map((channel) => {
      if (isOwn(channel)) return [channel, channel.name];
      const letter = channel.flow === "consumption" ? "E" : "B";
      const free = [..."123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"].find((sign) => !taken.has(letter + sign));
      if (free === undefined) throw unfit("NEM12 has at most 35 channels of one direction.");
      taken.add(letter + free);
      return [channel, letter + free];
    }),
  );
}

/** How many minutes each of a day's intervals has. @throws {Fault} invalid */
function lengthOf(readings: readonly Counted[]): number {
  const lengthS = readings[0]!.toS - readings[0]!.fromS;
  const minutes = lengthS / 60;
  if (!INTERVAL_MINUTES.includes(minutes))
    throw unfit(`NEM12 has intervals of ${INTERVAL_MINUTES.join(", ")} minutes, and here are some of ${minutes}.`);
  if (readings.some((one) => one.toS - one.fromS !== lengthS))
    throw unfit("NEM12 has intervals of one length in a day, and here is a day of several.");
  if (readings.some((one) => (one.fromS + MARKET_OFFSET_S) % lengthS !== 0))
    throw unfit("NEM12 counts intervals from midnight at UTC+10, and here are some that begin elsewhere.");
  return minutes;
}

function dayLines(day: number, minutes: number, readings: readonly Counted[], made: string): string[] {
  const count = DAY_S / 60 / minutes;
  const values = Array<string>(count).fill("0");
  const qualities = Array<string>(count).fill(NO_VALUE);
  for (const { fromS, digits, exponent, quality } of readings) {
    const at = (fromS + MARKET_OFFSET_S - day * DAY_S) / (minutes * 60);
    values[at] = decimalOf(digits, exponent - 3);
    qualities[at] = quality;
  }
  const date = new Date(day * DAY_S * 1000).toISOString().slice(0, 10).replace(/-/g, "");
  const isOne = qualities.every((quality) => quality === qualities[0]);
  const [method, reason] = isOne ? methodOf(qualities[0]!) : ["V", ""];
  const head = `300,${date},${values.join(",")},${method},${reason},,${made},`;
  return isOne ? [head] : [head, ...rangesOf(qualities)];
}

function rangesOf(qualities: readonly string[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at < qualities.length; ) {
    let end = at + 1;
    while (end < qualities.length && qualities[end] === qualities[at]) end++;
    const [method, reason] = methodOf(qualities[at]!);
    lines.push(`400,${at + 1},${end},${method},${reason},`);
    at = end;
  }
  return lines;
}

/**
 * `F52:71` is method F52 for reason 71. The specification wants a method with each letter but A and N, and not every
 * source says one: that is "agreed", which an estimate cannot be, so it is told as substituted.
 */
function methodOf(quality: string): [method: string, reason: string] {
  const [letter = "", reason = ""] = quality.split(":");
  return [/^[SFE]$/.test(letter) ? `${letter === "E" ? "S" : letter}${METHOD.agreed}` : letter, reason];
}
