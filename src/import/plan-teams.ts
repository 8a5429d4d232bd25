import type { Inputs } from './inputs.ts';
import { Difference } from './difference.ts';
import { besideCounts, type ImportPlan, laterFindings, notComplete, outcomeOf, type ToPlan } from './plan-types.ts';
import { breachFinding } from './report.ts';
import type { RowFinding } from './rows.ts';
import { readMemberships, readTeams } from './teams.ts';
import { judgeTeams, withoutRefused } from './teams-judge.ts';
import { closeAbsentTeams, putMemberships, putTeams, teamId, type TeamsContext } from './teams-put.ts';
import { checkState } from './whole.ts';
import { WholeState } from './whole-state.ts';

const stops = (findings: readonly RowFinding[]): Set<number> => new Set(findings.filter((f) => f.severity === 'stop').map((f) => f.line));

/** What a file of teams, of memberships, or both would do. */
export const planTeams = (given: ToPlan): ImportPlan => {
  const { table, layout, settings, view, root, reading, beside, scratch } = given;
  const { tenant, source } = settings;
  const main = { name: '', table, layout, encoding: 'utf-8' } as const satisfies Inputs['main'];
  const teamsInput = layout.format === 'teams' ? main : undefined;
  const membersInput = layout.format === 'memberships' ? main : beside.memberships;
  const ofTeams: RowFinding[] = [];
  const ofMembers: RowFinding[] = [];
  const teams = teamsInput ? readTeams(teamsInput, reading, ofTeams) : [];
  const members = membersInput ? readMemberships(membersInput, reading, ofMembers) : [];
  const known = (key: string): boolean =>
    settings.complete && teamsInput ? false : view.at(teamId(tenant, source, key))?.['status'] === 'active';
  const judged = judgeTeams(teams, members, known, settings.repairs);
  for (const f of judged.ofTeams) ofTeams.push(f);
  for (const f of judged.ofMembers) ofMembers.push(f);
  const rest = withoutRefused(judged, { teams: stops(ofTeams), members: stops(ofMembers) }, known);
  const faulty = stops(ofTeams).size > 0 || stops(ofMembers).size > 0;
  const complete = settings.complete && !faulty;
  if (settings.skipRejected) {
    for (const f of rest.ofTeams) ofTeams.push(f);
    for (const f of rest.ofMembers) ofMembers.push(f);
  }
  const state = new WholeState(view);
  const out = new Difference(view, scratch, (change) => state.apply(change));
  const membersHave = (column: 'holder_name' | 'holder_first_name' | 'holder_email') => membersInput?.layout.at[column] !== undefined;
  const context: TeamsContext = {
    tenant,
    source,
    root,
    view,
    out,
    has: (column) => teamsInput?.layout.at[column] !== undefined,
    tellsName: membersHave('holder_name') || membersHave('holder_first_name'),
    tellsEmail: membersHave('holder_email'),
  };
  putTeams(rest.teams, judged.parked, context);
  ofMembers.push(...putMemberships(rest.members, complete, context));
  if (complete) closeAbsentTeams(context);
  const later = laterFindings(out);
  // A breach stands at a line of the list where that line makes a unit, else at one of the memberships.
  const units = new Set(rest.teams.map((t) => teamId(tenant, source, t.key)));
  let stopped = (faulty && !settings.skipRejected) || ofMembers.some((f) => f.code === 'PRIMARY');
  if (!stopped) {
    const breaches = checkState(state, out.changes);
    for (const breach of breaches) (units.has(breach.id) || !membersInput ? ofTeams : ofMembers).push(breachFinding(breach));
    stopped = breaches.some((b) => !b.warn);
  }
  const mainFindings = teamsInput ? ofTeams : ofMembers;
  const findings = [
    ...mainFindings,
    ...later,
    ...(teamsInput && membersInput ? ofMembers.map((f) => ({ ...f, file: membersInput.name })) : []),
  ];
  const rejected = stops(mainFindings).size;
  return {
    passes: !stopped,
    rows: table.rows.length,
    accepted: table.rows.length - rejected,
    rejected,
    outcome: outcomeOf(out, 0, 0),
    passing_rows: teamsInput ? rest.teams.length : rest.members.length,
    findings,
    repaired: judged.repaired,
    changes: out.changes,
    assumed: settings.complete && !complete ? [notComplete] : [],
    beside: besideCounts(beside, findings),
  };
};
