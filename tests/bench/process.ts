import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { RunningHouse } from "../setup/house.ts";

// What Linux's own books say of a running house. All of it is in MB of 1024², or in seconds.

const MB = 1024;

type House = Pick<RunningHouse, "process">;

/** The most memory that a process has had since it was last asked to forget it; the house's, if no other is named. */
export function peakMb({ process: { pid } }: House, of = pid): number {
  const [, kb] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${of}/status`, "utf8"))!;
  return Number(kb) / MB;
}
export const forgetPeak = ({ process: { pid } }: House) => writeFileSync(`/proc/${pid}/clear_refs`, "5");

/** Processor time of a process until now, that of its threads included. */
export function processorS(pid: number): number {
  // After the name in brackets, which may hold anything: the 12th and 13th are hundredths of seconds.
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
  return (Number(stat[11]) + Number(stat[12])) / 100;
}

/** The table engine that a house keeps: a child of its child. */
export function engineOf({ process: { pid } }: House): number {
  const below = (of: number): number[] =>
    readdirSync(`/proc/${of}/task`)
      .flatMap((task) => readFileSync(`/proc/${of}/task/${task}/children`, "utf8").split(" "))
      .flatMap((child) => (child === "" ? [] : [Number(child), ...below(Number(child))]));
  const found = below(pid!).find((one) => readFileSync(`/proc/${one}/comm`, "utf8").trim() === "dynoxide");
  if (found === undefined) throw new Error("the house keeps no engine");
  return found;
}
