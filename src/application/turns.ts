/** Milliseconds that one decision may keep everybody else waiting. */
const AT_MOST_MS = 20;

/**
 * Lets the event loop go on when a long piece of work has held it long enough; undefined while it has not. One for each piece of
 * work: `const turn = eventLoopTurns(); … await turn();`. Rejects with the signal's reason at the first turn after it aborted.
 */
export const eventLoopTurns = (signal?: AbortSignal): (() => Promise<void> | undefined) => {
  let since = performance.now();
  return () => {
    if (performance.now() - since < AT_MOST_MS) return undefined;
    return new Promise((done, fail) => {
      setImmediate(() => {
        since = performance.now();
        if (signal?.aborted) fail(signal.reason);
        else done();
      });
    });
  };
};
