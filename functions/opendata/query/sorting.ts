import { setImmediate } from "node:timers/promises";

/** So many are sorted, or merged, before others have their turn: about 20 ms. */
const AT_ONCE = 20_000;

/** The numbers from 0 to `count` in an order that tells any two apart; whoever else asks is answered meanwhile. */
export async function inOrder(count: number, compare: (a: number, b: number) => number): Promise<number[]> {
  let from: number[] = Array.from({ length: count }, (_, i) => i);
  if (count <= AT_ONCE) return from.sort(compare);
  for (let start = 0; start < count; start += AT_ONCE) {
    const run = from.slice(start, start + AT_ONCE).sort(compare);
    for (let i = 0; i < run.length; i++) from[start + i] = run[i]!;
    await setImmediate();
  }
  let to = new Array<number>(count).fill(0);
  for (let width = AT_ONCE; width < count; width *= 2) {
    let sinceTurn = 0;
    for (let start = 0; start < count; start += 2 * width) {
      const [middle, end] = [Math.min(start + width, count), Math.min(start + 2 * width, count)];
      let [left, right] = [start, middle];
      for (let at = start; at < end; at++) {
        const takesLeft = right >= end || (left < middle && compare(from[left]!, from[right]!) <= 0);
        to[at] = takesLeft ? from[left++]! : from[right++]!;
        if (++sinceTurn < AT_ONCE) continue;
        sinceTurn = 0;
        await setImmediate();
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
