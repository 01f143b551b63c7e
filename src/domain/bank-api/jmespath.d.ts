/** What the package's own types leave out: an expression taken apart without being run. */
export {};

declare module "jmespath" {
  /** Throws for text that is no expression. */
  export function compile(expression: string): unknown;
}
