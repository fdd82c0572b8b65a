import { newId } from "../../../shared/ids.ts";
import { Advisory, sealAdvisory } from "../../contract/advisory.ts";
import { CONTRACT } from "../../contract/manifest.ts";
import { inLang } from "../../contract/words.ts";
import { houseOf, readProfile } from "../config.ts";
import { askJson, postJson } from "../house.ts";
import type { Answer } from "../output.ts";
import { Trouble } from "../trouble.ts";
import { type Command, type Given, ownKey, withHouse } from "./common.ts";
import { versionsOf } from "./publish.ts";

const PATH = "/marketplace/v1/advisories";
const dryRun = { type: "boolean", description: "Show what would be signed; send nothing" } as const;
const listHelp = "hansa advisory list";

/** An advisory as the house tells it: what was signed, and the digest of that. */
type Kept = Advisory & { digest: string };

export const listAdvisories: Command = {
  summary: "What was warned of at a house, of all modules or of one",
  args: { ...withHouse, name: { type: "positional", description: "publisher/module" } },
  examples: [listHelp, "hansa advisory list my-party/fair-water --json"],
  async run(args) {
    const house = houseOf(args.text("house"), readProfile(args.must("profile")));
    const module = args.text("name");
    const query = module === undefined ? "" : `?module=${encodeURIComponent(module)}`;
    const { body } = await askJson<{ advisories: Kept[] }>(house, PATH + query);
    return {
      json: body,
      lines: body.advisories.length === 0 ? ["Nobody warns of anything."] : body.advisories.map(lineOf),
    };
  },
};

const lineOf = ({ id, severity, module, by, summary, isWithdrawn }: Advisory): string =>
  `${id}  ${(isWithdrawn ? "withdrawn" : severity).padEnd(9)}  ${module}  by ${by}: ${inLang(summary, "en")}`;

export const publishAdvisory: Command = {
  summary: "Warn every city of versions of a module: as its publisher, a reviewer or the house",
  args: {
    ...withHouse,
    module: { type: "string", description: "publisher/module; needed for a new warning", valueHint: "name" },
    versions: { type: "string", description: "Which ones, with commas between; needed too", valueHint: "list" },
    severity: { type: "string", description: "low, medium, high or critical; needed too", valueHint: "severity" },
    summary: { type: "string", description: "In a sentence, what is wrong; needed too", valueHint: "text" },
    details: { type: "string", description: "All that whoever decides should know", valueHint: "text" },
    language: { type: "string", description: "Of both", default: "en", valueHint: "tag" },
    "fixed-in": { type: "string", description: "The version that mends it", valueHint: "version" },
    link: { type: "string", description: "An https address that says more", valueHint: "url" },
    id: {
      type: "string",
      description: "Say more under a warning of yours: what you do not give stays, further languages are added",
      valueHint: "advisory",
    },
    "dry-run": dryRun,
  },
  examples: [
    'hansa advisory publish --module my-party/fair-water --versions 1.0.0,1.0.1 --severity critical --summary "It bills twice."',
    'hansa advisory publish --id adv_01J… --summary "Il facture deux fois." --language fr --fixed-in 1.0.2',
  ],
  async run(args) {
    const { house, by, key } = speaker(args);
    const id = args.text("id");
    const before = id === undefined ? undefined : await ownAdvisory(house, id, by);
    const module = args.text("module") ?? before?.module;
    const versions = args.text("versions");
    const words = (name: "summary" | "details") => {
      const text = args.text(name);
      const all = { ...before?.[name], ...(text === undefined ? {} : { [args.must("language")]: text }) };
      return Object.keys(all).length === 0 ? {} : { [name]: all };
    };
    const given = {
      ...(before ?? { contract: CONTRACT, id: newId("adv", new Date()), revision: 0, by }),
      ...(module === undefined ? {} : { module }),
      ...(module !== undefined && versions !== undefined
        ? { digests: await digestsOf(house, module, versions.split(",")) }
        : {}),
      ...present("severity", args.text("severity")),
      ...words("summary"),
      ...words("details"),
      ...present("fixedIn", args.text("fixed-in")),
      ...present("link", args.text("link")),
      isWithdrawn: false,
    };
    return say(args, house, key, given);
  },
};

