import { isHook } from "../../contract/hooks.ts";
import type { Module } from "../../contract/module.ts";
import { inLang } from "../../contract/words.ts";
import type { Flags } from "../output.ts";
import { HEARD_BY_HAND } from "./facts.ts";
import type { SandboxCity } from "./sandbox-city.ts";

/** What `hansa dev` tells while it runs: a line for people, an object a line with `--json`. */
export type Tell = (what: string, facts: object, ...lines: string[]) => void;

export const teller =
  ({ json, quiet }: Flags): Tell =>
  (what, facts, ...lines) => {
    if (json) console.log(JSON.stringify({ what, ...facts }));
    else if (!quiet) for (const line of lines) console.log(line);
  };

/** Where each part is to be seen. */
export function places(
  { parts, manifest }: Module,
  { url }: SandboxCity,
): { part: string; kind: string; at: string }[] {
  const at = ({ kind, id, ...part }: Module["parts"][number]): string | undefined => {
    if ("language" in part) return `${url}?lang=${part.language}`;
    if (kind === "page") return `${url}/modules/${manifest.name}/${id}`;
    if (kind === "procedure") return `${url}/apply`;
    if (kind === "texts") return `${url}/modules`;
    if (kind === "indicator") return `${url}/indicators`;
    if (kind === "dataset") return `${url}/staff/modules/${manifest.name}`;
    if (kind === "tariff") return `${url}/staff/modules/${manifest.name}`;
    return undefined;
  };
  return parts.flatMap((part) => {
    const found = at(part);
    return found === undefined ? [] : [{ part: part.id, kind: part.kind, at: found }];
  });
}

export function tellServing(tell: Tell, module: Module, version: string, city: SandboxCity): void {
  const shown = places(module, city);
  const waits = module.parts.filter(isHook).flatMap(({ id, on }) => {
    const until = HEARD_BY_HAND[on.event];
    return until === undefined ? [] : [{ part: id, event: on.event, until }];
  });
  tell(
    "serving",
    { version, places: shown, waits },
    `✓ ${version} “${inLang(module.manifest.title, "en")}” serves`,
    ...shown.map(({ part, kind, at }) => `    ${`${kind} ${part}`.padEnd(28)} ${at}`),
    ...waits.map(({ part, event, until }) => `    ${part} hears ${event} when ${until}`),
  );
}

export interface Ran {
  part: string;
  version: string;
  eventId: string;
  eventType: string;
  outcome: "done" | "shadow" | "refused";
  refused?: { why: string; scope?: string; detail?: string };
  ms: number;
  rows: number;
  effects: { scope: string; about?: string; fields: Record<string, unknown> }[];
}

/** One run, as its publisher sees it in a city of their own: with all data, for none of it is anybody's. */
export function tellRun(tell: Tell, run: Ran): void {
  const { part, eventType, outcome, refused, ms, rows, effects } = run;
  const said = [refused?.why, refused?.scope, refused?.detail].filter(Boolean).join(" ");
  tell(
    "run",
    run,
    `${outcome === "refused" ? "✗" : "·"} ${part}  ${eventType}  ${rows} rows read, ${Math.ceil(ms)} ms${said ? `: ${said}` : ""}`,
    ...(outcome === "refused" ? [] : effects).map(
      ({ scope, about, fields }) => `    → ${scope}${about ? ` ${about}` : ""} ${JSON.stringify(fields)}`,
    ),
  );
}
