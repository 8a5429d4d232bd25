export { createSnapshot, type SnapshotNamed } from './create.ts';
export { listSnapshots, type Snapshot } from './list.ts';
