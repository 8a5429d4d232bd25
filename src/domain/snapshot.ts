import { z } from 'zod';
import { refuse } from './codes.ts';
import type { EventData } from './events.ts';

/** How reads name a snapshot where they take a point in history: `snapshot:NAME`. */
export const SNAPSHOT_PREFIX = 'snapshot:';

/** The name of a snapshot: one line of text, the same however its characters were composed. */
export const snapshotName = z
  .string()
  .transform((name) => name.trim().normalize('NFC'))
  .pipe(
    z
      .string()
      .min(1)
      .max(100)
      .regex(/^[^\p{Cc}\p{Cf}\u2028\u2029]*$/u, 'one line of text'),
  );

/**
 * What naming a position comes to beside the first event of the same name, where there is one: the same name for the same
 * position is done already, for another position it is taken. Names never move, so a citation that holds one holds for good.
 */
export const requireSameSnapshot = (first: EventData['SnapshotNamed'], asked: EventData['SnapshotNamed']): void => {
  if (first.position !== asked.position)
    throw refuse(
      'SNAPSHOT_NAME_TAKEN',
      `the snapshot ${JSON.stringify(asked.name)} names event position ${first.position}`,
      {},
      { ...first },
    );
};
