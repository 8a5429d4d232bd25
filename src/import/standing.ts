import { derivedId } from './identity.ts';
import type { SeatContext } from './seats.ts';

/** The external uid of a holder who is not told by name begins with this. */
export const PLACEHOLDER = 'placeholder:';

/** The placements of this source on a position that have not ended when they begin to count. */
export const standing = (context: SeatContext, position: string): string[] =>
  context.view.placedOn(position).filter((id) => {
    const values = context.view.at(id, context.view.begins(id));
    return values?.['status'] === 'active' && values['source_system'] === context.source;
  });

/** Ends a placement, and lets a holder go who was only ever a placeholder for this seat. */
export const endPlacement = (context: SeatContext, id: string, line: number, seat: string): void => {
  const { view, out } = context;
  out.end('placement', id, line, seat);
  const actor = view.at(id, view.begins(id))?.['actor_id'] as string;
  if (String(view.at(actor)?.['external_uid'] ?? '').startsWith(PLACEHOLDER)) out.end('actor', actor, line, seat);
};

/** The first id of this name that was never used: somebody new on a seat is somebody else. */
export const unused = (context: SeatContext, ...name: string[]): string => {
  for (let n = 1; ; n++) {
    const id = derivedId(context.tenant, context.source, ...name, n);
    if (!context.view.has(id) && !context.out.seen(id)) return id;
  }
};
