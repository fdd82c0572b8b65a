import { houseTexts } from "../../contract/house-texts.ts";
import { readModule } from "../files.ts";
import { type Command, everywhere } from "./common.ts";

export const texts: Command = {
  summary: "List what the house's own pages say, by key, for a part that gives them a further language",
  args: {
    ...everywhere,
    group: { type: "string", description: "Only one group of them, such as shell", valueHint: "name" },
    missing: { type: "string", description: "Only what this module has not translated", valueHint: "folder" },
    french: { type: "boolean", description: "In French instead of English" },
  },
  examples: ["hansa texts --group shell", "hansa texts --missing my-words", "hansa texts --json"],
  async run(args) {
    const [group, folder] = [args.text("group"), args.text("missing")];
    const lang = args.flag("french") ? "fr" : "en";
    const done = new Set(folder === undefined ? [] : await translated(folder));
    const wanted = [...houseTexts().values()].filter(
      ({ key }) => !done.has(key) && (group === undefined || key.startsWith(`${group}.`)),
    );
    return {
      json: { texts: wanted },
      lines: [
        ...wanted.map((text) => `${text.key}\n    ${text[lang]}`),
        `${wanted.length} of ${houseTexts().size} texts`,
      ],
    };
  },
};

async function translated(folder: string): Promise<string[]> {
  const { module } = await readModule(folder);
  return module.parts.flatMap((part) => (part.kind === "texts" && part.use === "pages" ? Object.keys(part.texts) : []));
}
