/** One piece of work at a time per key, in the order of asking. Who gives up before its turn is passed over. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Rejects with the signal's reason when it aborts before the turn comes. */
  async take<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const { promise: mine, resolve: done } = Promise.withResolvers<void>();
    const chain = (before ?? Promise.resolve()).then(() => mine);
    this.#last.set(key, chain);
    void chain.then(() => {
      if (this.#last.get(key) === chain) this.#last.delete(key);
    });
    try {
      if (before) await until(before, signal);
      return await work();
    } finally {
      done();
    }
  }

  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}

const until = (turn: Promise<void>, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    void turn.then(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
