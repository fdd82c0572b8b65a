import { Trouble } from "./trouble.ts";

const PATIENCE_MS = 60_000;

/** Asks a house, and turns its refusals into what, why, what next. */
export async function ask(house: string, path: string, init: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(house + path, { ...init, redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).message;
    throw new Trouble(
      "unreachable",
      `${house} does not answer.`,
      String(cause),
      "Is the house running? Give its address with --house or HANSA_HOUSE.",
    );
  }
  if (answer.ok) return answer;
  const problem = (await answer.json().catch(() => ({}))) as {
    title?: string;
    detail?: string;
    instance?: string;
    errors?: { pointer: string; detail: string }[];
  };
  const what = `${house} refused this (${answer.status} ${problem.title ?? answer.statusText}).`;
  const details = (problem.errors ?? []).map(({ pointer, detail }) => ({ at: pointer, detail }));
  const exit = answer.status >= 500 ? "unreachable" : "refused";
  throw new Trouble(
    exit,
    what,
    problem.detail ?? "It gave no reason.",
    nextFor(answer.status, problem.instance),
    details,
  );
}

export const askJson = async <T>(
  house: string,
  path: string,
  init?: RequestInit,
): Promise<{ status: number; body: T }> => {
  const answer = await ask(house, path, init);
  return { status: answer.status, body: (await answer.json()) as T };
};

export const postJson = <T>(house: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
  askJson<T>(house, path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

function nextFor(status: number, instance: string | undefined): string {
  if (status === 401) return "Give a valid token with --token or HANSA_TOKEN.";
  if (status === 403) return "Ask the house's operator, or use the key that may do this.";
  if (status === 404)
    return "Check the name; `hansa versions <publisher/module>` and `hansa advisory list` show what there is.";
  if (status === 409) return "Give a new version or another name: what is published does not change.";
  if (status === 429) return "Wait a little and try again.";
  if (status >= 500) return `Try again later; if it stays so, tell the operator ${instance ?? "when it happened"}.`;
  return "Mend what is named above and try again.";
}
