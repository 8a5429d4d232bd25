import { type Refusal, refuse } from '../../domain/codes.ts';

/** A Refusal LOG_ELSEWHERE: the tenant's log lives in the store that this process does not append to. */
export const logElsewhere = (tenant: number, where: 'eventstoredb' | 'postgresql' | 'moving'): Refusal =>
  where === 'eventstoredb'
    ? refuse('LOG_ELSEWHERE', `the log of tenant ${tenant} lives in EventStoreDB`, {
        wayOut: 'Set EVENTSTORE_URL, or move the log here with `orgonaut log copy --from URL`.',
      })
    : where === 'postgresql'
      ? refuse('LOG_ELSEWHERE', `the log of tenant ${tenant} lives in PostgreSQL`, {
          wayOut: 'Move it with `orgonaut log copy --to URL`, or start without EVENTSTORE_URL.',
        })
      : refuse('LOG_ELSEWHERE', `the log of tenant ${tenant} is being moved between the stores`, {
          wayOut: 'Wait until the move has ended, or end one that was broken off by running it again.',
        });
