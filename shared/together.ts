/**
 * A reading that many ask for at a time, made once for all of them: whoever asks while one is under way gets the next,
 * together with all others who do. So each gets one that began after it asked, as if it had read alone.
 *
 * @param read  of `what` is asked for; each is shared with its like alone
 */
export function together<T>(read: (what: string) => Promise<T>): (what?: string) => Promise<T> {
  const running = new Map<string, Promise<unknown>>();
  const waiting = new Map<string, Promise<T>>();
  return (what = "") => {
    const before = waiting.get(what);
    if (before) return before;
    const next = (running.get(what) ?? Promise.resolve()).then(begin, begin);
    waiting.set(what, next);
    return next;

    function begin(): Promise<T> {
      waiting.delete(what);
      const begun = read(what);
      running.set(what, begun);
      const ended = () => running.get(what) === begun && running.delete(what);
      begun.then(ended, ended);
      return begun;
    }
  };
}
