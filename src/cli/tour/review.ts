import type { Answer } from '../mcp-client.ts';
import { grouped, plain, table } from '../output.ts';
import type { Guide } from './guide.ts';

interface Node {
  id: string;
  name: string;
  kind: string;
  positions: number;
  children?: Node[];
}

export interface Seat {
  id: string;
  title: string;
  org_unit_id: string;
  org_unit_name?: string;
}

/** What the review found that the plan goes on with. */
export interface Reviewed {
  /** The effective date of the review, YYYY-MM-DD. */
  today: string;
  vacant: Seat[];
  /** A unit of the demo company by name. */
  unit(name: string): { id: string };
}

const treeLines = (nodes: readonly Node[], indent = ''): string[] =>
  nodes.flatMap((n) => [
    `${indent}${plain(n.name)} (${n.kind}, ${n.positions} ${n.positions === 1 ? 'seat' : 'seats'})`,
    ...treeLines(n.children ?? [], `${indent}  `),
  ]);

const allOf = (nodes: readonly Node[]): Node[] => nodes.flatMap((n) => [n, ...allOf(n.children ?? [])]);

const sayCost = (guide: Guide, overview: Answer): void => {
  const planned = (
    overview.cost as { planned?: { annualised: string; currency: string; coverage: { with_pay: number; of: number } } } | undefined
  )?.planned;
  if (!planned) return;
  const { annualised, currency, coverage } = planned;
  guide.say(`Planned cost ${grouped(annualised)} ${currency} a year; ${coverage.with_pay} of ${coverage.of} seats carry pay.`);
};

/** The organisation as it is: how many, what it costs, how it nests, where seats are vacant. */
export const review = async (guide: Guide): Promise<Reviewed> => {
  guide.heading('Review');
  const now = await guide.call('review', 'org.overview');
  guide.say(
    `${now.headcount} people in ${now.seats} seats of ${now.units} units; ${now.vacant_positions} seats are vacant (${now.vacancy_fte} FTE).`,
  );
  sayCost(guide, now);
  guide.say(`Layers: ${(now.layers as { layer: number; positions: number }[]).map((l) => `${l.layer}: ${l.positions}`).join(', ')}.`);
  const nodes = (await guide.call('review', 'org.tree', { depth: 3 })).nodes as Node[];
  guide.say(treeLines(nodes).join('\n'));
  const vacant = (await guide.call('review', 'position.list', { vacant: true, limit: 50 })).positions as Seat[];
  guide.say(
    `\nVacant seats:\n${table(
      ['title', 'unit'],
      vacant.map((p) => [p.title, p.org_unit_name]),
    )}`,
  );
  const units = allOf(nodes);
  return {
    today: (now.basis as { effective_on: string }).effective_on,
    vacant,
    unit: (name) => {
      const found = units.find((n) => n.name === name);
      if (!found) throw new Error(`the demo company has no unit ${name}`);
      return found;
    },
  };
};
