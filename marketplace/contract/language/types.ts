import { type Aggregate, isAggregate, type Mistake, type Scalar, type Shape, type Tree, type Type } from "./tree.ts";

/** What a tree is worth over what is declared, or what is wrong with it. Its form is right already. */
export function typeOf(tree: Tree, shape: Shape): { type?: Type; mistakes: Mistake[] } {
  const mistakes: Mistake[] = [];
  const type = new Checker(mistakes).of(tree, shape, []);
  return { ...(type === undefined ? {} : { type }), mistakes };
}

/** What is wrong with a tree that has to be worth this. */
export function mistakesOf(tree: Tree, shape: Shape, wanted: Scalar): Mistake[] {
  const { type, mistakes } = typeOf(tree, shape);
  if (type === undefined || type === wanted || type === "none") return mistakes;
  return [...mistakes, { at: [], detail: `This is ${named(type)}, where ${named(wanted)} is needed.` }];
}

export const named = (type: Type): string =>
  typeof type === "string"
    ? { number: "a number", text: "a text", truth: "true or false", moment: "a day or an instant", none: "nothing" }[
        type
      ]
    : "list" in type
      ? `a list of ${{ number: "numbers", text: "texts", truth: "truths", moment: "moments" }[type.list]}`
      : "table" in type
        ? "a table"
        : "a record";

type At = readonly (string | number)[];
/** Undefined: wrong, and said so already. */
type Found = Type | undefined;

class Checker {
  constructor(private readonly mistakes: Mistake[]) {}

  private wrong(at: At, detail: string): undefined {
    this.mistakes.push({ at: [...at], detail });
  }

  of(tree: Tree, shape: Shape, at: At): Found {
    if (tree === null) return "none";
    if (typeof tree === "number") return "number";
    if (typeof tree === "string") return "text";
    if (typeof tree === "boolean") return "truth";
    const [operator, ...given] = tree;
    const child = (i: number) => this.of(given[i]!, shape, [...at, i + 1]);
    const demand = (i: number, ...wanted: Scalar[]) => this.demand(child(i), [...at, i + 1], wanted);
    if (isAggregate(operator)) return this.aggregate(operator, given, shape, at);
    switch (operator) {
      case "field":
        return this.field(given as string[], shape, at);
      case "list":
        return this.list(given, at);
      case "date":
        return "moment";
      case "and":
      case "or":
      case "not":
        for (const i of given.keys()) demand(i, "truth");
        return "truth";
      case "there":
        child(0);
        return "truth";
      case "<":
      case "<=":
      case ">":
      case ">=":
        this.same(demand(0, "number", "moment"), demand(1, "number", "moment"), at);
        return "truth";
      case "=":
      case "!=":
        // The same instant can be written in several ways: whoever means it asks for the hours between.
        this.same(demand(0, "number", "text", "truth"), demand(1, "number", "text", "truth"), at);
        return "truth";
      case "+":
      case "-":
      case "*":
      case "/":
        demand(0, "number");
        demand(1, "number");
        return "number";
      case "days":
      case "hours":
        demand(0, "moment");
        demand(1, "moment");
        return "number";
      case "if":
        demand(0, "truth");
        return this.same(this.scalar(child(1), [...at, 2]), this.scalar(child(2), [...at, 3]), at);
      case "in": {
        const [one, all] = [this.scalar(child(0), [...at, 1]), child(1)];
        if (all === undefined) return "truth";
        if (typeof all === "string" || !("list" in all)) this.wrong([...at, 2], `This is ${named(all)}, not a list.`);
        else this.same(one, all.list, at);
        return "truth";
      }
    }
  }

  private demand(found: Found, at: At, wanted: readonly Scalar[]): Found {
    if (found === undefined || found === "none" || wanted.includes(found as Scalar)) return found;
    return this.wrong(at, `This is ${named(found)}, where ${wanted.map(named).join(" or ")} is needed.`);
  }

  private scalar(found: Found, at: At): Found {
    return this.demand(found, at, ["number", "text", "truth", "moment"]);
  }

  /** Of two that must be alike. */
  private same(one: Found, other: Found, at: At): Found {
    if (one === undefined || one === "none") return other;
    if (other === undefined || other === "none" || one === other) return one;
    return this.wrong(at, `${named(one)} and ${named(other)} cannot stand together here.`);
  }

  private field(way: readonly string[], shape: Shape, at: At): Found {
    let [within, found]: [Shape, Found] = [shape, undefined];
    for (const [i, name] of way.entries()) {
      if (!Object.hasOwn(within, name))
        return this.wrong(
          [...at, i + 1],
          `There is no ${name} here, but ${Object.keys(within).slice(0, 20).join(", ") || "nothing"}.`,
        );
      found = within[name]!.type;
      if (i === way.length - 1) return found;
      if (typeof found === "string" || !("record" in found))
        return this.wrong([...at, i + 2], `${name} is ${named(found)}: nothing lies below it.`);
      within = found.record;
    }
    return found;
  }

  private list(given: readonly Tree[], at: At): Found {
    const types = new Set(given.map((one) => typeof one));
    if (types.size > 1) return this.wrong(at, "A list holds things of one kind.");
    return {
      list: ({ number: "number", string: "text", boolean: "truth" } as Record<string, Scalar>)[typeof given[0]]!,
    };
  }

  private aggregate(operator: Aggregate, given: readonly Tree[], shape: Shape, at: At): Found {
    if (Object.hasOwn(shape, "row")) return this.wrong(at, "Within a row there are no sums over a table.");
    const source = this.of(given[0]!, shape, [...at, 1]);
    if (source === undefined) return "number";
    if (typeof source === "string" || "record" in source) {
      this.wrong([...at, 1], `This is ${named(source)}, where a table or a list is needed.`);
      return "number";
    }
    if ("list" in source) {
      if (given.length > 1) this.wrong([...at, 2], "Of a list all is taken.");
      if (operator !== "count") this.demand(source.list, [...at, 1], ["number"]);
      return "number";
    }
    const withRow = { ...shape, row: { type: { record: source.table } } };
    const [value, where] = operator === "count" ? [0, 1] : [1, 2];
    if (value > 0) {
      if (given[value] === undefined) this.wrong(at, `${operator} of a table needs to know what of a row.`);
      else this.demand(this.of(given[value], withRow, [...at, value + 1]), [...at, value + 1], ["number"]);
    }
    if (given[where] !== undefined)
      this.demand(this.of(given[where], withRow, [...at, where + 1]), [...at, where + 1], ["truth"]);
    return "number";
  }
}
