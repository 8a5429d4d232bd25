import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the heap of a process that reads millions of rows, each forgotten at once, near what it holds (an import, and the service that projects it):
 * the room for young objects does not grow to three times 32 MB, and old ones are collected at half as much again as lived last time. A fifth more processor time for 100 MB less. V8 reads
 * both flags whenever it would grow, so they hold from here on.
 */
export const keepHeapSmall = (): void => {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
};
