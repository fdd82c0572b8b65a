export interface Hour {
  meterId: string;
  accountId?: string;
  day: string;
  hour: number;
  quantity: number;
  coverage: number;
}
export interface Effect {
  scope: string;
  about?: string;
  fields: Record<string, string | number | boolean>;
}
export function run(
  event: { meterIds?: string[] },
  reads: { nights?: readonly Hour[] },
  config: { litres: number; nights: number },
): Effect[];
export interface Night {
  day: string;
  lowest: number;
}
export function lowestOfNights(hours: readonly Hour[]): Night[];
export function runFromTheEnd(nights: readonly Night[], litres: number): Night[];
