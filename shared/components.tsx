import { type Child, createContext, type PropsWithChildren, useContext } from "hono/jsx";
import { refusalIn } from "./refusals.ts";
import type { Lang } from "./texts.ts";

// Plain props in, HTML out: nothing here fetches, waits, or needs script.

/** The language that a page is read in: what was refused is said in it, wherever the page shows it. */
export const ReadIn = createContext<Lang>("en");
const useRefusal = () => {
  const lang = useContext(ReadIn);
  return (detail: string) => refusalIn(lang, detail) ?? detail;
};

export interface FormProps {
  action: string;
  /** The visitor's token; empty when nobody is signed in. */
  csrf: string;
  method?: "post" | "get";
  enctype?: "multipart/form-data";
  /** The words on its button. */
  submit: string;
  class?: string;
}

/** A form with the token that shows it came from here. */
export const Form = ({
  action,
  csrf,
  method = "post",
  enctype,
  submit,
  class: name,
  children,
}: PropsWithChildren<FormProps>) => (
  <form action={action} method={method} enctype={enctype} class={name} novalidate>
    {method === "post" && <input type="hidden" name="csrf" value={csrf} />}
    {children}
    <button type="submit">{submit}</button>
  </form>
);

export interface FieldProps {
  label: string;
  name: string;
  /** What its error is linked by, where two forms of a page ask for the same; else its name. */
  id?: string;
  type?:
    | "text"
    | "email"
    | "tel"
    | "number"
    | "date"
    | "month"
    | "datetime-local"
    | "file"
    | "password"
    | "url"
    | "search"
    | "textarea"
    | "select"
    | "radio"
    | "checkbox";
  value?: string | undefined;
  hint?: string;
  /** What is wrong with the value, in a sentence. */
  error?: string | undefined;
  required?: boolean;
  autocomplete?: string;
  inputmode?: "text" | "numeric" | "decimal" | "tel" | "email" | "url" | "search";
  /** Of a select, of radios and of checkboxes: `[value, label]`. */
  options?: readonly (readonly [string, string])[];
  accept?: string;
  maxlength?: number;
  /** Of what is read from left to right in every language. */
  dir?: "ltr";
}

/** One labelled question with its hint and its error, tied together for screen readers. */
export function Field(props: FieldProps) {
  const {
    label,
    name,
    type = "text",
    value,
    hint,
    error,
    required,
    autocomplete,
    inputmode,
    options = [],
    accept,
    maxlength,
    dir,
  } = props;
  const refusal = useRefusal();
  const id = `f-${props.id ?? name}`;
  const told = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  const common = {
    id,
    name,
    required,
    "aria-describedby": told,
    "aria-invalid": error ? ("true" as const) : undefined,
  };
  const said = (
    <>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="error" id={`${id}-error`}>
          {refusal(error)}
        </p>
      )}
    </>
  );
  if (type === "radio" || type === "checkbox")
    return (
      <fieldset class={error ? "field wrong" : "field"} id={id} aria-describedby={told}>
        <legend>{label}</legend>
        {said}
        {options.map(([option, words], i) => (
          <div class="check">
            <input
              type={type}
              id={`${id}-${i}`}
              name={name}
              value={option}
              checked={value?.split(",").includes(option)}
            />
            <label for={`${id}-${i}`}>{words}</label>
          </div>
        ))}
      </fieldset>
    );
  return (
    <div class={error ? "field wrong" : "field"}>
      <label for={id}>{label}</label>
      {said}
      {type === "select" ? (
        <select {...common}>
          {options.map(([option, words]) => (
            <option value={option} selected={option === value}>
              {words}
            </option>
          ))}
        </select>
      ) : type === "textarea" ? (
        <textarea {...common} maxlength={maxlength} dir={dir}>
          {value}
        </textarea>
      ) : (
        <input
          {...common}
          type={type}
          value={type === "file" ? undefined : value}
          autocomplete={autocomplete}
          inputmode={inputmode}
          accept={accept}
          maxlength={maxlength}
          dir={["email", "tel", "url"].includes(type) ? "ltr" : dir}
        />
      )}
    </div>
  );
}

/** What a field of a form shows of what was sent: its value, and what is wrong with it. */
export const fieldOf =
  (value: Readonly<Record<string, string | undefined>>, errors: readonly { field: string; detail: string }[]) =>
  (name: string) => ({
    name,
    value: value[name],
    error: errors.find(({ field }) => field === name)?.detail,
  });

