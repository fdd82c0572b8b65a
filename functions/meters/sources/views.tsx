import type { Child } from "hono/jsx";
import { Actions, Facts, Field, Form, LinkButton, Notice, Table, Tag } from "../../../shared/components.tsx";
import { cityMoment } from "../../../shared/dates.ts";
import { saidIn } from "../formats/mistakes.ts";
import { DELIVERIES } from "./gaps.ts";
import { reasonIn } from "./reasons.ts";
import {
  type Access,
  type Decoder,
  type Device,
  type Parked,
  type Refusal,
  type Source,
  SourceKind,
} from "./schema.ts";
import { code, DECODERS, fieldsOf, GAPS, more, type Shown, SOURCES, type Typed } from "./shown.tsx";

const decoderChoice = (s: Shown, decoders: readonly Decoder[]) =>
  [["", s.t("none")], ...decoders.map(({ id, name }) => [id, name] as const)] as const;

const stateTag = (s: Shown, { state }: Source) => (
  <Tag kind={state === "active" ? "success" : "warning"}>{s.t(state)}</Tag>
);

interface SourcesProps {
  s: Shown;
  sources: readonly Source[];
  next: string | undefined;
  decoders: readonly Decoder[];
  mayChange: boolean;
  typed: Typed;
}

export function SourcesPage({ s, sources, next, decoders, mayChange, typed }: SourcesProps) {
  const { t, here } = s;
  const field = fieldsOf(typed);
  return (
    <>
      <Actions>
        <LinkButton href={here.url(DECODERS)} second>
          {t("decoders")}
        </LinkButton>
        <LinkButton href={here.url(GAPS)} second>
          {t("gaps")}
        </LinkButton>
      </Actions>
      {sources.length === 0 ? (
        <p>{t("noSources")}</p>
      ) : (
        <Table
          caption={t("sources")}
          head={[t("name"), t("kind"), t("state")]}
          rows={sources.map((source) => [
            <a href={here.url(`${SOURCES}/${source.id}`)}>{source.name}</a>,
            t(source.kind),
            stateTag(s, source),
          ])}
        />
      )}
      {more(s, SOURCES, next)}
      {mayChange && (
        <>
          <h2>{t("newSource")}</h2>
          <Form action={here.url(SOURCES)} csrf={s.csrf} submit={t("add")}>
            <Field label={t("name")} {...field("name")} required maxlength={80} autocomplete="off" />
            <Field
              label={t("kind")}
              {...field("kind", "tts")}
              type="radio"
              options={SourceKind.options.map((kind) => [kind, t(kind)] as const)}
            />
            <DecoderField s={s} decoders={decoders} typed={typed} />
            <Theirs s={s} typed={typed} />
            <MappingField s={s} typed={typed} />
          </Form>
        </>
      )}
    </>
  );
}

const DecoderField = (props: { s: Shown; decoders: readonly Decoder[]; typed: Typed; kept?: string | undefined }) => (
  <Field
    label={props.s.t("decoder")}
    {...fieldsOf(props.typed)("decoderId", props.kept ?? "")}
    type="select"
    hint={props.s.t("decoderHint")}
    options={decoderChoice(props.s, props.decoders)}
  />
);

const MappingField = ({ s: { t }, typed, source }: { s: Shown; typed: Typed; source?: Source }) => (
  <Field
    label={t("mapping")}
    {...fieldsOf(typed)("mapping", source?.mapping)}
    hint={t("mappingHint")}
    maxlength={40}
    autocomplete="off"
    dir="ltr"
  />
);

const Theirs = ({ s: { t }, typed, source }: { s: Shown; typed: Typed; source?: Source }) => (
  <>
    <Field
      label={t("application")}
      {...fieldsOf(typed)("application", source?.application)}
      hint={t("applicationHint")}
      maxlength={80}
      autocomplete="off"
    />
    <Field
      label={t("tenant")}
      {...fieldsOf(typed)("tenant", source?.tenant)}
      hint={t("tenantHint")}
      maxlength={80}
      autocomplete="off"
    />
  </>
);

