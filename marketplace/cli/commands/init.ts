import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { ModuleName } from "../../contract/manifest.ts";
import { checkModule, moduleSchema } from "../../contract/module.ts";
import { readProfile } from "../config.ts";
import { MODULE_FILES } from "../files.ts";
import { starter } from "../starter.ts";
import { Trouble } from "../trouble.ts";
import { type Command, everywhere } from "./common.ts";

export const init: Command = {
  summary:
    "Start a module that is ready to publish: a tariff with its explanation, a dataset and an indicator; or a program",
  args: {
    ...everywhere,
    folder: { type: "positional", description: "Where to write it", default: "." },
    name: {
      type: "string",
      description: "publisher/module (default: your party, and the folder's name)",
      valueHint: "name",
    },
    program: { type: "boolean", description: "One with a program that hears of readings, and its own tests" },
    currency: { type: "string", description: "Of the tariff (ISO 4217)", default: "EUR", valueHint: "code" },
    profile: { type: "string", description: "Whose settings to use", default: "default", valueHint: "name" },
  },
  examples: [
    "hansa init fair-water --name my-party/fair-water",
    "hansa init much-more --name my-party/much-more --program",
    "hansa init . --currency XOF",
  ],
  async run(args) {
    const folder = resolve(args.must("folder"));
    const party = readProfile(args.must("profile")).party ?? "your-party";
    const name = args.text("name") ?? `${party}/${slugOf(basename(folder))}`;
    if (!ModuleName.safeParse(name).success)
      throw new Trouble(
        "usage",
        `${name} is no module's name.`,
        "It is publisher/module, in small letters, digits and hyphens, at least three each.",
        "Give one with --name, such as --name my-party/fair-water",
      );
    const made = args.flag("program") ? program(name) : data(name, args.must("currency").toUpperCase());
    const there = [...MODULE_FILES, ...made.keys()].map((one) => join(folder, one)).find(existsSync);
    if (there)
      throw new Trouble(
        "usage",
        `${there} is there already.`,
        "It would be overwritten.",
        "Choose another folder, or change the module that is there.",
      );
    mkdirSync(folder, { recursive: true });
    for (const [file, { text }] of made) writeFileSync(join(folder, file), text, { flag: "wx" });
    const readme = join(folder, "README.md");
    if (!existsSync(readme)) writeFileSync(readme, readmeOf(name, made.has("index.mjs")));
    return {
      json: { name, files: [...made.keys(), "README.md"].map((one) => join(folder, one)) },
      lines: [
        `${name} stands in ${folder}:`,
        ...[...made].map(([file, { says }]) => `  ${file.padEnd(18)}  ${says}`),
        "  README.md           for whoever finds it",
        "",
        `Next: hansa validate ${args.must("folder")}`,
      ],
    };
  },
};

/** By their names, each with what it is for. */
type Files = Map<string, { text: string; says: string }>;

/** A whole small module of data. @throws {Trouble} usage */
function data(name: string, currency: string): Files {
  const module = starter(name, currency);
  const { mistakes } = checkModule(module);
  if (mistakes.length)
    throw new Trouble(
      "usage",
      "No module can be made of this.",
      mistakes[0]!.detail,
      "Check --name and --currency.",
      mistakes,
    );
  const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
  return new Map([
    [
      "module.json",
      {
        text: json({ $schema: "./module.schema.json", ...module }),
        says: "what it is and what it holds: change this",
      },
    ],
    ["module.schema.json", { text: json(moduleSchema()), says: "tells your editor what may stand where" }],
  ]);
}

/** One with a program: the files as they lie in the folder of starters, under its own name. */
function program(name: string): Files {
  const read = (file: string) => readFileSync(new URL(`../starters/program/${file}`, import.meta.url), "utf8");
  return new Map([
    [
      "manifest.mjs",
      { text: read("manifest.mjs").replace(STARTER_NAME, name), says: "what it is, what it may do, and examples" },
    ],
    ["index.mjs", { text: read("index.mjs"), says: "the program: change this" }],
    ["index.test.mjs", { text: read("index.test.mjs"), says: "its own tests, plain functions" }],
  ]);
}
const STARTER_NAME = "your-party/much-more";

const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "") || "my-module";

const readmeOf = (name: string, isProgram: boolean) => `# ${name}

What it is for, for whom, and what gets better.

\`\`\`
hansa validate      # does it keep the contract?
${isProgram ? "hansa test          # do its own tests and its examples hold?\n" : ""}hansa publish       # sign it with your key and publish it
\`\`\`
`;
