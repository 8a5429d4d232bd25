import { type Code, codes } from './codes.ts';

/** What to do about a lane that stands still, by its code. Nothing was skipped in any case, and it goes on by itself. */
export const laneWayOut = (code: Code): string => {
  switch (code) {
    case 'UNAVAILABLE':
      return 'Bring back the database or the event store; the projection tries again by itself.';
    case 'LOG_BROKEN':
    case 'EVENT_UNKNOWN':
    case 'LOG_DIVERGED':
      return codes[code].wayOut;
    default:
      return 'Look for this position in the log of the service. When the cause is gone the projection goes on by itself; rows that were damaged are made anew by `orgonaut projection rebuild`.';
  }
};

/** What to do about a copy of the event store that stands still, by its code. Appends wait meanwhile, and it goes on by itself. */
export const copyWayOut = (code: Code): string => {
  switch (code) {
    case 'UNAVAILABLE':
      return 'Bring back the event store, or check EVENTSTORE_URL (host, port, tls, credentials); the copy tries again by itself.';
    case 'LOG_BROKEN':
    case 'LOG_DIVERGED':
      return 'Find out by `orgonaut replay --verify` which of the two was altered, and restore it from a backup; the copy goes on by itself.';
    default:
      return 'Look for the copy of the event store in the log of the service. When the cause is gone it goes on by itself.';
  }
};
