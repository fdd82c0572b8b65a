import type { Result, Router } from "hono/router";
import { TrieRouter } from "hono/router/trie-router";

/** So many paths, the last that were found: what is asked again and again is a handful. */
const PATHS_KEPT = 1_000;
/** A longer path is found each time: what is kept must be small, whoever asks. */
const PATH_KEPT_MAX = 200;

/**
 * Finds what a path is for as Hono does, and remembers it: below a city are several hundred routes, and to find one among
 * them costs as much as to answer. Of reads alone; where something is changed, more is done than to find it.
 */
export class RememberingRouter<T> implements Router<T> {
  readonly name = "RememberingRouter";
  private readonly finding = new TrieRouter<T>();
  private readonly known = new Map<string, Result<T>>();

  add(method: string, path: string, handler: T): void {
    this.finding.add(method, path, handler);
    this.known.clear();
  }

  match(method: string, path: string): Result<T> {
    if (method !== "GET" || path.length > PATH_KEPT_MAX) return this.finding.match(method, path);
    const known = this.known.get(path);
    if (known) return known;
    // A copy: a part of a text keeps the whole of it, and this is a part of an address with all that it asks.
    const own = Buffer.from(path).toString();
    const found = this.finding.match(method, own);
    if (this.known.size >= PATHS_KEPT) this.known.delete(this.known.keys().next().value!);
    this.known.set(own, found);
    return found;
  }
}
