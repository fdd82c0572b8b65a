import { Field, Form, Table } from "../../../shared/components.tsx";
import { TamperKind } from "../tamper/schema.ts";
import type { Decoder } from "./schema.ts";
import { code, DECODERS, fieldsOf, more, type Shown, type Typed } from "./shown.tsx";

const fieldLine = ({ field, unit, channel, intervalS, time, stepS, order }: Decoder["fields"][number]) =>
  [
    field,
    unit,
    ...(channel !== "main" || intervalS ? [channel] : []),
    ...(intervalS ? [intervalS] : []),
    ...(time ? [`time=${time}`] : []),
    ...(stepS ? [`step=${stepS}`] : []),
    ...(order === "newest_first" ? ["newest=first"] : []),
  ].join(" ");
const eventLine = ({ field, kind, channel, is }: Decoder["events"][number]) =>
  [field, kind, ...(channel !== "main" ? [channel] : []), ...(is ? [`is=${is}`] : [])].join(" ");
const sampleLine = ({ port, bytes, decoded }: Decoder["samples"][number]) =>
  `${port} ${decoded ? JSON.stringify(decoded) : bytes}`;

interface DecodersProps {
  s: Shown;
  decoders: readonly Decoder[];
  next: string | undefined;
  /** The one that is being changed. */
  chosen: Decoder | undefined;
  mayChange: boolean;
  typed: Typed;
}

export function DecodersPage({ s, decoders, next, chosen, mayChange, typed }: DecodersProps) {
  const { t, here } = s;
  const field = fieldsOf(typed);
  const lines = (all: readonly string[] | undefined) => all?.join("\n");
  return (
    <>
      {decoders.length === 0 ? (
        <p>{t("noDecoders")}</p>
      ) : (
        <Table
          caption={t("decoders")}
          head={[t("name"), t("decoded"), t("unit")]}
          rows={decoders.map(({ id, name, fields }) => [
            <a href={here.url(`${DECODERS}?id=${id}`)}>{name}</a>,
            code(fields.map((one) => one.field).join(", ")),
            [...new Set(fields.map(({ unit }) => unit))].join(", "),
          ])}
        />
      )}
      {more(s, DECODERS, next)}
      {mayChange && (
        <>
          <h2>{chosen ? t("changeDecoder") : t("newDecoder")}</h2>
          <Form action={here.url(DECODERS)} csrf={s.csrf} submit={t("save")}>
            {chosen && <input type="hidden" name="id" value={chosen.id} />}
            <Field label={t("name")} {...field("name", chosen?.name)} required maxlength={80} autocomplete="off" />
            <Field label={t("code")} {...field("code", chosen?.code)} type="textarea" hint={t("codeHint")} />
            <Field
              label={t("fields")}
              {...field("fields", lines(chosen?.fields.map(fieldLine)))}
              type="textarea"
              hint={t("fieldsHint")}
              required
            />
            <Field
              label={t("tampers")}
              {...field("events", lines(chosen?.events.map(eventLine)))}
              type="textarea"
              hint={t("tampersHint", { kinds: TamperKind.options.join(", ") })}
            />
            <Field
              label={t("samples")}
              {...field("samples", lines(chosen?.samples.map(sampleLine)))}
              type="textarea"
              hint={t("samplesHint")}
              required
            />
          </Form>
        </>
      )}
    </>
  );
}
