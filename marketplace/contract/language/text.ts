import { formMistakes, isAggregate, type Literal, type Operator, type Tree } from "./tree.ts";

// The short form, for people who write and read trees: `event.totalMinor > 10000 and count(readings where row.hour < 4) >= 3`.
// What is printed is read as the same tree.

const WORDS = ["and", "or", "not", "in", "if", "then", "else", "where", "of", "true", "false", "none"];
const CALLS = ["there", "days", "hours", "count", "sum", "mean", "min", "max", "date"];
/** What binds closer has the higher number; what stands alone the highest. */
const BINDS: Partial<Record<Operator, number>> = {
  if: 0,
  or: 1,
  and: 2,
  not: 3,
  ...{ "=": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, in: 4 },
  ...{ "+": 5, "-": 5, "*": 6, "/": 6 },
};
const ALONE = 9;
const PLAIN = /^[A-Za-z][A-Za-z0-9_]*$/;

const bindsOf = (tree: Tree): number => (tree !== null && typeof tree === "object" ? (BINDS[tree[0]] ?? ALONE) : ALONE);

export function print(tree: Tree): string {
  if (tree === null) return "none";
  if (typeof tree !== "object") return JSON.stringify(tree);
  const [operator, ...given] = tree;
  const binds = bindsOf(tree);
  const within = (one: Tree, least: number) => (bindsOf(one) < least ? `(${print(one)})` : print(one));
  if (isAggregate(operator)) {
    const [value, where] = operator === "count" ? [undefined, given[1]] : [given[1], given[2]];
    const of = value === undefined ? "" : `${print(value)} of `;
    return `${operator}(${of}${print(given[0]!)}${where === undefined ? "" : ` where ${print(where)}`})`;
  }
  switch (operator) {
    case "field":
      return (given as string[]).map(nameText).join(".");
    case "list":
      return `[${given.map(print).join(", ")}]`;
    case "there":
    case "days":
    case "hours":
    case "date":
      return `${operator}(${given.map(print).join(", ")})`;
    case "if":
      return `if ${within(given[0]!, 1)} then ${within(given[1]!, 1)} else ${within(given[2]!, 1)}`;
    case "not":
      return `not ${within(given[0]!, binds)}`;
    case "and":
    case "or":
      return given.map((one) => within(one, binds + 1)).join(` ${operator} `);
    case "+":
    case "-":
    case "*":
    case "/":
      return `${within(given[0]!, binds)} ${operator} ${within(given[1]!, binds + 1)}`;
    default:
      return given.map((one) => within(one, binds + 1)).join(` ${operator} `);
  }
}

const nameText = (name: string, at: number): string =>
  PLAIN.test(name) && !(at === 0 && [...WORDS, ...CALLS].includes(name)) ? name : `\`${name}\``;

/** A mistake in the short form, and at which sign. */
export class NotRead extends Error {
  override name = "NotRead";
  constructor(
    readonly at: number,
    detail: string,
  ) {
    super(`At sign ${at + 1}: ${detail}`);
  }
}

const TEXT_MAX = 8_000;
const NESTED_MAX = 100;
const TOKEN =
  /\s*(?:(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<text>"(?:[^"\\]|\\.)*")|(?<word>[A-Za-z][A-Za-z0-9_]*)|`(?<quoted>[^`]*)`|(?<sign><=|>=|!=|[-=<>+*/()[\],.]))/y;

interface Token {
  kind: "number" | "text" | "word" | "quoted" | "sign" | "end";
  text: string;
  at: number;
}

/** Reads the short form. @throws {NotRead} */
export function parse(text: string): Tree {
  const reader = new Reader(tokensOf(text));
  const tree = reader.all();
  const [mistake] = formMistakes(tree);
  if (mistake) throw new NotRead(0, mistake.detail);
  return tree;
}

function tokensOf(text: string): Token[] {
  if (text.length > TEXT_MAX) throw new NotRead(TEXT_MAX, `It has more than ${TEXT_MAX} signs.`);
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new NotRead(from, "This sign is not known here.");
    const [kind, found] = Object.entries(match.groups!).find(([, one]) => one !== undefined) as [Token["kind"], string];
    tokens.push({ kind, text: found, at: from });
  }
  return [...tokens, { kind: "end", text: "", at: end }];
}

class Reader {
  private next = 0;
  private nested = 0;
  constructor(private readonly tokens: readonly Token[]) {}

