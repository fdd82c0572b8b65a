import { type Note, note, refuse } from "./note.ts";
import type { Hints } from "./source.ts";

/** How many layers a sentence names. */
const NAMED_MAX = 20;

/** The layer that is read: the one that was asked for, or the first. @throws {Unreadable} one that is not there */
export function layerOf(layers: string[], { layer }: Hints): { layer: string; notes: Note[] } {
  if (layer !== undefined) {
    const found =
      layers.find((name) => name === layer) ?? layers.find((name) => name.toLowerCase() === layer.toLowerCase());
    return {
      layer:
        found ?? refuse("layer.unknown", { value: layer.slice(0, 60), layers: layers.slice(0, NAMED_MAX).join(", ") }),
      notes: [],
    };
  }
  const [first] = layers;
  return { layer: first!, notes: layers.length > 1 ? [note("layer.first", { n: layers.length, value: first! })] : [] };
}
