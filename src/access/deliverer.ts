import type { AccessDirectory } from './types.ts';

/**
 * Carries access events to the log that could not be delivered at once (the log was away, a process died between the two).
 * Starts with a sweep, then sweeps every `everyMs`. A sweep that fails is reported and tried again.
 */
export const accessDeliverer = (
  directory: Pick<AccessDirectory, 'deliver'>,
  onError: (error: unknown) => void,
  everyMs = 5_000,
): { start(): void; stop(): Promise<void> } => {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = true;
  const sweep = (): void => {
    running = directory
      .deliver()
      .then(() => undefined, onError)
      .then(() => {
        if (!stopped) timer = setTimeout(sweep, everyMs).unref();
      });
  };
  return {
    start() {
      if (!stopped) return;
      stopped = false;
      sweep();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
};
