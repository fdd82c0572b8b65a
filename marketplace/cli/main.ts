import { stripVTControlCharacters } from "node:util";
import { type ArgsDef, type CommandDef, defineCommand, parseArgs, renderUsage } from "citty";
import { listAdvisories, publishAdvisory, withdrawAdvisory } from "./commands/advisory.ts";
import { add, exportCity, importCity } from "./commands/city.ts";
import { packageCity } from "./commands/city-package.ts";
import { type Command, Given } from "./commands/common.ts";
import { upload } from "./commands/dataset.ts";
import { dev } from "./commands/dev.ts";
import { cohort, member } from "./commands/group.ts";
import { harvest } from "./commands/harvest.ts";
import { init } from "./commands/init.ts";
import { logs, rollback } from "./commands/install.ts";
import { prove } from "./commands/ledger.ts";
import { login } from "./commands/login.ts";
import { payouts, pledge } from "./commands/money.ts";
import { answerNeed, needs } from "./commands/need.ts";
import { key, rotate, signUp } from "./commands/party.ts";
import { publiccode } from "./commands/publiccode.ts";
import { publish, versions } from "./commands/publish.ts";
import { test } from "./commands/test.ts";
import { texts } from "./commands/texts.ts";
import { validate } from "./commands/validate.ts";
import { vouch } from "./commands/vouch.ts";
import { fail, tell } from "./output.ts";
import { Trouble } from "./trouble.ts";

const commands: Record<string, Command> = {
  init,
  dev,
  validate,
  test,
  texts,
  login,
  key,
  "party sign-up": signUp,
  "party vouch": vouch,
  "party payouts": payouts,
  "party pledge": pledge,
  "party rotate": rotate,
  publish,
  versions,
  publiccode,
  "advisory publish": publishAdvisory,
  "advisory list": listAdvisories,
  "advisory withdraw": withdrawAdvisory,
  rollback,
  logs,
  "city add": add,
  "city export": exportCity,
  "city import": importCity,
  "city package": packageCity,
  "need list": needs,
  "need answer": answerNeed,
  "group member": member,
  "group cohort": cohort,
  "dataset upload": upload,
  "dataset harvest": harvest,
  "ledger prove": prove,
};

/** Reads the command line, runs one command, and sets how the process ends. */
export async function main(argv: readonly string[]): Promise<void> {
  const flags = { json: argv.includes("--json"), quiet: argv.includes("--quiet") };
  try {
    const words = argv.filter((word) => !word.startsWith("-"));
    const name = [words.slice(0, 2).join(" "), words[0] ?? ""].find((one) => Object.hasOwn(commands, one));
    const asksHelp = argv.includes("--help") || argv.includes("-h");
    if (name === undefined) {
      if (asksHelp || argv.length === 0) return console.log(overview());
      throw new Trouble(
        "usage",
        `There is no command ${words.slice(0, 2).join(" ") || argv[0]}.`,
        `There are ${Object.keys(commands).join(", ")}.`,
        "hansa --help",
      );
    }
    const command = commands[name]!;
    if (asksHelp) return console.log(await help(name, command));
    tell(await command.run(read(name, command, withoutName(argv, name))), flags);
  } catch (error) {
    fail(error, flags);
  }
}

/** The arguments after the command's own words, which come first but for flags before them. */
function withoutName(argv: readonly string[], name: string): string[] {
  const rest = [...argv];
  for (const word of name.split(" ")) rest.splice(rest.indexOf(word), 1);
  return rest;
}

// citty reads the words; it lets unknown flags and spare words pass, and a mistyped --dry-run must not publish.
function read(name: string, command: Command, rest: string[]): Given {
  const more = `hansa ${name} --help`;
  const parsed = (() => {
    try {
      return parseArgs(rest, command.args as ArgsDef);
    } catch (error) {
      const what = stripVTControlCharacters((error as Error).message).replace(/\.?$/, ".");
      throw new Trouble("usage", what, "Without it the command does not know what to do.", more);
    }
  })();
  const camel = (word: string) => word.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const known = new Set(["_", ...Object.keys(command.args).flatMap((arg) => [arg, camel(arg)])]);
  const unknown = Object.keys(parsed).find((arg) => !known.has(arg));
  if (unknown) throw new Trouble("usage", `There is no flag --${unknown}.`, `hansa ${name} does not know it.`, more);
  const places = Object.values(command.args).filter((arg) => arg.type === "positional").length;
  if (parsed._.length > places)
    throw new Trouble(
      "usage",
      `${parsed._[places]} is one word too many.`,
      `hansa ${name} takes ${places === 0 ? "none" : places}.`,
      more,
    );
  const missing = Object.entries(command.args).find(([arg, { required }]) => required && !parsed[arg]);
  if (missing) throw new Trouble("usage", `--${missing[0]} is missing.`, missing[1].description, more);
  return new Given(parsed as Record<string, unknown>);
}

async function help(name: string, command: Command): Promise<string> {
  const definition = defineCommand({
    meta: { name: `hansa ${name}`, description: command.summary },
    args: command.args as ArgsDef,
  });
  const usage = await renderUsage(definition as unknown as CommandDef);
  const text = `${usage}\n\nEXAMPLES\n\n${command.examples.map((example) => `  ${example}`).join("\n")}\n`;
  return process.env["NO_COLOR"] || !process.stdout.isTTY ? stripVTControlCharacters(text) : text;
}

const overview = () =>
  [
    "hansa: write modules, publish them, and run a house of cities",
    "",
    ...Object.entries(commands).map(([name, { summary }]) => `  hansa ${name.padEnd(18)} ${summary}`),
    "",
    "EXAMPLES",
    "",
    "  hansa init fair-water --name my-party/fair-water",
    '  hansa party sign-up --name my-party --title "My party" --contact hello@my-party.example',
    "  hansa publish fair-water",
    "",
    "ENVIRONMENT  HANSA_HOUSE (address), HANSA_TOKEN (operator, or a city’s key), HANSA_CONFIG (folder of keys), NO_COLOR",
    "ENDS WITH    0 done · 1 a mistake in hansa, or a ledger that is not sound · 2 used wrongly · 3 the module has mistakes",
    "             4 the house refused · 5 the house does not answer",
    "",
    "hansa <command> --help says more. Nothing is reported to anyone.",
  ].join("\n");
