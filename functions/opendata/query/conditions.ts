import { Fault } from "../../../shared/errors.ts";
import type { Cell } from "../schema.ts";
import type { Comparison, Filter } from "./filter.ts";

const TEXT_MAX = 4_000;
export const DEPTH_MAX = 40;
// A name needs no quotes for letters of any script, nor for the colons and full stops that CQL2 has in names.
const TOKEN =
  /\s*(?:("(?:[^"]|"")+"|`[^`]+`)|('(?:[^']|'')*')|((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|((?:[A-Za-z_:]|[^\p{ASCII}\s])(?:[\w:.]|[^\p{ASCII}\s])*)|(<>|!=|<=|>=|[=<>(),*+;-]))/uy;

export interface Token {
  kind: "name" | "quoted" | "text" | "number" | "sign";
  value: string;
}

/** Where backticks quote names, double quotes quote texts. */
export interface Dialect {
  hasBackticks?: boolean;
}

export const wrong = (detail: string): Fault => new Fault("malformed", detail);

/** What every row fits, and what none does. */
export const constant = (isTrue: boolean): Filter => ({ op: isTrue ? "and" : "or", of: [] });

/** Each comparison as it is where its two sides have changed places. */
const TURNED: Record<Comparison, Comparison> = { "=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<=" };
export const isComparison = (sign: string): sign is Comparison => Object.hasOwn(TURNED, sign);
export const turned = (by: Comparison): Comparison => TURNED[by];

function tokensOf(given: string, { hasBackticks = false }: Dialect): Token[] {
  if (given.length > TEXT_MAX) throw wrong(`A query has at most ${TEXT_MAX} signs.`);
  const tokens: Token[] = [];
  const text = given.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (!found) throw wrong(`Sign ${at + 1} is not understood: ${text.slice(at, at + 20).trim()}`);
    const [, quoted, literal, number, name, sign] = found;
    if (quoted?.startsWith("`") && !hasBackticks) throw wrong("Names stand in double quotes here.");
    if (quoted)
      tokens.push({
        kind: hasBackticks && quoted.startsWith('"') ? "text" : "quoted",
        value: quoted.slice(1, -1).replaceAll('""', '"'),
      });
    else if (literal) tokens.push({ kind: "text", value: literal.slice(1, -1).replaceAll("''", "'") });
    else if (number) tokens.push({ kind: "number", value: number });
    else if (name) tokens.push({ kind: "name", value: name });
    else tokens.push({ kind: "sign", value: sign === "!=" ? "<>" : sign! });
  }
  return tokens;
}

/**
 * Reads conditions as SQL writes them: what SQL's WHERE and OGC's CQL2 have in common. A language of its own extends
 * it by what it has besides.
 */
export class Conditions {
  private at = 0;
  private readonly tokens: readonly Token[];
  constructor(text: string, dialect: Dialect = {}) {
    this.tokens = tokensOf(text, dialect);
  }

  condition(depth: number): Filter {
    if (depth > DEPTH_MAX) throw wrong("The condition is nested too deeply.");
    const any = [this.all(depth)];
    while (this.hasWord("or")) any.push(this.all(depth));
    return any.length === 1 ? any[0]! : { op: "or", of: any };
  }
  private all(depth: number): Filter {
    const all = [this.one(depth)];
    while (this.hasWord("and")) all.push(this.one(depth));
    return all.length === 1 ? all[0]! : { op: "and", of: all };
  }
  protected one(depth: number): Filter {
    if (depth > DEPTH_MAX) throw wrong("The condition is nested too deeply.");
    if (this.hasWord("not")) return { op: "not", of: this.one(depth + 1) };
    if (this.takes("(")) {
      const inner = this.condition(depth + 1);
      this.sign(")");
      return inner;
    }
    return this.isValue() ? this.behind(this.value()) : this.about(this.name("a column"));
  }

  /** What stands behind a value: a comparison with a column. TRUE and FALSE are conditions by themselves. */
  protected behind(value: Cell): Filter {
    const token = this.tokens[this.at];
    if (token?.kind === "sign" && isComparison(token.value)) {
      this.at += 1;
      return this.compared(turned(token.value), value);
    }
    if (typeof value === "boolean") return constant(value);
    throw wrong(`Behind the value ${String(value).slice(0, 40)} a comparison with a column is expected.`);
  }
  /** A column that is compared with a value, from its name on. */
  protected compared(by: Comparison, value: Cell): Filter {
    return { op: "compare", column: this.name("a column"), by, value };
  }

