import type { Values } from '../domain/entities.ts';
import type { NamedSeat } from './holder-actor.ts';
import { derivedId } from './identity.ts';
import { pastSteps } from './past.ts';
import { type Pay, type RowFinding, rowFinding } from './rows.ts';
import type { SeatContext } from './seats.ts';

/** Puts the pay of an actor, or ends it where the file speaks of pay and says none. */
export const putPay = (
  holderId: string,
  actor: string,
  list: readonly NamedSeat[],
  context: SeatContext,
  has: (column: string) => boolean,
): RowFinding[] => {
  const paid = list.find((p) => p.holder.pay !== null);
  const id = derivedId(context.tenant, context.source, 'compensation', holderId);
  const first = list[0] as NamedSeat;
  if (!paid?.holder.pay) {
    if (has('holder_pay')) context.out.end('compensation', id, first.seat.row.line, first.seat.id);
    return [];
  }
  const { amount, basis, currency } = paid.holder.pay;
  const { view, out } = context;
  const said = ({ pay }: { pay: Pay }): Values => ({ actor_id: actor, ...pay, status: 'active' });
  const steps = pastSteps(paid.seat.row.history?.pays ?? [], view.from, said, paid.seat.row.line);
  const [begin] = steps;
  if (begin) {
    const made = !view.has(id);
    if (made) out.put({ kind: 'compensation', id, line: begin.line, from: begin.from, make: begin.set, seat: first.seat.id });
    out.steps('compensation', id, steps, made, first.seat.id);
    return [];
  }
  out.put({
    kind: 'compensation',
    id,
    line: paid.seat.row.line,
    make: { actor_id: actor, amount, basis, currency, status: 'active' },
    seat: first.seat.id,
  });
  return list
    .filter((p) => p.holder.pay !== null && JSON.stringify(p.holder.pay) !== JSON.stringify(paid.holder.pay))
    .map((p) =>
      rowFinding(
        p.seat.row.line,
        'holder_pay',
        p.holder.pay?.amount ?? '',
        'ROW_INVALID',
        `line ${paid.seat.row.line} says another pay of "${holderId}"`,
        'Say the same on every row of the holder, or say it once.',
      ),
    );
};
