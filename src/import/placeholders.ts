import type { Seat, SeatContext } from './seats.ts';
import { endPlacement, PLACEHOLDER, standing, unused } from './standing.ts';

/** One human without a name sits in an open seat of a row that is held; a seat that is vacant or closed loses its holder. */
export const putPlaceholder = (seat: Seat, context: SeatContext): void => {
  const { view, out, source } = context;
  const [kept, ...others] = standing(context, seat.id);
  const held = seat.open && seat.row.holder !== null;
  for (const id of held ? others : kept ? [kept, ...others] : []) endPlacement(context, id, seat.row.line, seat.id);
  if (!held) return;
  const placement = kept ?? unused(context, 'placement', seat.identity);
  const actor = kept ? (view.at(kept, view.begins(kept))?.['actor_id'] as string) : unused(context, 'holder', seat.identity);
  out.put({
    kind: 'actor',
    id: actor,
    line: seat.row.line,
    compare: ['contract_fte'],
    seat: seat.id,
    make: {
      kind: 'human',
      external_uid: `${PLACEHOLDER}${actor}`,
      contract_fte: seat.fte,
      status: 'active',
      source_system: source,
      source_id: seat.source_id,
    },
  });
  out.put({
    kind: 'placement',
    id: placement,
    line: seat.row.line,
    compare: ['unit_id'],
    seat: seat.id,
    make: {
      actor_id: actor,
      unit_id: seat.unit,
      position_id: seat.id,
      allocation: '100',
      is_primary: true,
      role: 'member',
      status: 'active',
      source_system: source,
      source_id: seat.source_id,
    },
  });
};