  /** What is said of a column, from behind its name. */
  protected about(column: string): Filter {
    if (this.hasWord("is")) {
      const isNot = this.hasWord("not");
      this.word("null");
      return negated({ op: "empty", column }, isNot);
    }
    const isNot = this.hasWord("not");
    if (this.hasWord("in")) {
      this.sign("(");
      const values = [this.value()];
      while (this.takes(",")) values.push(this.value());
      this.sign(")");
      return negated({ op: "in", column, values }, isNot);
    }
    for (const word of ["like", "ilike"] as const)
      if (this.hasWord(word)) {
        const pattern = this.pattern(word);
        return negated({ op: "like", column, pattern, ignoresCase: word === "ilike" }, isNot);
      }
    if (this.hasWord("between")) {
      const from = this.value();
      this.word("and");
      const to = this.value();
      const both: Filter[] = [
        { op: "compare", column, by: ">=", value: from },
        { op: "compare", column, by: "<=", value: to },
      ];
      return negated({ op: "and", of: both }, isNot);
    }
    if (isNot) throw wrong("After NOT here, IN, LIKE or BETWEEN is expected.");
    const sign = this.next("a comparison");
    if (sign.kind !== "sign" || !isComparison(sign.value))
      throw wrong(`After the column ${column} a comparison is expected, not ${sign.value}.`);
    return { op: "compare", column, by: sign.value, value: this.value() };
  }

  protected pattern(word: string): string {
    const { kind, value } = this.next("a text");
    if (kind !== "text") throw wrong(`After ${word} a text in single quotes is expected.`);
    return value;
  }
  /** Whether a value comes next, and not a column. */
  protected isValue(): boolean {
    const token = this.tokens[this.at];
    if (token?.kind === "name") return /^(?:true|false)$/i.test(token.value);
    return token?.kind === "text" || token?.kind === "number" || (token?.kind === "sign" && token.value === "-");
  }

  protected value(): Cell {
    const isNegative = this.takes("-");
    const token = this.next("a value");
    if (token.kind === "number") return Number(token.value) * (isNegative ? -1 : 1);
    if (isNegative) throw wrong("After a minus a number is expected.");
    if (token.kind === "text") return token.value;
    const word = token.kind === "name" ? token.value.toLowerCase() : "";
    if (word === "true" || word === "false") return word === "true";
    if (word === "null") return null;
    throw wrong(`Here a value is expected, not ${token.value}; texts stand in single quotes.`);
  }
  protected whole(): number {
    const { kind, value } = this.next("a whole number");
    if (kind !== "number" || !/^\d{1,15}$/.test(value)) throw wrong(`Here a whole number is expected, not ${value}.`);
    return Number(value);
  }
  protected name(what: string): string {
    const { kind, value } = this.next(what);
    if (kind === "name" || kind === "quoted") return value;
    throw wrong(`Here ${what} is expected, not ${value}.`);
  }
  protected next(what: string): Token {
    const token = this.tokens[this.at++];
    if (!token) throw wrong(`The query ends where ${what} is expected.`);
    return token;
  }
  protected takesText(): string | undefined {
    const token = this.tokens[this.at];
    if (token?.kind !== "text") return undefined;
    this.at += 1;
    return token.value;
  }
  protected hasWord(word: string): boolean {
    const token = this.tokens[this.at];
    if (token?.kind !== "name" || token.value.toLowerCase() !== word) return false;
    this.at += 1;
    return true;
  }
  /** Whether a word comes next with a bracket behind it: else it may be a column of that name. */
  protected isCall(word: string): boolean {
    const token = this.tokens[this.at];
    return token?.kind === "name" && token.value.toLowerCase() === word && this.isBracket(this.at + 1);
  }
  protected isBracket(at = this.at): boolean {
    const token = this.tokens[at];
    return token?.kind === "sign" && token.value === "(";
  }
  protected word(word: string): void {
    if (!this.hasWord(word))
      throw wrong(`Here ${word.toUpperCase()} is expected, not ${this.tokens[this.at]?.value ?? "the end"}.`);
  }
  protected takes(sign: string): boolean {
    const token = this.tokens[this.at];
    if (token?.kind !== "sign" || token.value !== sign) return false;
    this.at += 1;
    return true;
  }
  protected sign(sign: string): void {
    if (!this.takes(sign)) throw wrong(`Here ${sign} is expected, not ${this.tokens[this.at]?.value ?? "the end"}.`);
  }
  end(): void {
    this.takes(";");
    const rest = this.tokens[this.at];
    if (rest) throw wrong(`The query should end before ${rest.value}.`);
  }
}

const negated = (filter: Filter, isNot: boolean): Filter => (isNot ? { op: "not", of: filter } : filter);
