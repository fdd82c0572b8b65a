/** What one run may take. */
export interface Limits {
  /** Of the process's own time; one that does not answer within four times that by the wall's clock is killed. */
  timeMs: number;
  /** Signs of the answer as JSON. */
  outputMax: number;
  /** What the code takes for now; its chance comes from it too. */
  nowMs: number;
}

export interface Job extends Limits {
  code: string;
  name: string;
  /** JSON. */
  input: string;
}

/** The same on its way to the function that runs it on AWS. */
export interface SandboxEvent {
  code: string;
  name: string;
  input: unknown;
  limits: Limits;
}

/**
 * Why a run gave nothing: the code is wrong or threw, took too long, wanted too much memory, answered what is no
 * JSON or too much of it, or had no turn in time.
 */
export type Refusal = "code" | "time" | "memory" | "output" | "busy";

/** What became of a run, as whoever asked for it is told. */
export type Ran = { output: unknown } | { refused: Refusal; detail: string };

/** From the inside: JSON, or a refusal. */
export type Outcome = { output: string } | { refused: Refusal; detail: string };
