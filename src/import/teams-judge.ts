import type { Repairs } from './repairs.ts';
import { type RowFinding, rowFinding } from './rows.ts';
import { shownLoop } from './shown-loop.ts';
import type { MemberRow, TeamRow } from './teams.ts';

export const UNPLACED = 'Unplaced';

export interface JudgedTeams {
  teams: TeamRow[];
  members: MemberRow[];
  /** Findings of the list of teams, and of the memberships. */
  ofTeams: RowFinding[];
  ofMembers: RowFinding[];
  repaired: { repair: string; line: number; what: string }[];
  /** Teams without a known parent that the user asked to park. */
  parked: Set<string>;
}

/** The rows that stay when a name stands twice: the one the repair says, else the first, and a finding for each further one. */
const withoutDoubles = <T extends { line: number }>(
  rows: readonly T[],
  name: (row: T) => string,
  repairs: Repairs,
  repaired: JudgedTeams['repaired'],
  findings: RowFinding[],
): T[] => {
  const kept = new Map<string, T>();
  for (const row of rows) {
    const key = name(row);
    const other = kept.get(key);
    if (!other) {
      kept.set(key, row);
      continue;
    }
    if (repairs.duplicates === undefined) {
      findings.push(rowFinding(row.line, '', key, 'DUPLICATE_ID', `"${key}" stands on line ${other.line} already`));
      continue;
    }
    const out = repairs.duplicates === 'last' ? other : row;
    if (out === other) kept.set(key, row);
    repaired.push({ repair: `duplicates=${repairs.duplicates}`, line: out.line, what: `left out: "${key}" stands twice` });
  }
  return [...kept.values()];
};

/** Judges teams and memberships as a whole: double ids, unknown parents and teams, loops. `known` tells teams of the baseline. */
export const judgeTeams = (
  teams: readonly TeamRow[],
  members: readonly MemberRow[],
  known: (team: string) => boolean,
  repairs: Repairs,
): JudgedTeams => {
  const out: JudgedTeams = { teams: [], members: [], ofTeams: [], ofMembers: [], repaired: [], parked: new Set() };
  out.teams = withoutDoubles(teams, (t) => t.key, repairs, out.repaired, out.ofTeams).map((t) => ({ ...t }));
  out.members = withoutDoubles(members, (m) => `${m.team}: ${m.person} as ${m.said}`, repairs, out.repaired, out.ofMembers);
  const byKey = new Map(out.teams.map((t) => [t.key, t]));
  for (const team of out.teams) {
    if (team.parent === null) continue;
    if (team.parent === team.key && repairs.self === 'root') {
      out.repaired.push({
        repair: 'self=root',
        line: team.line,
        what: `"${team.key}" was its own parent and now stands below the root unit`,
      });
      team.parent = null;
    } else if (team.parent !== team.key && !byKey.has(team.parent) && !known(team.parent)) {
      if (repairs.orphans === 'park') {
        out.parked.add(team.key);
        out.repaired.push({
          repair: 'orphans=park',
          line: team.line,
          what: `"${team.key}" stands under "${UNPLACED}": its parent "${team.parent}" is not known`,
        });
        team.parent = null;
      } else
        out.ofTeams.push(
          rowFinding(
            team.line,
            'parent_team_id',
            team.parent,
            'ORPHAN_UNIT',
            `the parent "${team.parent}" is neither in the file nor in the baseline`,
            'Mend the parent, or repair with orphans=park.',
          ),
        );
    }
  }
  const walked = new Map<string, number>();
  out.teams.forEach((start, walk) => {
    const path: TeamRow[] = [];
    let team: TeamRow | undefined = start;
    while (team && !walked.has(team.key)) {
      walked.set(team.key, walk);
      path.push(team);
      team = team.parent === null ? undefined : byKey.get(team.parent);
    }
    if (!team || walked.get(team.key) !== walk) return;
    const loop = path.slice(path.indexOf(team));
    const shown = shownLoop([...loop.keys()], (i) => loop[i]?.key);
    for (const one of loop)
      out.ofTeams.push(rowFinding(one.line, 'parent_team_id', one.parent ?? '', 'TREE_CYCLE', `teams stand in a loop: ${shown}`));
  });
  for (const member of out.members)
    if (!byKey.has(member.team) && !known(member.team))
      out.ofMembers.push(
        rowFinding(
          member.line,
          'org_unit_id',
          member.team,
          'REFERENCE_UNKNOWN',
          `the team "${member.team}" is neither in the file nor in the baseline`,
          'Add the team, or give the file of teams too.',
        ),
      );
  return out;
};

/** What is left when refused rows are left out: teams whose parent stands, memberships whose team stands. Each further one gets its finding. */
export const withoutRefused = (
  judged: JudgedTeams,
  refused: { teams: ReadonlySet<number>; members: ReadonlySet<number> },
  known: (team: string) => boolean,
): Pick<JudgedTeams, 'teams' | 'members' | 'ofTeams' | 'ofMembers'> => {
  const ofTeams: RowFinding[] = [];
  const standing = judged.teams.filter((t) => !refused.teams.has(t.line));
  const keys = new Set(standing.map((t) => t.key));
  const below = Map.groupBy(standing, (t) => t.parent);
  const orphans = standing.filter((t) => t.parent !== null && !keys.has(t.parent) && !known(t.parent));
  for (let t = orphans.pop(); t; t = orphans.pop()) {
    keys.delete(t.key);
    ofTeams.push(
      rowFinding(
        t.line,
        'parent_team_id',
        t.parent as string,
        'ORPHAN_UNIT',
        `the row of its parent "${t.parent}" was refused`,
        'Mend the row of the parent; this row then needs nothing.',
      ),
    );
    if (!known(t.key)) for (const team of below.get(t.key) ?? []) orphans.push(team);
  }
  const teams = standing.filter((t) => keys.has(t.key));
  const ofMembers: RowFinding[] = [];
  const members = judged.members.filter((m) => {
    if (refused.members.has(m.line)) return false;
    if (keys.has(m.team) || known(m.team)) return true;
    ofMembers.push(
      rowFinding(
        m.line,
        'org_unit_id',
        m.team,
        'REFERENCE_UNKNOWN',
        `the row of the team "${m.team}" was refused`,
        'Mend the row of the team; this row then needs nothing.',
      ),
    );
    return false;
  });
  return { teams, members, ofTeams, ofMembers };
};
