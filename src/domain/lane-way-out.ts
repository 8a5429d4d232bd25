import { type Code, codes } from './codes.ts';

/** What to do about a lane that stands still, by its code. Nothing was skipped in any case, and it goes on by itself. */
export const laneWayOut = (code: Code): string => {
  switch (code) {
    case 'UNAVAILABLE':
      return 'Bring back the database or the event store; the projection tries again by itself.';
    case 'LOG_BROKEN':
    case 'EVENT_UNKNOWN':
      return codes[code].wayOut;
    default:
      return 'Look for this position in the log of the service. When the cause is gone the projection goes on by itself; rows that were damaged are made anew by `orgonaut projection rebuild`.';
  }
};
