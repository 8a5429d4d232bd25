import { LIVE_SCHEMA } from '../sql.ts';
import { generationsSql } from './generations.ts';
import { runnerSql } from './runner.ts';
import { searchIndexSql } from './search.ts';
import { readModelSql, replacesIndexSql, snapshotSql } from '../schema.ts';

/** The migrations of the read model, run once by the administrator, in this order. */
export const readMigrations: { name: string; up: string }[] = [
  { name: 'read-0001-read-model', up: readModelSql(LIVE_SCHEMA) },
  { name: 'read-0002-runner', up: runnerSql(LIVE_SCHEMA) },
  { name: 'read-0003-snapshots', up: `${snapshotSql(LIVE_SCHEMA)}\n${replacesIndexSql(LIVE_SCHEMA)}` },
  { name: 'read-0004-generations', up: generationsSql },
  {
    name: 'read-0005-lane-codes',
    up: `alter table ${LIVE_SCHEMA}.projection_lane_error add column if not exists code text not null default 'FAULT'`,
  },
  { name: 'read-0006-search', up: searchIndexSql(LIVE_SCHEMA) },
];
