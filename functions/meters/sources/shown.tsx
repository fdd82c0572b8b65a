import { Pager } from "../../../shared/components.tsx";
import type { Here } from "../../../shared/here.ts";
import type { Lang } from "../../../shared/texts.ts";
import type { sourceTexts } from "./texts.ts";

// What the pages of sources have in common.

export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof sourceTexts.in>;
}
/** What was typed in a form, and what is wrong with it. */
export interface Typed {
  values: Record<string, string>;
  mistakes: readonly { field: string; detail: string }[];
}
export const NOTHING_TYPED: Typed = { values: {}, mistakes: [] };

export const SOURCES = "/staff/meters/sources";
export const DECODERS = "/staff/meters/decoders";
export const GAPS = "/staff/meters/gaps";

export const code = (text: string) => (
  <code>
    <bdi>{text}</bdi>
  </code>
);
export const more = (s: Shown, path: string, next: string | undefined) =>
  next === undefined ? null : <Pager next={[s.here.url(`${path}?cursor=${encodeURIComponent(next)}`), s.t("next")]} />;

export const fieldsOf =
  ({ values, mistakes }: Typed) =>
  (name: string, kept?: string) => ({
    name,
    value: values[name] ?? kept,
    error: mistakes.find(({ field }) => field === name)?.detail,
  });
