import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { ModuleName } from "../../contract/manifest.ts";
import { checkModule, moduleSchema } from "../../contract/module.ts";
import { readProfile } from "../config.ts";
import { starter } from "../starter.ts";
import { Trouble } from "../trouble.ts";
import { type Command, everywhere } from "./common.ts";

export const init: Command = {
  summary: "Start a module: a tariff with its explanation, a dataset and an indicator, ready to publish",
  args: {
    ...everywhere,
    folder: { type: "positional", description: "Where to write it", default: "." },
    name: {
      type: "string",
      description: "publisher/module (default: your party, and the folder's name)",
      valueHint: "name",
    },
    currency: { type: "string", description: "Of the tariff (ISO 4217)", default: "EUR", valueHint: "code" },
    profile: { type: "string", description: "Whose settings to use", default: "default", valueHint: "name" },
  },
  examples: ["hansa init fair-water --name my-party/fair-water", "hansa init . --currency XOF"],
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
    const file = join(folder, "module.json");
    if (existsSync(file))
      throw new Trouble(
        "usage",
        `${file} is there already.`,
        "It would be overwritten.",
        "Choose another folder, or change the module that is there.",
      );
    const module = starter(name, args.must("currency").toUpperCase());
    const { mistakes } = checkModule(module);
    if (mistakes.length)
      throw new Trouble(
        "usage",
        "No module can be made of this.",
        mistakes[0]!.detail,
        "Check --name and --currency.",
        mistakes,
      );
    mkdirSync(folder, { recursive: true });
    const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
    writeFileSync(file, json({ $schema: "./module.schema.json", ...module }), { flag: "wx" });
    writeFileSync(join(folder, "module.schema.json"), json(moduleSchema()));
    const readme = join(folder, "README.md");
    if (!existsSync(readme)) writeFileSync(readme, readmeOf(name));
    return {
      json: { name, files: ["module.json", "module.schema.json", "README.md"].map((one) => join(folder, one)) },
      lines: [
        `${name} stands in ${folder}:`,
        "  module.json         what it is and what it holds: change this",
        "  module.schema.json  tells your editor what may stand where",
        "  README.md           for whoever finds it",
        "",
        `Next: hansa validate ${args.must("folder")}`,
      ],
    };
  },
};

const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "") || "my-module";

const readmeOf = (name: string) => `# ${name}

What it is for, for whom, and what gets better.

\`\`\`
hansa validate      # does it keep the contract?
hansa publish       # sign it with your key and publish it
\`\`\`
`;
