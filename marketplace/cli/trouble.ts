/** How `hansa` ends, for scripts. They are promised in the README and in `hansa --help`. */
export const EXIT = { done: 0, bug: 1, usage: 2, invalid: 3, refused: 4, unreachable: 5 } as const;

/** Something the user can act on: what happened, why, and what to do next. */
export class Trouble extends Error {
  override name = "Trouble";
  constructor(
    readonly exit: keyof typeof EXIT,
    readonly what: string,
    readonly why: string,
    readonly next: string,
    /** Mistakes one by one, where there are several. */
    readonly details: readonly { at: string; detail: string }[] = [],
  ) {
    super(`${what} ${why}`);
  }
}
