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

/** What an administrator enters for an account at this provider, by the rail's own schema. */
export function asksFor({ settings }: Pick<Rail, "settings">): Asked[] {
  const { properties = {}, required = [] } = z.toJSONSchema(settings, { io: "input", unrepresentable: "any" });
  return Object.entries(properties).map(([name, field]) => ({
    name,
    isOptional: !required.includes(name),
    choices: typeof field === "object" ? (field.enum ?? []).map(String) : [],
  }));
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
    return { pointer, detail: key === undefined ? detail : `${key}: ${detail}` };
  });
  throw new Fault(error.kind, error.message, { ...error.members, errors });
}
