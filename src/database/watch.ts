/** Between two looks at the server's process, in ms. */
const LOOK_MS = 250;

/** What the watcher met, for the log. */
export type WatchNews = { what: 'gone' } | { what: 'back'; afterMs: number } | { what: 'failed'; error: unknown };

/**
 * Looks whether a server is gone and brings it back, again and again, until it is told to stop. One attempt at a time; an
 * attempt that fails is followed by the next. Does not keep the process alive.
 * @returns stops looking; an attempt under way ends on its own
 */
export const watchServer = (isGone: () => boolean, bringBack: () => Promise<void>, tell: (news: WatchNews) => void): (() => void) => {
  let busy = false;
  let goneSince: number | undefined;
  const look = async (): Promise<void> => {
    if (busy || !isGone()) return;
    busy = true;
    try {
      if (goneSince === undefined) tell({ what: 'gone' });
      goneSince ??= Date.now();
      await bringBack();
      tell({ what: 'back', afterMs: Date.now() - goneSince });
      goneSince = undefined;
    } catch (error) {
      tell({ what: 'failed', error });
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
};