  private get here(): Token {
    return this.tokens[this.next]!;
  }
  private is(text: string, kind: Token["kind"] = /^[a-z]/.test(text) ? "word" : "sign"): boolean {
    return this.here.kind === kind && this.here.text === text;
  }
  private took(text: string): boolean {
    if (!this.is(text)) return false;
    this.next += 1;
    return true;
  }
  private demand(text: string): void {
    if (!this.took(text)) this.wrong(`${text} is missing.`);
  }
  private wrong(detail: string): never {
    throw new NotRead(this.here.at, detail);
  }

  all(): Tree {
    const tree = this.expression();
    if (this.here.kind !== "end") this.wrong("This does not belong here.");
    return tree;
  }

  private expression(): Tree {
    if (++this.nested > NESTED_MAX) this.wrong("It is nested too deeply.");
    const tree = this.took("if") ? this.choice() : this.many("or", () => this.many("and", () => this.negation()));
    this.nested -= 1;
    return tree;
  }

  private choice(): Tree {
    const condition = this.expression();
    this.demand("then");
    const then = this.expression();
    this.demand("else");
    return ["if", condition, then, this.expression()];
  }

  private many(operator: "and" | "or", one: () => Tree): Tree {
    const all = [one()];
    while (this.took(operator)) all.push(one());
    return all.length === 1 ? all[0]! : [operator, ...all];
  }

  private negation(): Tree {
    let times = 0;
    while (this.took("not")) times += 1;
    let tree = this.comparison();
    for (; times > 0; times--) tree = ["not", tree];
    return tree;
  }

  private comparison(): Tree {
    const one = this.sum();
    const operator = (["=", "!=", "<=", ">=", "<", ">", "in"] as const).find((each) => this.took(each));
    return operator ? [operator, one, this.sum()] : one;
  }

  private sum(): Tree {
    let tree = this.product();
    for (;;) {
      const operator = (["+", "-"] as const).find((each) => this.took(each));
      if (!operator) return tree;
      tree = [operator, tree, this.product()];
    }
  }

  private product(): Tree {
    let tree = this.atom();
    for (;;) {
      const operator = (["*", "/"] as const).find((each) => this.took(each));
      if (!operator) return tree;
      tree = [operator, tree, this.atom()];
    }
  }

  private atom(): Tree {
    const { kind, text } = this.here;
    if (this.took("(")) {
      const tree = this.expression();
      this.demand(")");
      return tree;
    }
    if (this.is("[")) return ["list", ...this.separated("[", "]", () => this.literal())];
    if (kind === "word" && CALLS.includes(text) && this.tokens[this.next + 1]?.text === "(") return this.call(text);
    if (kind === "quoted" || (kind === "word" && !WORDS.includes(text))) return this.field();
    return this.literal();
  }

  private literal(): Literal {
    const sign = this.took("-") ? -1 : 1;
    const { kind, text } = this.here;
    this.next += 1;
    if (kind === "number") return sign * Number(text);
    if (sign === 1) {
      if (kind === "text") return this.quotation(text);
      if (kind === "word" && ["true", "false", "none"].includes(text)) return text === "none" ? null : text === "true";
    }
    this.next -= 1;
    return this.wrong("A value is missing here.");
  }

  private quotation(text: string): string {
    try {
      return JSON.parse(text) as string;
    } catch {
      this.next -= 1;
      return this.wrong("This text is not written as JSON writes it.");
    }
  }

  private field(): Tree {
    const way: string[] = [];
    do {
      const { kind, text } = this.here;
      if (kind !== "word" && kind !== "quoted") this.wrong("A name is missing here.");
      way.push(text);
      this.next += 1;
    } while (this.took("."));
    return ["field", ...way];
  }

  private call(name: string): Tree {
    this.next += 1;
    const operator = name as Operator;
    if (!isAggregate(operator)) return [operator, ...this.separated("(", ")", () => this.expression())];
    this.demand("(");
    const first = this.expression();
    const source = operator !== "count" && this.took("of") ? this.expression() : undefined;
    const where = this.took("where") ? [this.expression()] : [];
    this.demand(")");
    return source === undefined ? [operator, first, ...where] : [operator, source, first, ...where];
  }

  private separated<T>(open: string, close: string, one: () => T): T[] {
    this.demand(open);
    const all: T[] = [];
    do all.push(one());
    while (this.took(","));
    this.demand(close);
    return all;
  }
}
