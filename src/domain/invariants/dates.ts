import { finding } from '../codes.ts';
import { addYears } from '../dates.ts';
import { type Invariant, inTurns, isActive } from './invariant.ts';

/** DATE_HORIZON: effective dates lie between 1900-01-01 and so many years after today. */
export const horizon: Invariant = (world, view) => {
  if (view === 'before') return [];
  const last = addYears(world.ctx.today, world.ctx.settings.horizon_years);
  return world.changes
    .filter((c) => c.effective_from < '1900-01-01' || c.effective_from > last)
    .map((c) =>
      finding('DATE_HORIZON', `${c.effective_from} is outside 1900-01-01 to ${last}`, { ids: [c.id], dates: [c.effective_from] }),
    );
};

/** DATE_ORDER: a thing is there for a day at least before it closes, exits or ends. */
export const startBeforeEnd: Invariant = (world, view) =>
  inTurns(world.touches, ({ kind, id }) => {
    const first = world.versions(view, kind, id)[0];
    if (!first || isActive(kind, first.values)) return [];
    return [
      finding(
        'DATE_ORDER',
        `${kind} ${world.name(kind, id, first.effective_from)} would end on the day it starts, ${first.effective_from}`,
        { ids: [id], dates: [first.effective_from] },
      ),
    ];
  });
