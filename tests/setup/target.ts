/** Where a contract suite speaks to, and how it signs in as the house's operator. */
export interface TargetInfo {
  name: "embedded" | "emulator";
  url: string;
  operatorToken: string;
}

declare module "vitest" {
  interface ProvidedContext {
    target: TargetInfo;
  }
}

/** Trades the one-time link that a house prints at its first start for an operator's bearer token. */
export async function operatorToken(url: string, link: string): Promise<string> {
  const token = new URL(link).searchParams.get("token");
  const answer = await fetch(`${url}/control/v1/sessions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token }),
  });
  if (answer.status !== 201)
    throw new Error(`the operator's link was refused: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { token: string }).token;
}
