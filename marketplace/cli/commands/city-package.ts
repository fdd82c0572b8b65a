import type { z } from "zod";
import type { Candidate, Signed } from "../../peers/schema.ts";
import { askJson, postJson } from "../house.ts";
import { Trouble } from "../trouble.ts";
import { type Command, type Given, withKey, withToken } from "./common.ts";

const ASKED = ["name", "version", "title", "summary", "contact"] as const;

export const packageCity: Command = {
  summary: "Turn a city's working service into a module under the city's own key, and publish it",
  args: {
    ...withToken,
    slug: { type: "positional", required: true, description: "Which city" },
    parts: { type: "string", description: "What goes into it, with commas between; without it, what could is shown" },
    name: { type: "string", description: "Its name; the city's own is put in front", valueHint: "name" },
    version: { type: "string", description: "Such as 1.0.0", valueHint: "version" },
    title: { type: "string", description: "What it is called", valueHint: "text" },
    summary: { type: "string", description: "For whom, and what gets better", valueHint: "text" },
    language: { type: "string", description: "Of title and summary", default: "en", valueHint: "tag" },
    licence: { type: "string", description: "SPDX", default: "CC-BY-4.0", valueHint: "licence" },
    contact: { type: "string", description: "Public e-mail address for questions", valueHint: "e-mail" },
    share: { type: "string", description: "Percent for whoever made its parts (10)", valueHint: "percent" },
    "dry-run": { type: "boolean", description: "Let the city sign it; publish nothing" },
  },
  examples: [
    "hansa city package bouake",
    'hansa city package bouake --parts own/tariff-water --name fair-water --version 1.0.0 --title "Fair water" --summary "One price for all." --contact eau@bouake.example',
  ],
  async run(args) {
    const { house, headers } = withKey(args, "peers.packages:write and peers.packages:read");
    const city = `/cities/${encodeURIComponent(args.must("slug"))}/v1`;
    const { body } = await askJson<{ candidates: z.infer<typeof Candidate>[] }>(house, `${city}/package-candidates`, {
      headers,
    });
    const { candidates } = body;
    const parts = args
      .text("parts")
      ?.split(",")
      .map((id) => id.trim());
    if (!parts)
      return {
        json: body,
        lines: [
          candidates.length === 0 ? "Nothing serves there yet that another city could use." : "It could hold:",
          ...candidates.map(({ id, kind, title }) => `  ${id.padEnd(44)} ${kind.padEnd(10)} ${title}`),
        ],
      };
    const order = orderOf(args, parts, candidates);
    const { body: signed } = await postJson<z.infer<typeof Signed>>(house, `${city}/packages`, order, headers);
    const { module, version, digest } = signed;
    if (args.flag("dry-run"))
      return {
        json: { dryRun: true, ...signed },
        lines: [`${module} ${version} is signed by the city.`, `  Digest  ${digest}`, "Nothing was published."],
      };
    await postJson(house, "/marketplace/v1/parties", signed.party);
    const { body: listing } = await postJson<{ url: string }>(house, "/marketplace/v1/modules", signed.package);
    return {
      json: { module, version, digest, url: house + listing.url },
      lines: [`${module} ${version} is published.`, `  Digest  ${digest}`, `  Page    ${house}${listing.url}`],
    };
  },
};

function orderOf(args: Given, parts: readonly string[], candidates: readonly z.infer<typeof Candidate>[]) {
  const missing = ASKED.find((name) => args.text(name) === undefined);
  if (missing)
    throw new Trouble(
      "usage",
      `--${missing} is missing.`,
      "A package says what it is and who answers for it.",
      "hansa city package --help",
    );
  const lang = args.must("language");
  const percent = args.text("share");
  const bases = candidates.flatMap(({ id, from }) => (from && parts.includes(id) ? [from.module] : []));
  const share = Math.round(Number(percent) * 100);
  return {
    name: args.must("name"),
    version: args.must("version"),
    title: { [lang]: args.must("title") },
    summary: { [lang]: args.must("summary") },
    licence: args.must("licence"),
    contact: args.must("contact"),
    parts,
    ...(percent === undefined ? {} : { shares: Object.fromEntries(bases.map((module) => [module, share])) }),
  };
}
