import { Fault } from "../../../shared/errors.ts";

// Files of any size go out as they are made, and as fast as they are taken. What a process holds for them is bounded:
// each holds the bytes of a row group and some thousand rows, and so many are made at once. Others wait for their turn
// with nothing made; who takes nothing any more loses it.

const AT_ONCE = 6;
const WAITING_MAX = 24;
const AGAIN_S = 30;
const STALLS_MS = 120_000;

export interface Bounds {
  atOnce: number;
  waitingMax: number;
  stallsMs: number;
}

/** Hands files out to those who take them, so many at once. */
export function handingOut({ atOnce, waitingMax, stallsMs }: Bounds) {
  let sending = 0;
  const waiting: (() => void)[] = [];
  const turn = (): Promise<void> | undefined => {
    if (sending === atOnce) return new Promise((resolve) => waiting.push(resolve));
    sending += 1;
    return undefined;
  };
  const next = () => {
    const first = waiting.shift();
    if (first) first();
    else sending -= 1;
  };

  /**
   * Made as fast as it is taken; who hangs up ends it.
   * @throws {Fault} unavailable: too many wait already
   */
  return function streamed(parts: AsyncGenerator<string | Uint8Array>): ReadableStream<Uint8Array> {
    if (waiting.length >= waitingMax)
      throw new Fault("unavailable", "Many long files are being sent: try again.", { retryAfterS: AGAIN_S });
    const text = new TextEncoder();
    let state: "new" | "sending" | "ended" = "new";
    let stall: NodeJS.Timeout | undefined;
    const end = async () => {
      clearTimeout(stall);
      const before = state;
      state = "ended";
      if (before !== "sending") return;
      next();
      await parts.return(undefined);
    };
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          clearTimeout(stall);
          try {
            if (state === "new") {
              await turn();
              // Whoever hung up meanwhile leaves the turn to the next.
              if (state !== "new") return next();
              state = "sending";
            }
            const { done, value } = await parts.next();
            if (state === "ended") return;
            if (done) {
              controller.close();
              return await end();
            }
            controller.enqueue(typeof value === "string" ? text.encode(value) : value);
          } catch (error) {
            await end();
            throw error;
          }
          stall = setTimeout(() => {
            controller.error(new Error("nobody takes this file any more"));
            void end();
          }, stallsMs).unref();
        },
        cancel: end,
      },
      { highWaterMark: 0 },
    );
  };
}

/** Of what must be made. @throws {Fault} unavailable */
export const madeInTurn = handingOut({ atOnce: AT_ONCE, waitingMax: WAITING_MAX, stallsMs: STALLS_MS });
/** Of what lies there: little is held for it, and a map asks for many pieces at once. */
export const asItLies = handingOut({ atOnce: Infinity, waitingMax: Infinity, stallsMs: STALLS_MS });
