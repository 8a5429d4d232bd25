import type { Answer, Assistant } from './mcp-client.ts';
import { grouped, type Output, plain, table } from './output.ts';

/** One step of the tour: what was called and what came back. */
export interface TourStep {
  step: string;
  tool: string;
  answer: Answer;
}

interface Node {
  id: string;
  name: string;
  kind: string;
  positions: number;
  children?: Node[];
}
interface Delta {
  before: string;
  after: string;
  delta: string;
}
interface Finding {
  code: string;
  severity: string;
  message: string;
}
interface Listed {
  id: string;
  title: string;
  org_unit_id: string;
  org_unit_name?: string;
}

const signed = (text: string): string => (/^-|^0(\.0+)?$/.test(text) ? grouped(text) : `+${grouped(text)}`);
const shownFigures = ['headcount', 'ai_agents', 'seats', 'vacant_positions', 'establishment_fte', 'fte', 'annualised', 'in_year'];

/** The figures of an impact as a table; money that the caller may not see is not there. */
export const impactTable = (impact: Answer): string =>
  table(
    ['', 'before', 'after', 'difference'],
    shownFigures.flatMap((name) => {
      const d = impact[name] as Delta | undefined;
      return d ? [[name.replaceAll('_', ' '), grouped(d.before), grouped(d.after), signed(d.delta)]] : [];
    }),
  );

const treeLines = (nodes: Node[], indent = ''): string[] =>
  nodes.flatMap((n) => [
    `${indent}${plain(n.name)} (${n.kind}, ${n.positions} ${n.positions === 1 ? 'seat' : 'seats'})`,
    ...treeLines(n.children ?? [], `${indent}  `),
  ]);

const unit = (nodes: Node[], name: string): Node => {
  for (const n of nodes) {
    if (n.name === name) return n;
    const below = (n.children ?? []).length > 0 ? tryUnit(n.children ?? [], name) : undefined;
    if (below) return below;
  }
  throw new Error(`the demo company has no unit ${name}`);
};
const tryUnit = (nodes: Node[], name: string): Node | undefined => {
  try {
    return unit(nodes, name);
  } catch {
    return undefined;
  }
};

/**
 * The main job, told to a person while it is done: review, plan, impact, confirm, comparison, events. Everything goes through
 * the tools of a connected assistant. Gives the calls with their answers.
 */
