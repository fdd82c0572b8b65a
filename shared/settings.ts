import { z } from "zod";

/** What a process is told from outside, read once by `compose`. A wrong setting stops the process at its start. */
const Settings = z.object({
  /** Where the house runs: on one machine, or on AWS (or an emulator that speaks its port). */
  HANSA_HOME: z.enum(["embedded", "aws"]).default("embedded"),
  /** The address that visitors see, without a slash at the end; by default, the one they asked. */
  HANSA_ORIGIN: z.url().optional(),
  HANSA_CITY_TABLE: z.string().min(3).default("hansa-city"),
  HANSA_CONTROL_TABLE: z.string().min(3).default("hansa-control"),
  HANSA_MARKET_TABLE: z.string().min(3).default("hansa-market"),
  /** Embedded: the folder of everything that lasts. */
  HANSA_DATA: z.string().default(".hansa"),
  /** Where messages go: kept on a page for the operator, an SMTP server, or SES and SMS. */
  HANSA_MESSAGES: z.enum(["outbox", "smtp", "aws"]).default("outbox"),
  HANSA_SMTP_URL: z.string().optional(),
  HANSA_MAIL_FROM: z.string().default("no-reply@hansa.invalid"),
  /** `path` trusts the path alone: only for an emulator without tenant isolation; forbidden in production. */
  HANSA_TENANCY: z.enum(["required", "path"]).default("required"),
  /** Where the stateful stand-ins of all providers answer, for synthetic cities and tests; never with a live key. */
  HANSA_STAND_INS: z.url().optional(),
  /** Where remote parts of modules are told in synthetic cities, instead of at their own hosts: for tests. */
  HANSA_REMOTE_STAND_IN: z.url().optional(),
  /** The party of the marketplace that speaks for this house: it may warn of any module. */
  HANSA_HOUSE_PARTY: z.string().optional(),
  /**
   * Other houses whose marketplaces are mirrored here, with commas between: each its address, `#`, and the digest of
   * its first root (`https://hansa.example#sha256:9f86…`).
   */
  HANSA_MIRRORS: z.string().max(4_000).optional(),
  /** The generation of the keys by which the marketplace signs for mirrors; one more exchanges all of them. */
  HANSA_SIGNING_KEYS: z.coerce.number().int().min(1).max(1_000).default(1),
  HANSA_LOG: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  /** AWS: names of what the stacks made. */
  HANSA_CITY_BUCKET: z.string().optional(),
  HANSA_MARKET_BUCKET: z.string().optional(),
  /** Where outside systems lay files down, by city and source. */
  HANSA_DROP_BUCKET: z.string().optional(),
  /** Wraps the roots of the cities' secrets. */
  HANSA_KMS_KEY: z.string().optional(),
  /** Wraps the house's own root; only the control function has it. */
  HANSA_HOUSE_KEY: z.string().optional(),
  HANSA_DATA_ROLE: z.string().optional(),
  /** The longest answer, in bytes, that gateway and function take; a longer file is taken from the city's bucket. */
  HANSA_ANSWER_MAX: z.coerce.number().int().positive().default(4_400_000),
  HANSA_BELL_QUEUE: z.string().optional(),
  HANSA_WAKE_ROLE: z.string().optional(),
  /** What the house keeps of what modules cost, in hundredths of a percent. */
  HANSA_MODULE_FEE_BASIS_POINTS: z.coerce.number().int().min(0).max(2_000).default(500),
  /** The function that runs others' code; only those that have such code are told it. */
  HANSA_SANDBOX_FUNCTION: z.string().optional(),
});

export type Settings = z.infer<typeof Settings>;

/** @throws {Error} one sentence that names the setting and what is wrong with it */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => name in Settings.shape && value !== ""),
  );
  const read = Settings.safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Error(`The setting ${issue?.path.join(".")} is wrong: ${issue?.message}.`);
}
