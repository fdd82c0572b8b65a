import { z } from "zod";
import { Table } from "../../shared/components.tsx";
import { Fault } from "../../shared/errors.ts";
import type { deskTexts } from "./desk-texts.ts";
import type { Rail } from "./rail.ts";

interface Asked {
  name: string;
  isOptional: boolean;
  /** One of these, where not anything goes. */
  choices: string[];
}

/** What an administrator enters for an account at this provider, by the rail's own schema; `a.b` is `b` within `a`. */
export const asksFor = ({ settings }: Pick<Rail, "settings">): Asked[] =>
  fieldsIn(z.toJSONSchema(settings, { io: "input", unrepresentable: "any" }));

function fieldsIn({ properties = {}, required = [] }: z.core.JSONSchema.BaseSchema): Asked[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    if (typeof field === "boolean") return [];
    const isOptional = !required.includes(name);
    if (!field.properties) return [{ name, isOptional, choices: (field.enum ?? []).map(String) }];
    return fieldsIn(field).map((inner) => ({
      ...inner,
      name: `${name}.${inner.name}`,
      isOptional: isOptional || inner.isOptional,
    }));
  });
}

/** One line for each provider, so that nobody has to look for the names of its keys elsewhere. */
export function AskedFor({ rails, t }: { rails: Iterable<Rail>; t: ReturnType<typeof deskTexts.in> }) {
  return (
    <details>
      <summary>{t("asksFor")}</summary>
      <Table
        caption={t("asksFor")}
        head={[t("rail"), t("settings")]}
        rows={[...rails].map((rail) => [
          rail.name,
          asksFor(rail).map(({ name, isOptional, choices }) => (
            <div>
              <code>{name}</code>
              {choices.length > 0 && <span>: {choices.join(" | ")}</span>}
              {isOptional && <span> ({t("optional")})</span>}
            </div>
          )),
        ])}
      />
    </details>
  );
}

/** On a page all keys stand in one field: each mistake then says which of them it is about. */
export function namingKeys(error: unknown): never {
  if (!(error instanceof Fault)) throw error;
  const errors = (error.members.errors ?? []).map(({ pointer, detail }) => {
    const [, key] = /^#\/settings\/(.+)$/.exec(pointer) ?? [];
    return { pointer, detail: key === undefined ? detail : `${key.replaceAll("/", ".")}: ${detail}` };
  });
  throw new Fault(error.kind, error.message, { ...error.members, errors });
}
