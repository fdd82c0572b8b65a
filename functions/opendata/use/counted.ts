import { RECORDS } from "../domain.ts";

/** How a dataset is used: its page is looked at, it is downloaded whole, or a program asks for its rows. */
export const KINDS = ["views", "downloads", "calls"] as const;
export type Kind = (typeof KINDS)[number];
export type Counts = Record<Kind, number>;

export interface Used {
  slug: string;
  kind: Kind;
}

const SLUG = "([a-z0-9-]{1,80})";
const PATHS: readonly (readonly [RegExp, Kind])[] = [
  [new RegExp(`^/data/${SLUG}(?:/embed|/changes)?/?$`), "views"],
  [new RegExp(`^/data/${SLUG}/export\\.[a-z]+(?:\\.zip)?$`), "downloads"],
  [new RegExp(`^/api/explore/v2\\.1/catalog/datasets/${SLUG}/exports/[a-z]+$`), "downloads"],
  [new RegExp(`^/v1/datasets/${SLUG}/(?:records|changes)$`), "calls"],
  [new RegExp(`^/ogc/collections/${SLUG}/(?:items(?:/.*)?|tiles/[^/]+/\\d+/\\d+/\\d+)$`), "calls"],
  [new RegExp(`^/api/explore/v2\\.1/catalog/datasets/${SLUG}/(?:records|facets)$`), "calls"],
];

/** Which dataset a path below a city uses, and how; what only asks about the catalogue uses none. */
export function usedBy(path: string): Used | undefined {
  for (const [pattern, kind] of PATHS) {
    const slug = pattern.exec(path)?.[1];
    if (slug !== undefined) return slug === RECORDS ? undefined : { slug, kind };
  }
  return undefined;
}

const none = (): Counts => ({ views: 0, downloads: 0, calls: 0 });

/** Counts by dataset of one day. */
export class DayCounts {
  readonly bySlug = new Map<string, Counts>();

  add({ slug, kind }: Used, by = 1): void {
    let counts = this.bySlug.get(slug);
    if (!counts) {
      counts = none();
      this.bySlug.set(slug, counts);
    }
    counts[kind] += by;
  }
  /** As it is kept: by dataset, in the order of `KINDS`. */
  kept(): Record<string, number[]> {
    return Object.fromEntries([...this.bySlug].map(([slug, counts]) => [slug, KINDS.map((kind) => counts[kind])]));
  }
  take(kept: Record<string, number[]>): void {
    for (const [slug, counts] of Object.entries(kept))
      for (const [i, kind] of KINDS.entries()) this.add({ slug, kind }, counts[i] ?? 0);
  }
  total(): number {
    return [...this.bySlug.values()].reduce((sum, { views, downloads, calls }) => sum + views + downloads + calls, 0);
  }
}
