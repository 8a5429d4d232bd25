import { inForce, type Kind, type Values } from '../domain/entities.ts';
import type { BaselineView } from './baseline.ts';
import { closeEmptyUnits } from './complete.ts';
import type { Difference } from './difference.ts';
import { derivedId } from './identity.ts';
import { choosePrimary, type PrimaryCandidate } from './primary.ts';
import { type RowFinding, rowFinding } from './rows.ts';
import type { MemberRow, TeamRow } from './teams.ts';
import { UNPLACED } from './teams-judge.ts';

export interface TeamsContext {
  tenant: number;
  source: string;
  root: string;
  view: BaselineView;
  out: Difference;
  has: (column: 'unit_type' | 'unit_purpose') => boolean;
  tellsName: boolean;
  tellsEmail: boolean;
}

export const teamId = (tenant: number, source: string, key: string): string => derivedId(tenant, source, 'org_unit', key);

/** Puts teams as units below their parents; those without one stand below the tenant's root unit. */
export const putTeams = (teams: readonly TeamRow[], parked: ReadonlySet<string>, context: TeamsContext): void => {
  const { tenant, source, root, out } = context;
  const unplaced = teamId(tenant, source, UNPLACED);
  const unit = { status: 'active', source_system: source };
  if (parked.size > 0)
    out.put({
      kind: 'org_unit',
      id: unplaced,
      line: 0,
      make: { ...unit, name: UNPLACED, kind: 'department', parent_id: root, source_id: UNPLACED },
    });
  for (const team of teams)
    out.put({
      kind: 'org_unit',
      id: teamId(tenant, source, team.key),
      line: team.line,
      compare: [
        'name',
        'kind',
        'parent_id',
        'status',
        ...(context.has('unit_type') ? ['unit_type'] : []),
        ...(context.has('unit_purpose') ? ['purpose'] : []),
      ],
      make: {
        ...unit,
        name: team.name,
        kind: team.kind,
        unit_type: team.type,
        purpose: team.purpose,
        parent_id: parked.has(team.key) ? unplaced : team.parent === null ? root : teamId(tenant, source, team.parent),
        source_id: team.key,
      },
    });
};

interface Membership extends MemberRow {
  id: string;
  /** False where the baseline has it in force already. */
  fresh: boolean;
}

const isActive = (values: Values | undefined): boolean => values?.['status'] === 'active';

/** Puts the memberships of one person and chooses the primary one: the first of equals. */
const putPerson = (
  person: string,
  rows: readonly Membership[],
  kept: ReadonlySet<string>,
  complete: boolean,
  context: TeamsContext,
): RowFinding[] => {
  const { tenant, source, view, out } = context;
  const actor = derivedId(tenant, source, 'actor', person);
  const [main] = rows as [Membership];
  const personal: Values = {
    ...(context.tellsName ? { name: rows.find((r) => r.name !== null)?.name ?? null } : {}),
    ...(context.tellsEmail ? { email: rows.find((r) => r.email !== null)?.email ?? null } : {}),
  };
  const make = { kind: 'human', external_uid: person, contract_fte: null, status: 'active', source_system: source, source_id: person };
  out.put({ kind: 'actor', id: actor, line: main.line, compare: ['status'], make, personal });
  const active = rows.filter((r) => !r.ended);
  const others = complete ? [] : view.placementsOf(actor).filter((id) => !kept.has(id) && isActive(view.at(id, view.begins(id))));
  const candidate = (id: string, row?: Membership): PrimaryCandidate => ({
    id,
    from: row?.fresh ? view.on : (view.begins(id) as string),
    end: null,
    allocation: row?.allocation ?? String(view.at(id, view.begins(id))?.['allocation']),
    says: row?.primary ?? null,
    was: (date) => !row?.fresh && view.at(id, date)?.['is_primary'] === true,
    dates: row?.fresh ? [] : (view.get(id)?.versions.map((v) => v.effective_from) ?? []),
  });
  const choice = choosePrimary([...active.map((r) => candidate(r.id, r)), ...others.map((id) => candidate(id))], view.on);
  for (const id of others) out.flags(id, choice.flags.get(id) ?? [], 0, false);
  for (const row of rows) {
    const flags = choice.flags.get(row.id) ?? [];
    const wanted = {
      kind: 'placement' as const,
      id: row.id,
      line: row.line,
      compare: row.fresh ? ['status', 'unit_id', 'allocation', 'role'] : ['allocation', 'role'],
      make: {
        actor_id: actor,
        unit_id: teamId(tenant, source, row.team),
        position_id: null,
        allocation: row.allocation,
        is_primary: flags[0]?.primary ?? false,
        role: row.role,
        status: 'active',
        source_system: source,
        source_id: `${row.person}@${row.team} ${row.said}`,
      },
    };
    if (!row.ended) {
      out.put(wanted);
      out.flags(row.id, flags, row.line, row.fresh);
    } else if (!view.has(row.id)) {
      // Nobody says when it was: it stands in the history as ended, and was in force on no day that this engine knows.
      out.put(wanted);
      out.endMade(row.id, view.on, row.line);
    } else {
      out.see(row.id);
      out.end('placement', row.id, row.line);
    }
  }
  if (!choice.clash) return [];
  const [a, b] = choice.clash.map((c) => active.find((r) => r.id === c.id)?.line ?? 0);
  return [rowFinding(b ?? main.line, 'primary', 'yes', 'PRIMARY', `"${person}" has a primary membership on line ${a} already`)];
};

/** Puts memberships: placements without a position. */
export const putMemberships = (members: readonly MemberRow[], complete: boolean, context: TeamsContext): RowFinding[] => {
  const { tenant, source, view } = context;
  const people = new Map<string, Membership[]>();
  for (const row of members) {
    const id = derivedId(tenant, source, 'membership', row.team, row.person, row.said);
    const list = people.get(row.person);
    const one = { ...row, id, fresh: !isActive(view.at(id)) };
    if (list) list.push(one);
    else people.set(row.person, [one]);
  }
  const kept = new Set([...people.values()].flatMap((list) => list.map((m) => m.id)));
  return [...people].flatMap(([person, rows]) => putPerson(person, rows, kept, complete, context));
};

/** Ends what a complete list of teams and memberships does not name. */
export const closeAbsentTeams = ({ view, out, source }: TeamsContext): void => {
  const standing = (kind: Kind, id: string): Values | undefined => {
    const values = view.at(id, view.begins(id));
    return values && inForce[kind].includes(values['status'] as string) ? values : undefined;
  };
  for (const kind of ['placement', 'actor'] as const)
    for (const { id } of view.of(kind)) if (!out.seen(id) && standing(kind, id)?.['source_system'] === source) out.end(kind, id, 0);
  closeEmptyUnits(view, out, source, new Set(), standing);
};
