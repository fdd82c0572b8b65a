/**
 * As much of IAM's evaluation as the house's policies use: identity policies, wildcards, the condition operators below,
 * and the session's tag as a variable. Anything that it does not know throws: a policy that cannot be judged fails.
 */
export interface Statement {
  Effect: "Allow" | "Deny";
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** What is asked: a context key may have no value, one, or (for `ForAllValues`) many. */
export interface Ask {
  action: string;
  resource: string;
  context: Record<string, string | string[] | undefined>;
}

const list = (value: string | string[]): string[] => [value].flat();

/** `*` any signs, `?` one sign; everything else is itself. */
export function matches(pattern: string, value: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(value);
}

/** Replaces `${aws:PrincipalTag/city}`; a tag that is not there matches nothing. */
function resolved(pattern: string, context: Ask["context"]): string | undefined {
  let isKnown = true;
  const text = pattern.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => {
    const value = context[name];
    if (typeof value !== "string") isKnown = false;
    return typeof value === "string" ? value : "";
  });
  return isKnown ? text : undefined;
}

type Test = (wanted: string[], given: string[] | undefined, context: Ask["context"]) => boolean;
const equal: Test = (wanted, given, context) =>
  given?.some((value) => wanted.some((one) => resolved(one, context) === value)) ?? false;
const like: Test = (wanted, given, context) =>
  given?.some((value) => wanted.some((one) => likeOne(one, value, context))) ?? false;
const likeOne = (pattern: string, value: string, context: Ask["context"]): boolean => {
  const text = resolved(pattern, context);
  return text !== undefined && matches(text, value);
};

const OPERATORS: Record<string, Test> = {
  StringEquals: equal,
  StringLike: like,
  // IAM takes wildcards here too; no policy of the house has one.
  ArnEquals: equal,
  StringEqualsIfExists: (wanted, given, context) => given === undefined || equal(wanted, given, context),
  // True of no value at all: that is why `Null` stands beside it.
  "ForAllValues:StringLike": (wanted, given, context) =>
    (given ?? []).every((value) => wanted.some((one) => likeOne(one, value, context))),
  "ForAllValues:StringEquals": (wanted, given, context) =>
    (given ?? []).every((value) => wanted.some((one) => resolved(one, context) === value)),
  Null: (wanted, given) => wanted.every((one) => (one === "true") === (given === undefined || given.length === 0)),
};

function applies(statement: Statement, { action, resource, context }: Ask): boolean {
  const covers = (patterns: string[], value: string) => patterns.some((pattern) => likeOne(pattern, value, context));
  if (!list(statement.Action).some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase()))) return false;
  if (!covers(list(statement.Resource), resource)) return false;
  return Object.entries(statement.Condition ?? {}).every(([name, tests]) => {
    const test = OPERATORS[name];
    if (!test) throw new Error(`the condition operator ${name} is not known to the evaluator`);
    return Object.entries(tests).every(([key, wanted]) => {
      const given = context[key];
      return test(list(wanted), given === undefined ? undefined : list(given), context);
    });
  });
}

/** Is it admitted? Denied unless allowed, and an explicit deny is final. */
export function admitted(statements: readonly Statement[], ask: Ask): boolean {
  const applying = statements.filter((statement) => applies(statement, ask));
  return applying.some(({ Effect }) => Effect === "Allow") && !applying.some(({ Effect }) => Effect === "Deny");
}
