import { z } from 'zod';
import { refuse } from '../codes.ts';
import { action, common, idOrRef, replaceLater, type Step, target, targetInAnyState } from './action.ts';

const positionExample = '0190f6a2-0000-7000-8000-000000000010';

export const freezePosition = action({
  type: 'position.freeze',
  title: 'Freeze a position',
  doc: 'Freezes a planned or open seat: it stays in the establishment and keeps its holders, but no placement begins on it while it is frozen.',
  schema: z.strictObject({ ...common('position.freeze'), ...replaceLater, position_id: idOrRef }),
  example: { type: 'position.freeze', position_id: positionExample, effective_on: '2026-07-01' },
  abilities: ['positions.read', 'placements.read'],
  *decide(input, step) {
    yield* target(step, 'position', input.position_id);
    step.set('PositionFrozen', input.position_id);
    return {};
  },
});

/** What the seat was before it was frozen; open where it was never anything else. */
const statusBeforeFreeze = (step: Step, seat: string): string => {
  const earlier = step.world
    .versions('after', 'position', seat)
    .findLast((v) => v.effective_from <= step.effective_on && ['planned', 'open'].includes(String(v.values.status)));
  return String(earlier?.values.status ?? 'open');
};

export const unfreezePosition = action({
  type: 'position.unfreeze',
  title: 'Lift the freeze of a position',
  doc: 'Lifts the freeze of a seat: it is planned or open again, as it was before. A seat that is not frozen stays as it is.',
  schema: z.strictObject({ ...common('position.unfreeze'), ...replaceLater, position_id: idOrRef }),
  example: { type: 'position.unfreeze', position_id: positionExample, effective_on: '2027-01-01' },
  abilities: ['positions.read'],
  *decide(input, step) {
    const { position_id: seat } = input;
    const { status } = yield* target(step, 'position', seat);
    step.set('PositionUnfrozen', seat, { status: status === 'frozen' ? statusBeforeFreeze(step, seat) : String(status) });
    return {};
  },
});

export const reopenPosition = action({
  type: 'position.reopen',
  title: 'Reopen a position',
  doc:
    'Opens a closed seat again, in the unit and with the line it had. Former holders and reports do not come back by themselves. Where its unit or manager is closed, ' +
    'give another with position.move or position.set_manager later in the same list.',
  schema: z.strictObject({ ...common('position.reopen'), ...replaceLater, position_id: idOrRef }),
  example: { type: 'position.reopen', position_id: positionExample, effective_on: '2027-01-01' },
  abilities: ['positions.read'],
  *decide(input, step) {
    const { position_id: seat } = input;
    const { status } = yield* targetInAnyState(step, 'position', seat);
    if (typeof status !== 'string') throw refuse('DATE_ORDER', `position ${seat} has no status on ${step.effective_on}`, { ids: [seat] });
    step.set('PositionReopened', seat, { status: status === 'closed' ? 'open' : status, close_reason: null });
    return {};
  },
});
