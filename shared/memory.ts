/**
 * Gives back at once what bytes take that are needed no more. Left alone they go when the heap is next collected, and
 * that waits for the heap to grow: of what lies beside it, as bytes do, many megabytes may pile up meanwhile.
 *
 * @param bytes  nobody looks at them again; where they are part of something larger, nothing is done
 */
export function letGo(bytes: Uint8Array): void {
  if (bytes.byteLength > 0 && bytes.byteLength === bytes.buffer.byteLength) (bytes.buffer as ArrayBuffer).transfer(0);
}