export const withdrawAdvisory: Command = {
  summary: "Take a warning of yours back: it was a mistake, or is no matter any more. Cities are told",
  args: {
    ...withHouse,
    id: { type: "positional", required: true, description: "The warning's id" },
    "dry-run": dryRun,
  },
  examples: ["hansa advisory withdraw adv_01J…", "hansa advisory withdraw adv_01J… --dry-run"],
  async run(args) {
    const { house, by, key } = speaker(args);
    const before = await ownAdvisory(house, args.must("id"), by);
    if (before.isWithdrawn) return { json: before, lines: [`${before.id} was withdrawn before.`] };
    return say(args, house, key, { ...before, isWithdrawn: true });
  },
};

/** Who warns, and where. @throws {Trouble} usage: nobody who could */
function speaker(args: Given) {
  const profile = readProfile(args.must("profile"));
  const house = houseOf(args.text("house"), profile);
  const key = ownKey(profile, "A warning is signed.");
  if (!profile.party)
    throw new Trouble("usage", "You are no party yet.", "A warning is somebody's.", "Run `hansa party sign-up` first.");
  return { house, key, by: profile.party };
}

const present = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: value });

/** As it was said last. @throws {Trouble} usage: it is another party's */
async function ownAdvisory(house: string, id: string, by: string): Promise<Advisory> {
  const { body } = await askJson<Kept>(house, `${PATH}/${encodeURIComponent(id)}`);
  if (body.by !== by)
    throw new Trouble(
      "usage",
      `${id} is not yours.`,
      `${body.by} said it; you are ${by}.`,
      "Choose another --profile.",
    );
  const { digest: _, ...advisory } = body;
  return advisory;
}

/** The packages of these versions. @throws {Trouble} usage: one of them is not published */
async function digestsOf(house: string, module: string, versions: readonly string[]): Promise<string[]> {
  const published = (await versionsOf(house, module)).versions;
  return versions.map((version) => {
    const found = published.find((one) => one.version === version.trim());
    if (found) return found.digest;
    const there = published.map((one) => one.version).join(", ");
    throw new Trouble("usage", `${module} ${version} is not published.`, `There are ${there}.`, "Give one of these.");
  });
}

/** Signs the next revision and brings it to the house. */
async function say(
  args: Given,
  house: string,
  key: Parameters<typeof sealAdvisory>[1],
  given: object,
): Promise<Answer> {
  const { revision } = given as { revision: number };
  const checked = Advisory.safeParse({ ...given, revision: revision + 1, signedAt: new Date().toISOString() });
  if (!checked.success)
    throw new Trouble(
      "usage",
      "This is no warning.",
      "Some of it is missing or not valid:",
      "hansa advisory publish --help",
      checked.error.issues.map(({ path, message }) => ({ at: flagOf(path), detail: message })),
    );
  const advisory = checked.data;
  const isSaid = advisory.isWithdrawn ? "withdrawn" : revision === 0 ? "told" : `told anew, revision ${revision + 1}`;
  if (args.flag("dry-run"))
    return {
      json: { dryRun: true, house, ...advisory },
      lines: [lineOf(advisory), `It would be ${isSaid} at ${house}. Nothing was sent.`],
    };
  const { body } = await postJson<Kept>(house, PATH, await sealAdvisory(advisory, key));
  return {
    json: { ...body, url: `${house}/marketplace/advisories` },
    lines: [
      `${advisory.id} is ${isSaid} at ${house}.`,
      `  ${lineOf(advisory)}`,
      `  Page    ${house}/marketplace/advisories`,
      ...(advisory.isWithdrawn
        ? []
        : ["", `Next: hansa advisory withdraw ${advisory.id}, once it is no matter any more.`]),
    ],
  };
}

/** Which flag a mistake stands in. */
const FLAGS: Record<string, string> = { digests: "versions", fixedIn: "fixed-in" };
const flagOf = ([name]: readonly PropertyKey[]): string => `--${FLAGS[String(name)] ?? String(name)}`;
