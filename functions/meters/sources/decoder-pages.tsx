import type { Context } from "hono";
import { z } from "zod";
import { invalid } from "../../../shared/errors.ts";
import { form, parsed } from "../../../shared/http.ts";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { whoId } from "../../../shared/who.ts";
import { TamperKind } from "../tamper/schema.ts";
import { SOURCE_READERS } from "./api.ts";
import { DecodersPage } from "./decoder-views.tsx";
import { cursorIn, framed, mayChange, sent, shown } from "./framed.tsx";
import { keptDecoder } from "./registry.ts";
import { type Decoder, NewDecoder } from "./schema.ts";
import { DECODERS, NOTHING_TYPED, type Shown } from "./shown.tsx";
import { sourceStore } from "./store.ts";

const DecoderForm = z.object({
  id: NewDecoder.shape.id,
  name: NewDecoder.shape.name,
  code: NewDecoder.shape.code,
  fields: z.string().max(2_000),
  events: z.string().max(1_000).optional(),
  samples: z.string().max(8_000),
});

/** Where an administrator types a payload formatter, and it is tried before it is kept. */
export function decoderPages(app: CityApp): void {
  app.get(DECODERS, needs(...SOURCE_READERS), (c) => decodersPage(c));
  app.post(DECODERS, needs("administrator"), (c) =>
    sent(
      c,
      async () => {
        const { fields, events, samples, ...rest } = await form(c, DecoderForm);
        const before = rest.id === undefined ? undefined : await sourceStore(c.var.here).decoder(rest.id);
        const order = { ...rest, ...typedDecoder({ fields, events, samples }, before, shown(c).t) };
        const { decoder } = await keptDecoder(c.var.here, parsed(NewDecoder, order), whoId(c.var.who));
        return `${DECODERS}?id=${decoder.id}`;
      },
      decodersPage,
    ),
  );
}

async function decodersPage(c: Context<CityEnv>, typed = NOTHING_TYPED) {
  const s = shown(c);
  const store = sourceStore(c.var.here);
  const { items, next } = await store.decoders(cursorIn(c));
  const id = typed.values["id"] ?? c.req.query("id");
  const chosen = id ? await store.decoder(id) : undefined;
  return framed(
    c,
    { title: s.t("decoders"), lead: s.t("decodersLead"), typed },
    <DecodersPage s={s} decoders={items} next={next} chosen={chosen} mayChange={mayChange(c)} typed={typed} />,
  );
}

/** A decoder's fields and samples as they are typed, line by line. @throws {Fault} invalid */
function typedDecoder(
  { fields, events = "", samples }: Pick<z.infer<typeof DecoderForm>, "fields" | "events" | "samples">,
  before: Decoder | undefined,
  t: Shown["t"],
) {
  const unreadable = (name: string, line: number) => invalid(`#/${name}`, t("line", { line: line + 1 }));
  return {
    fields: linesOf(fields).map(([line, i]) => {
      const words = line.split(/[\s;]+/);
      const [field, unit, channel, intervalS, ...rest] = words.filter((word) => !word.includes("="));
      const { time, step, newest, ...unknown } = Object.fromEntries(
        words.filter((word) => word.includes("=")).map((word) => word.split("=", 2) as [string, string]),
      );
      if (unit === undefined || rest.length > 0 || Object.keys(unknown).length > 0) throw unreadable("fields", i);
      const decimals = before?.fields.find((one) => one.field === field)?.decimals;
      return {
        field,
        unit,
        ...(channel === undefined ? {} : { channel }),
        ...(intervalS === undefined ? {} : { values: "interval", intervalS: Number(intervalS) }),
        ...(time === undefined ? {} : { time }),
        ...(step === undefined ? {} : { stepS: Number(step) }),
        ...(newest === "first" ? { order: "newest_first" } : {}),
        ...(decimals === undefined ? {} : { decimals }),
      };
    }),
    events: linesOf(events).map(([line, i]) => {
      const [field, kind, channel, ...rest] = line.split(/[\s;]+/).filter((word) => !word.includes("="));
      const is = /(?:^|\s)is=(\S+)/.exec(line)?.[1];
      if (!TamperKind.safeParse(kind).success || rest.length > 0) throw unreadable("events", i);
      return { field, kind, ...(channel === undefined ? {} : { channel }), ...(is === undefined ? {} : { is }) };
    }),
    samples: linesOf(samples).map(([line, i]) => {
      const [, port, rest = ""] = /^(\d+)\s*(.*)$/.exec(line) ?? [];
      if (port === undefined) throw unreadable("samples", i);
      if (!rest.startsWith("{")) return { port: Number(port), bytes: rest };
      try {
        return { port: Number(port), bytes: "", decoded: JSON.parse(rest) as unknown };
      } catch {
        throw unreadable("samples", i);
      }
    }),
  };
}

const linesOf = (text: string): [line: string, index: number][] =>
  text.split(/\r?\n/).flatMap((line, i): [string, number][] => (line.trim() === "" ? [] : [[line.trim(), i]]));
