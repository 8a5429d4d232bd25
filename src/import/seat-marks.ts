import type { SeatRow } from './rows.ts';

/** What of a row is yes or no; marks are added up, in a byte. */
export const ANONYMOUS = 1;
export const CLOSED = 2;
export const TO_NOBODY = 4;
export const MENDED = 8;
export const REROUTED = 16;
export const PARKED = 32;
export const LEFT_OUT = 64;
export const HEAD = 128;

/** The marks of a row as the file has it. */
export const marksOf = (row: SeatRow): number =>
  (row.anonymous ? ANONYMOUS : 0) |
  (row.status === 'closed' ? CLOSED : 0) |
  (row.reporting === 'none' ? TO_NOBODY : 0) |
  (row.head ? HEAD : 0);
