import type { Change } from '../domain/changes.ts';

/** Most bytes of changes in one staged event. The store takes 1 MB with the envelope; personal fields grow when they are encrypted. */
export const BATCH_BYTES = 900_000;

const size = (change: Change): number => {
  const personal = change.personal ? 2 * Buffer.byteLength(JSON.stringify(change.personal)) + 400 : 0;
  return Buffer.byteLength(JSON.stringify(change)) + personal + 1;
};

/** Cuts changes, in their order, into batches below the limit. The same changes always give the same batches. */
export const batchesOf = (changes: readonly Change[], limit = BATCH_BYTES): Change[][] => {
  const batches: Change[][] = [];
  let batch: Change[] = [];
  let bytes = 0;
  for (const change of changes) {
    const n = size(change);
    if (batch.length > 0 && bytes + n > limit) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(change);
    bytes += n;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
};
