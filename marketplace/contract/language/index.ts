// Conditions and formulas, for modules and for rooms that decide by them.
export { evaluate, holds } from "./evaluate.ts";
export { sentenceOf } from "./says.ts";
export { NotRead, parse, print } from "./text.ts";
export { Expression, formMistakes, type Mistake, readsOf, type Shape, type Tree, type Type } from "./tree.ts";
export { mistakesOf, named, typeOf } from "./types.ts";