interface SourceProps {
  s: Shown;
  source: Source;
  decoders: readonly Decoder[];
  devices: { items: Device[]; next?: string };
  parked: { items: Parked[] };
  refusals: { items: Refusal[] };
  /** For administrators, who asked for it. */
  access: Access | undefined;
  mayChange: boolean;
  retried: { kept: string; parked: string } | undefined;
  /** Where the next try goes on, when one was not enough for all. */
  retryFrom: string | undefined;
  typed: Typed;
}

export function SourcePage(props: SourceProps) {
  const { s, source, decoders, mayChange, retried, typed } = props;
  const { t, here } = s;
  const at = `${SOURCES}/${source.id}`;
  const facts: [Child, Child][] = [
    [t("kind"), t(source.kind)],
    [t("state"), stateTag(s, source)],
    [t("decoder"), decoders.find(({ id }) => id === source.decoderId)?.name ?? t("none")],
    ...(source.storage ? [[t("storage"), code(source.storage.server)] as [Child, Child]] : []),
  ];
  return (
    <>
      {retried && <Notice kind="info">{t("retried", retried)}</Notice>}
      <Facts items={facts} />
      {mayChange && <AccessPart {...props} />}
      <Waiting {...props} />
      <Devices {...props} />
      <Refusals {...props} />
      {mayChange && (
        <>
          <h2>{t("settings")}</h2>
          <Form action={here.url(at)} csrf={s.csrf} submit={t("save")}>
            <SettingsFields s={s} source={source} decoders={decoders} typed={typed} />
          </Form>
          {source.kind === "tts" && <StoragePart s={s} source={source} typed={typed} />}
        </>
      )}
    </>
  );
}

function SettingsFields({ s, source, decoders, typed }: Pick<SourceProps, "s" | "source" | "decoders" | "typed">) {
  const { t } = s;
  const field = fieldsOf(typed);
  return (
    <>
      <Field label={t("name")} {...field("name", source.name)} required maxlength={80} autocomplete="off" />
      <Field
        label={t("state")}
        {...field("state", source.state)}
        type="radio"
        options={[
          ["active", t("active")],
          ["paused", t("paused")],
        ]}
      />
      <DecoderField s={s} decoders={decoders} typed={typed} kept={source.decoderId} />
      <Theirs s={s} typed={typed} source={source} />
      {source.kind === "drop" && <MappingField s={s} typed={typed} source={source} />}
      {source.kind !== "drop" && source.kind !== "sms" && (
        <Field
          label={t("askAt")}
          {...field("askAt", source.askAt)}
          type="url"
          hint={t("askAtHint")}
          maxlength={300}
          autocomplete="off"
          dir="ltr"
        />
      )}
      <Field
        label={t("perMinute")}
        {...field("perMinute", String(source.perMinute))}
        inputmode="numeric"
        autocomplete="off"
      />
      <Field
        label={t("window")}
        {...field("windowHours", String(source.replayWindowS / 3_600))}
        inputmode="decimal"
        hint={t("windowHint")}
        autocomplete="off"
      />
    </>
  );
}

function AccessPart({ s, source, access }: SourceProps) {
  const { t, here } = s;
  const at = here.url(`${SOURCES}/${source.id}`);
  return (
    <>
      <h2>{t("access")}</h2>
      {access ? (
        <>
          <Facts
            items={[
              [t("address"), code(access.url)],
              ...(access.secret === undefined ? [] : [[t("secret"), code(access.secret)] as const]),
            ]}
          />
          {access.secret === undefined ? (
            <p>{t("dropHint")}</p>
          ) : (
            <>
              <p>{t("secretHint")}</p>
              <p>{t("newSecretLead")}</p>
              <Form action={`${at}/secret`} csrf={s.csrf} submit={t("newSecret")} />
            </>
          )}
        </>
      ) : (
        <Actions>
          <LinkButton href={`${at}?show=secret`} second>
            {t("showSecret")}
          </LinkButton>
        </Actions>
      )}
    </>
  );
}