export const tour = async (assistant: Assistant, out: Output, effectiveOn: (today: string) => string): Promise<TourStep[]> => {
  const steps: TourStep[] = [];
  const call = async (step: string, tool: string, args: Answer = {}): Promise<Answer> => {
    out.progress(`${step}: ${tool}`);
    const answer = await assistant.call(tool, args);
    steps.push({ step, tool, answer });
    return answer;
  };
  const heading = (text: string) => out.say(`\n${text}\n${'-'.repeat(text.length)}`);

  heading('1. Review');
  const now = await call('review', 'org.overview');
  const cost = (
    now.cost as
      | { planned?: { annualised: string; currency: string; coverage: { with_pay: number | string; of: number | string } } }
      | undefined
  )?.planned;
  out.say(
    `${now.headcount} people in ${now.seats} seats of ${now.units} units; ${now.vacant_positions} seats are vacant (${now.vacancy_fte} FTE).`,
  );
  if (cost)
    out.say(
      `Planned cost ${grouped(cost.annualised)} ${cost.currency} a year; ${cost.coverage.with_pay} of ${cost.coverage.of} seats carry pay.`,
    );
  out.say(`Layers: ${(now.layers as { layer: number; positions: number }[]).map((l) => `${l.layer}: ${l.positions}`).join(', ')}.`);
  const nodes = (await call('review', 'org.tree', { depth: 3 })).nodes as Node[];
  out.say(treeLines(nodes).join('\n'));
  const vacant = (await call('review', 'position.list', { vacant: true, limit: 50 })).positions as Listed[];
  out.say(
    `\nVacant seats:\n${table(
      ['title', 'unit'],
      vacant.map((p) => [p.title, p.org_unit_name]),
    )}`,
  );

  heading('2. Plan on a scenario');
  const service = unit(nodes, 'Field Service');
  const commercial = unit(nodes, 'Commercial');
  const seat = async (title: string): Promise<Listed> => {
    const found = ((await call('plan', 'position.list', { title, limit: 5 })).positions as Listed[]).find((p) => p.title === title);
    if (!found) throw new Error(`the demo company has no position ${title}`);
    return found;
  };
  const director = await seat('Director of Field Service');
  const revenue = await seat('Chief Revenue Officer');
  const unneeded = vacant.find((p) => p.title === 'Warehouse Operator');
  const date = effectiveOn((now.basis as { effective_on: string }).effective_on);
  const scenario = await call('plan', 'scenario.create', {
    name: 'Service close to the customer',
    purpose: 'Field service joins the commercial division, with remote diagnostics',
  });
  const plan = await call('plan', 'scenario.action.plan', {
    scenario_id: scenario.scenario_id,
    title: 'Move field service, begin remote diagnostics',
    reason: 'Customers ask for one face; half of the visits can be saved',
    actions: [
      { type: 'org_unit.move', org_unit_id: service.id, new_parent_id: commercial.id, effective_on: date },
      { type: 'position.set_manager', position_id: director.id, manager_position_id: revenue.id, effective_on: date },
      { type: 'org_unit.create', ref: 'remote', name: 'Remote Diagnostics', kind: 'team', parent_id: service.id, effective_on: date },
      {
        type: 'position.create',
        ref: 'engineers',
        org_unit_id: '$remote',
        title: 'Remote Service Engineer',
        count: 2,
        grade: 'L4',
        pay_amount: '68000',
        manager_position_id: director.id,
        effective_on: date,
      },
      {
        type: 'position.create',
        ref: 'seat',
        org_unit_id: '$remote',
        title: 'Diagnostics Agent',
        grade: 'A1',
        pay_amount: '16000',
        manager_position_id: director.id,
        effective_on: date,
      },
      { type: 'actor.add', ref: 'agent', kind: 'ai_agent', effective_on: date },
      { type: 'placement.start', actor_id: '$agent', position_id: '$seat', effective_on: date },
      ...(unneeded ? [{ type: 'position.close', position_id: unneeded.id, reason: 'not_needed', effective_on: date }] : []),
    ],
  });
  const changes = plan.changes as { sentence?: string }[];
  out.say(
    `Scenario "${plain(scenario.name ?? 'Service close to the customer')}". Nothing is applied yet; the proposal holds ${changes.length} changes from ${date}:`,
  );
  for (const change of changes) if (change.sentence) out.say(`  - ${plain(change.sentence)}`);

  heading('3. Impact');
  out.say(impactTable(plan.impact as Answer));
  const findings = plan.findings as Finding[];
  out.say(
    findings.length === 0
      ? '\nNo rule says anything against it.'
      : `\n${findings.map((f) => `${f.severity}: ${f.code}: ${plain(f.message)}`).join('\n')}`,
  );
  out.say(`\nDigest ${plan.digest}\nExpires ${plan.expires_at}`);

  heading('4. Confirm exactly this');
  const confirmed = await call('confirm', 'scenario.action.confirm', { proposal_id: plan.proposal_id, digest: plan.digest });
  out.say(`${confirmed.status}: content version ${confirmed.content_version}, event position ${confirmed.event_position}.`);

  heading('5. Compare with the baseline');
  const comparison = await call('compare', 'scenario.compare', { scenario_ids: [null, scenario.scenario_id], effective_on: date });
  const [before, after] = comparison.branches as { figures: Answer; changed?: unknown[] }[];
  out.say(
    table(
      [`on ${date}`, 'baseline', 'scenario'],
      ['headcount', 'seats', 'units', 'vacant_positions', 'establishment_fte', 'fte'].map((f) => [
        f.replaceAll('_', ' '),
        String(before?.figures[f]),
        String(after?.figures[f]),
      ]),
    ),
  );
  out.say(`\nThe baseline is as it was; ${after?.changed?.length ?? 0} things stand otherwise in the scenario.`);

  heading('6. What was recorded');
  const events = (await call('events', 'audit.events', { scenario_id: scenario.scenario_id })).events as Answer[];
  out.say(
    table(
      ['position', 'event', 'token', 'assistant', 'via'],
      events.map((e) => [
        Number(e.position),
        String(e.type),
        String((e.with as Answer).name ?? ''),
        String((e.assistant as Answer | undefined)?.client ?? ''),
        String(e.via),
      ]),
    ),
  );
  return steps;
};
