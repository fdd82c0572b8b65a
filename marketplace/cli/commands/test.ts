import { processSandbox } from "../../../shared/sandbox/index.ts";
import { proofsOf } from "../../check/proofs.ts";
import { readModule } from "../files.ts";
import { ownTests } from "../tests.ts";
import { Trouble } from "../trouble.ts";
import { type Command, everywhere } from "./common.ts";

export const test: Command = {
  summary: "Run a module’s own tests, and its examples as the house will",
  args: { ...everywhere, folder: { type: "positional", description: "Where it is", default: "." } },
  examples: ["hansa test", "hansa test fair-water --json"],
  async run(args) {
    const folder = args.must("folder");
    const { module } = await readModule(folder);
    const tests = await ownTests(folder);
    const examples = await proofsOf(module.parts, processSandbox("hansa"));
    const all = [
      ...tests.map(({ file, ...one }) => ({ ...one, at: file })),
      ...examples.map(({ part, ...one }) => ({ ...one, at: part })),
    ];
    const wrong = all.filter(({ holds }) => !holds);
    if (wrong.length > 0)
      throw new Trouble(
        "invalid",
        `${wrong.length} of ${all.length} do not hold.`,
        `Of ${counted(tests.length, "test")} and ${counted(examples.length, "example")}:`,
        "Mend the program or what is expected of it, and run `hansa test` again.",
        wrong.map(({ at, name, reason = "" }) => ({ at, detail: `${name}: ${reason}` })),
      );
    return {
      json: { tests, examples },
      lines: [
        ...all.map(({ at, name }) => `✓ ${at}  ${name}`),
        `${counted(tests.length, "test")} and ${counted(examples.length, "example")} hold.`,
      ],
    };
  },
};

const counted = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
