import { invalidField } from "./errors.ts";

/** What an action was asked with: a query's texts, or a body's JSON. @throws {ActionError} of the field */
export class Asked {
  constructor(private readonly fields: Record<string, unknown>) {}

  text(name: string): string | undefined {
    const value = this.fields[name];
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    if (typeof value !== "string" || value.length > 4_000) throw invalidField(name, "Must be a text");
    return value;
  }
  demanded(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw invalidField(name, "Missing value");
    return value;
  }
  whole(name: string, otherwise: number, most: number): number {
    const value = this.text(name);
    if (value === undefined) return otherwise;
    if (!/^\d{1,15}$/.test(value)) throw invalidField(name, "Invalid integer");
    return Math.min(Number(value), most);
  }
  yes(name: string, otherwise: boolean): boolean {
    const value = this.text(name)?.toLowerCase();
    return value === undefined ? otherwise : ["true", "1", "yes", "on"].includes(value);
  }
  /** A list: an array, a JSON text of one, or names with commas between. */
  list(name: string): string[] | undefined {
    const value = this.structured(name);
    if (value === undefined) return undefined;
    const list = Array.isArray(value) ? value : String(value).split(",");
    return list.map((one) => String(one).trim()).filter((one) => one !== "");
  }
  /** An object: as it is, or as a JSON text, which is how a query must send it. */
  object(name: string): Record<string, unknown> | undefined {
    const value = this.structured(name);
    if (value === undefined) return undefined;
    if (typeof value !== "object" || Array.isArray(value)) throw invalidField(name, "Must be a JSON object");
    return value as Record<string, unknown>;
  }
  /** The same question as an address asks it, with some of it another way, or without it. */
  again(changes: Record<string, string | number | undefined>): URLSearchParams {
    const asked = Object.entries({ ...this.fields, ...changes }).flatMap(([name, value]): [string, string][] =>
      value === undefined || value === null || value === ""
        ? []
        : [[name, typeof value === "object" ? JSON.stringify(value) : String(value)]],
    );
    return new URLSearchParams(asked);
  }
  structured(name: string): unknown {
    const value = this.fields[name];
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
    try {
      return JSON.parse(value);
    } catch {
      throw invalidField(name, "Cannot parse JSON");
    }
  }
}
