import { EXIT, Trouble } from "./trouble.ts";

/** What a command answers: an object for `--json`, and lines for people. */
export interface Answer {
  json: object;
  lines: readonly string[];
}

export interface Flags {
  json?: boolean;
  quiet?: boolean;
}

/** The answer goes to stdout, alone: a script reads it whole. */
export function tell(answer: Answer, flags: Flags): void {
  if (flags.json) console.log(JSON.stringify(answer.json, null, 2));
  else if (!flags.quiet) for (const line of answer.lines) console.log(line);
}

/** Trouble goes to stderr (with `--json` as an object), and decides how the process ends. */
export function fail(error: unknown, flags: Flags): void {
  const trouble =
    error instanceof Trouble
      ? error
      : new Trouble(
          "bug",
          "hansa stopped unexpectedly.",
          error instanceof Error ? `${error.name}: ${error.message}` : String(error),
          "This is a mistake in hansa; please report it with the command that you gave (HANSA_DEBUG=1 shows where).",
        );
  process.exitCode = EXIT[trouble.exit];
  if (process.env["HANSA_DEBUG"] && error instanceof Error) console.error(error.stack);
  if (flags.json) {
    const { exit, what, why, next, details } = trouble;
    console.error(
      JSON.stringify({ error: { kind: exit, what, why, next, ...(details.length ? { details } : {}) } }, null, 2),
    );
    return;
  }
  console.error(`${red("✗")} ${trouble.what}`);
  if (trouble.why) console.error(`  Why:  ${trouble.why}`);
  for (const { at, detail } of trouble.details) console.error(`        ${at}  ${detail}`);
  console.error(`  Next: ${trouble.next}`);
}

const colours = (): boolean => process.stderr.isTTY === true && !process.env["NO_COLOR"];
const red = (text: string) => (colours() ? `\u001b[31m${text}\u001b[0m` : text);
