/** Of one cell: how many people stand behind each of the sums that its figure is made of. */
export type People = readonly number[];

/** So few people that they might be known. Nobody is not anybody. */
const isSmall = (people: number, k: number): boolean => people > 0 && people < k;

/** Whether a figure may be shown at all. */
export const isTooFew = (people: People, k: number): boolean => people.some((one) => isSmall(one, k));

/**
 * Which cells are withheld while their total is public: those with too few people, and of the others as many, the
 * smallest first, as it takes that no withheld one follows from the total and those that are shown. So for each sum
 * that has a small cell at least two withheld cells have somebody in them, together at least k people, and not one
 * person each.
 *
 * @param k  3 or more
 * @returns by cell; undefined where that cannot be reached, and so none may be shown
 */
export function withheldCells(cells: readonly People[], k: number): boolean[] | undefined {
  const withheld = cells.map((people) => isTooFew(people, k));
  for (let sum = 0; sum < (cells[0]?.length ?? 0); sum++) {
    if (!cells.some((people) => isSmall(people[sum]!, k))) continue;
    const others = [...cells.keys()]
      .filter((i) => !withheld[i] && cells[i]![sum]! > 0)
      .sort((a, b) => cells[a]![sum]! - cells[b]![sum]!);
    while (
      !isHidden(
        cells.filter((_, i) => withheld[i]).map((people) => people[sum]!),
        k,
      )
    ) {
      const next = others.shift();
      if (next === undefined) return undefined;
      withheld[next] = true;
    }
  }
  return withheld;
}

/** Whether none of these follows from their sum; cells with nobody are known as such. */
function isHidden(people: readonly number[], k: number): boolean {
  const peopled = people.filter((one) => one > 0);
  const all = peopled.reduce((sum, one) => sum + one, 0);
  return peopled.length >= 2 && all >= k && all > peopled.length;
}
