import { actionTypes } from '../../domain/actions/index.ts';
import { metrics } from '../../domain/metrics.ts';
import { type Desk, hasAll } from '../desk.ts';
import { guides } from '../resources/guides.ts';

/** What a client may be offered for what was typed so far: values, and how many there are where that is known. */
export interface Completion {
  values: string[];
  total?: number;
}

/** Offers values for a text typed so far. Only what the caller may see; nothing where it may see nothing. */
export type Completer = (desk: Desk, typed: string) => Promise<Completion>;

/** The most values that the protocol takes in one answer. */
export const MOST = 100;

/** Names that begin with what was typed, then those that hold it elsewhere. */
export const amongNames =
  (names: (desk: Desk) => readonly string[]): Completer =>
  async (desk, typed) => {
    const text = typed.trim().toLowerCase();
    const found = names(desk).filter((n) => n.toLowerCase().includes(text));
    const begins = (name: string): number => (name.toLowerCase().startsWith(text) ? 0 : 1);
    return { values: found.sort((a, b) => begins(a) - begins(b)), total: found.length };
  };

export const completeGuides = amongNames((desk) => guides.filter((g) => hasAll(desk.has, g.abilities)).map((g) => g.name));
export const completeMetrics = amongNames(() => Object.keys(metrics));
export const completeActions = amongNames(() => [...actionTypes.keys()]);

/** The newest positions that begin with what was typed. */
export const completeEvents: Completer = async (desk, typed) => {
  if (!desk.may('audit.events') || !/^\d{0,15}$/.test(typed)) return { values: [] };
  const { events } = (await desk.call('audit.events', { limit: MOST, sentences: 0 })) as { events: { position: number }[] };
  return { values: events.map((e) => String(e.position)).filter((p) => p.startsWith(typed)) };
};