/** All mistakes of a form at its top, each linked to its field. */
export const ErrorSummary = ({
  title,
  errors,
}: {
  title: string;
  errors: readonly { field: string; detail: string }[];
}) => {
  const refusal = useRefusal();
  return (
    <div class="summary" role="alert" aria-labelledby="errors-title" tabindex={-1}>
      <h2 id="errors-title">{title}</h2>
      <ul>
        {errors.map(({ field, detail }) => (
          <li>{field ? <a href={`#f-${field}`}>{refusal(detail)}</a> : refusal(detail)}</li>
        ))}
      </ul>
    </div>
  );
};

/** With more columns than this, a phone shows each row as a card with the headings beside the cells. */
const COLUMNS_ON_A_PHONE = 3;

/**
 * A table of figures or facts. `numeric` lists the columns of figures. One that is `wide` keeps its shape and scrolls
 * by itself: a dataset's rows, of whatever columns.
 */
export const Table = ({
  caption,
  head,
  rows,
  numeric = [],
  wide = false,
}: {
  caption: string;
  head: readonly Child[];
  rows: readonly (readonly Child[])[];
  numeric?: readonly number[];
  wide?: boolean;
}) => {
  const isStacked = !wide && head.length > COLUMNS_ON_A_PHONE;
  // A table that is not laid out as one keeps its meaning by its roles.
  const role = (name: string) => (isStacked ? name : undefined);
  const label = (i: number) => (isStacked && typeof head[i] === "string" ? head[i] : undefined);
  return (
    <section class="scroll" aria-label={caption} tabindex={0}>
      <table class={isStacked ? "stack" : undefined} role={role("table")}>
        <caption>
          <span>{caption}</span>
        </caption>
        <thead role={role("rowgroup")}>
          <tr role={role("row")}>
            {head.map((cell, i) => (
              <th scope="col" role={role("columnheader")} class={numeric.includes(i) ? "num" : undefined}>
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role={role("rowgroup")}>
          {rows.map((row) => (
            <tr role={role("row")}>
              {row.map((cell, i) => (
                <td role={role("cell")} data-label={label(i)} class={numeric.includes(i) ? "num" : undefined}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};

type Kind = "info" | "success" | "warning" | "error";

export const Notice = ({ kind, children }: PropsWithChildren<{ kind: Kind }>) => (
  <div class={`notice ${kind}`} role={kind === "error" ? "alert" : "status"}>
    {children}
  </div>
);

export const Facts = ({ items }: { items: readonly (readonly [Child, Child])[] }) => (
  <dl class="facts">
    {items.map(([term, value]) => (
      <>
        <dt>{term}</dt>
        <dd>{value}</dd>
      </>
    ))}
  </dl>
);

export const Actions = ({ children }: PropsWithChildren) => <div class="actions">{children}</div>;

export const LinkButton = ({ href, second, children }: PropsWithChildren<{ href: string; second?: boolean }>) => (
  <a class={second ? "button second" : "button"} href={href}>
    {children}
  </a>
);

/** Links to the pages before and after. The words come with the addresses: `[href, label]`. */
export const Pager = ({ next, prev }: { next?: readonly [string, string]; prev?: readonly [string, string] }) =>
  next || prev ? (
    <nav class="pager" aria-label={[prev?.[1], next?.[1]].filter(Boolean).join(", ")}>
      {prev && (
        <a rel="prev" href={prev[0]}>
          {prev[1]}
        </a>
      )}
      {next && (
        <a rel="next" href={next[0]}>
          {next[1]}
        </a>
      )}
    </nav>
  ) : null;

export const Tag = ({ kind = "info", children }: PropsWithChildren<{ kind?: Kind }>) => (
  <span class={`tag ${kind}`}>{children}</span>
);

export const Cards = ({ children }: PropsWithChildren) => <ul class="cards">{children}</ul>;

/** `level` is that of its heading: 3 where the cards stand below a heading of their own. */
export const Card = ({
  href,
  title,
  level = 2,
  children,
}: PropsWithChildren<{ href: string; title: string; level?: 2 | 3 }>) => {
  const link = <a href={href}>{title}</a>;
  return (
    <li class="card">
      {level === 2 ? <h2>{link}</h2> : <h3>{link}</h3>}
      {children}
    </li>
  );
};
