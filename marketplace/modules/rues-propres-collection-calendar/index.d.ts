export interface Collection {
  zone?: unknown;
  weekday?: unknown;
  kind?: unknown;
}
export interface Effect {
  scope: string;
  fields: Record<string, string>;
}
export function run(
  event: { weekday: number; tomorrow: string },
  reads: { calendar?: readonly Collection[] },
): Effect[];
export function weekdayIn(text: unknown): number | undefined;
export function messageFor(kind: unknown): string;
