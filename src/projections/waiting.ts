import { type Code, type Refusal, refuse } from '../domain/codes.ts';

/** What a caller hears whose position the projection cannot reach: its lane stands still before it. */
export const standsStill = (position: number, code: Code): Refusal =>
  refuse(
    'UNAVAILABLE',
    `the projection of this tenant stands still before position ${position} (${code})`,
    { wayOut: 'See status.get; reads of earlier positions (as_of) work.' },
    { event_position: position, code },
  );

/** What a caller hears whose position the projection has not reached in time. */
export const tooLate = (position: number, wanted: number): Refusal =>
  refuse('UNAVAILABLE', `the projection has reached position ${position}, not ${wanted}, in time`, {}, { event_position: position });

/** Resolves after `ms`, or when the signal aborts. */
export const waiting = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
