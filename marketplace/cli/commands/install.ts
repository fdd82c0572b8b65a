import { askJson, postJson } from "../house.ts";
import { Trouble } from "../trouble.ts";
import { type ArgSpec, type Command, type Given, withHouse, withKey } from "./common.ts";

// What a publisher or a city does with a module that is in a city already.

const inCity = (scope: string): Record<string, ArgSpec> => ({
  ...withHouse,
  module: { type: "positional", required: true, description: "publisher/module, or the install’s id (ins_…)" },
  city: { type: "string", required: true, description: "Which city", valueHint: "slug" },
  token: { type: "string", description: `A key with the scope ${scope} (better: HANSA_TOKEN)`, valueHint: "token" },
});

interface Install {
  id: string;
  module: string;
  version: string;
  state: string;
  previous?: { version: string; until: string };
}

/** Where it is, and who asks. */
function asked(args: Given, scope: string) {
  const { house, headers } = withKey(args, scope);
  return { house, headers, at: `/cities/${encodeURIComponent(args.must("city"))}/v1/installs` };
}

/** By its id, or by its module's name where the key may see which modules the city has. */
async function installOf(args: Given, { house, headers, at }: ReturnType<typeof asked>): Promise<Install> {
  const named = args.must("module");
  if (named.startsWith("ins_"))
    return (await askJson<Install>(house, `${at}/${encodeURIComponent(named)}`, { headers })).body;
  const { body } = await askJson<{ installs: Install[] }>(house, at, { headers });
  const found = body.installs.find(({ module }) => module === named);
  if (found) return found;
  throw new Trouble(
    "refused",
    `${args.must("city")} has no module ${named}.`,
    `It has ${body.installs.map(({ module }) => module).join(", ") || "none"}.`,
    "Check the name.",
  );
}

interface Run {
  part: string;
  version: string;
  eventType: string;
  at: string;
  outcome: "done" | "shadow" | "refused";
  why?: string;
  scope?: string;
  ms: number;
  rows: number;
  effects: Record<string, number>;
}

export const logs: Command = {
  summary: "How your module ran in a city, and why it was refused; without the city’s data",
  args: {
    ...inCity("marketplace.runs:read"),
    limit: { type: "string", description: "So many runs, the latest first", default: "50", valueHint: "number" },
    refused: { type: "boolean", description: "Only those that were refused" },
  },
  examples: [
    "hansa logs ins_01JD8Q6Z3W8M6W1YB1M0Q4S7XK --city abidjan",
    "hansa logs my-party/fair-water --city abidjan --refused --json",
  ],
  async run(args) {
    const place = asked(args, "marketplace.runs:read");
    const named = args.must("module");
    // A publisher's key may see runs, and not which modules the city has: with the id nothing more is asked.
    const id = named.startsWith("ins_") ? named : (await installOf(args, place)).id;
    const limit = Number(args.must("limit"));
    if (!Number.isInteger(limit) || limit < 1 || limit > 100)
      throw new Trouble("usage", "--limit is a whole number.", "It is 1 to 100.", "For example --limit 20");
    const { body } = await askJson<{ runs: Run[] }>(
      place.house,
      `${place.at}/${encodeURIComponent(id)}/runs?limit=${limit}`,
      { headers: place.headers },
    );
    const runs = body.runs.filter(({ outcome }) => !args.flag("refused") || outcome === "refused");
    return { json: { installId: id, runs }, lines: runs.length > 0 ? runs.map(runSays) : ["No runs."] };
  },
};

function runSays({ at, part, version, eventType, outcome, why, scope, ms, rows, effects }: Run): string {
  const did = Object.entries(effects).map(([effect, times]) => `${effect} ×${times}`);
  const said =
    outcome === "refused" ? [why ?? "", scope ?? ""].filter(Boolean).join(" ") : did.join(", ") || "nothing to do";
  return `${at}  ${part} ${version}  ${eventType}  ${outcome}: ${said}  (${rows} rows, ${ms} ms)`;
}

export const rollback: Command = {
  summary: "Put a city’s version of a module back to the one before, within 30 days",
  args: {
    ...inCity("marketplace.installs:write"),
    "dry-run": { type: "boolean", description: "Say what would come back; change nothing" },
  },
  examples: [
    "hansa rollback my-party/fair-water --city abidjan --dry-run",
    "hansa rollback my-party/fair-water --city abidjan",
  ],
  async run(args) {
    const place = asked(args, "marketplace.installs:write");
    const { id, module, version, previous } = await installOf(args, { ...place });
    if (!previous)
      throw new Trouble(
        "refused",
        `There is no version before ${version} to go back to.`,
        `${module} has had no other in ${args.must("city")}, or the 30 days are over.`,
        "Choose another version in the city’s console under Modules.",
      );
    const json = { installId: id, module, from: version, to: previous.version };
    if (args.flag("dry-run"))
      return {
        json: { dryRun: true, ...json, until: previous.until },
        lines: [`Would put ${module} back from ${version} to ${previous.version}. Nothing was changed.`],
      };
    const { body } = await postJson<Install>(place.house, `${place.at}/${id}/rollback`, {}, place.headers);
    return {
      json: { ...json, state: body.state },
      lines: [`${module} is back from ${version} to ${body.version} in ${args.must("city")} (${body.state}).`],
    };
  },
};
