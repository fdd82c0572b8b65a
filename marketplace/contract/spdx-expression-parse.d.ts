declare module "spdx-expression-parse" {
  /** @throws {Error} when it is not an SPDX licence expression */
  export default function parse(expression: string): object;
}
