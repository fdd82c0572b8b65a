import { setImmediate } from "node:timers/promises";

/** So many are sorted, or merged, before others have their turn: about 20 ms. */
const AT_ONCE = 20_000;

/** The numbers from 0 to `count` in an order that tells any two apart; whoever else asks is answered meanwhile. */
export async function inOrder(count: number, compare: (a: number, b: number) => number): Promise<number[]> {
  if (count <= AT_ONCE) return Array.from({ length: count }, (_, i) => i).sort(compare);
  let from = new Uint32Array(count);
  for (let start = 0; start < count; start += AT_ONCE) {
    const length = Math.min(AT_ONCE, count - start);
    from.set(Array.from({ length }, (_, i) => start + i).sort(compare), start);
    await setImmediate();
  }
  let to = new Uint32Array(count);
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
  return Array.from(from);
}