function StoragePart({ s, source, typed }: Pick<SourceProps, "s" | "source" | "typed">) {
  const { t, here } = s;
  const field = fieldsOf(typed);
  const at = here.url(`${SOURCES}/${source.id}/storage`);
  return (
    <>
      <h2>{t("storage")}</h2>
      <p>{t("storageLead")}</p>
      <Form action={at} csrf={s.csrf} submit={t("save")}>
        <Field
          label={t("server")}
          {...field("server", source.storage?.server)}
          type="url"
          required
          autocomplete="off"
        />
        <Field
          label={t("apiKey")}
          {...field("apiKey")}
          type="password"
          hint={t("apiKeyHint")}
          required
          autocomplete="off"
        />
      </Form>
      {source.storage && <Form action={`${at}/none`} csrf={s.csrf} submit={t("noStorage")} />}
    </>
  );
}

function Waiting({ s, source, parked, retryFrom }: SourceProps) {
  const { t, here } = s;
  const at = here.url(`${SOURCES}/${source.id}/parked`);
  if (parked.items.length === 0) return null;
  return (
    <>
      <h2>{t("parked")}</h2>
      <p>{t("parkedLead")}</p>
      <Form action={`${at}/retry`} csrf={s.csrf} submit={t("retry")}>
        {retryFrom && <input type="hidden" name="cursor" value={retryFrom} />}
      </Form>
      <Table
        caption={t("parked")}
        head={[t("when"), t("device"), t("reason"), t("drop")]}
        rows={parked.items.map(({ at: when, uplink, reason, delivery }) => [
          cityMoment(when, s),
          code(uplink.device),
          reasonIn(s.lang, reason),
          <Form action={`${at}/drop`} csrf={s.csrf} submit={t("giveUp")}>
            <input type="hidden" name="delivery" value={delivery} />
          </Form>,
        ])}
      />
    </>
  );
}

function Devices({ s, source, devices, decoders, typed }: SourceProps) {
  const { t, here } = s;
  const at = `${SOURCES}/${source.id}`;
  const field = fieldsOf(typed);
  const rhythm = (
    <Field
      label={t("everyMinutes")}
      {...field("everyMinutes")}
      hint={t("everyHint")}
      inputmode="numeric"
      autocomplete="off"
    />
  );
  if (source.kind === "batches")
    return (
      <Form action={here.url(`${at}/devices`)} csrf={s.csrf} submit={t("save")}>
        <input type="hidden" name="device" value={DELIVERIES} />
        {rhythm}
      </Form>
    );
  return (
    <>
      <h2>{t("devices")}</h2>
      {devices.items.length === 0 ? (
        <p>{t("noDevices")}</p>
      ) : (
        <Table
          caption={t("devices")}
          head={[t("device"), t("meter"), t("heard"), t("frame"), t("rhythm")]}
          numeric={[3]}
          rows={devices.items.map(({ device, settings, heard }) => [
            code(device),
            Object.values(settings.meters).join(", ") || device,
            heard ? cityMoment(heard.lastAt, s) : t("never"),
            heard?.top ?? "",
            settings.everyS === undefined ? "" : t("minutes", { n: Math.round(settings.everyS / 60) }),
          ])}
        />
      )}
      {more(s, at, devices.next)}
      <h3>{t("setDevice")}</h3>
      <Form action={here.url(`${at}/devices`)} csrf={s.csrf} submit={t("save")}>
        <Field label={t("device")} {...field("device")} required maxlength={80} autocomplete="off" />
        <Field label={t("meterNumber")} {...field("meter")} hint={t("meterHint")} maxlength={40} autocomplete="off" />
        <Field
          label={t("decoder")}
          {...field("deviceDecoderId", "")}
          type="select"
          options={decoderChoice(s, decoders)}
        />
        {rhythm}
      </Form>
    </>
  );
}

function Refusals({ s, refusals }: SourceProps) {
  const { t } = s;
  return (
    <>
      <h2>{t("refusals")}</h2>
      {refusals.items.length === 0 ? (
        <p>{t("noRefusals")}</p>
      ) : (
        <Table
          caption={t("refusals")}
          head={[t("when"), t("delivery"), t("detail")]}
          rows={refusals.items.map(({ at, detail, delivery, errors }) => [
            cityMoment(at, s),
            delivery ? code(delivery) : "",
            errors.length === 0 ? (
              reasonIn(s.lang, detail)
            ) : (
              <ul>
                {errors.slice(0, 5).map((error) => (
                  <li>
                    {code(error.pointer)} {saidIn(s.lang, error)}
                  </li>
                ))}
              </ul>
            ),
          ])}
        />
      )}
    </>
  );
}
