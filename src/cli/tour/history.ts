import type { Answer } from '../mcp-client.ts';
import { grouped, plain, table } from '../output.ts';
import type { Guide } from './guide.ts';

interface Told {
  position: number;
  type: string;
  summary: string;
  changes?: string[];
  more_changes?: number;
  via: string;
  with: { name?: string };
  assistant?: { client?: string };
}

interface Branch {
  figures: Answer & { cost: { planned: { annualised: string; currency: string } } };
  changed?: unknown[];
}

const planned = ({ figures }: Branch): string => `${grouped(figures.cost.planned.annualised)} ${figures.cost.planned.currency}`;

const compared = ['headcount', 'ai_agents', 'seats', 'units', 'vacant_positions', 'establishment_fte', 'fte'];

/** The scenario beside the baseline on a date. */
export const compare = async (guide: Guide, scenario_id: string, date: string): Promise<void> => {
  guide.heading('Compare with the baseline');
  const comparison = await guide.call('compare', 'scenario.compare', { scenario_ids: [null, scenario_id], effective_on: date });
  const [before, after] = comparison.branches as [Branch, Branch];
  guide.say(
    table(
      [`on ${date}`, 'baseline', 'scenario'],
      [
        ...compared.map((f) => [f.replaceAll('_', ' '), String(before.figures[f]), String(after.figures[f])]),
        ['planned cost a year', planned(before), planned(after)],
      ],
    ),
  );
  guide.say(`\nThe baseline is as it was; ${after.changed?.length ?? 0} things stand otherwise in the scenario.`);
};

/** What the log says happened since a snapshot: who did it, by which way, and what changed. */
export const whatChangedSince = async (guide: Guide, snapshot: string): Promise<void> => {
  guide.heading(`What changed since "${snapshot}"`);
  const events = (await guide.call('events', 'audit.events', { after: `snapshot:${snapshot}`, order: 'oldest', sentences: 3 }))
    .events as Told[];
  const shown = events.filter((e) => e.type !== 'ProposalContentStored');
  for (const e of shown) {
    const who = [e.with.name, e.assistant?.client].filter(Boolean).map(plain).join(', ');
    guide.say(`${String(e.position).padStart(6)}  ${plain(e.summary.replace(/; digest [0-9a-f]{64}/, ''))}  (${who}, by ${e.via})`);
    for (const sentence of e.changes ?? []) guide.say(`          - ${plain(sentence)}`);
    if (e.more_changes) guide.say(`          … and ${e.more_changes} more`);
  }
};
