import test from 'ava';
import { importFile } from '../src/application/import/index.ts';
import { overview } from '../src/application/read/overview.ts';
import { checkWhole } from '../src/import/whole.ts';
import { fileAt, importEngine, naiveRows, sharedData } from './support/import.ts';
import { importTexts, MemoryBaseline } from './support/plan-import.ts';

const endedRole = (role: string) => role === 'alumnus' || role === 'emeritus_lead';
const leadRoles = new Set(['maintainer', 'admin', 'lead', 'chair', 'tech_lead', 'emeritus_lead']);

test('Kubernetes and Rust: 1,263 teams in their tree and 8,444 memberships, ended ones as history', async (t) => {
  const teams = sharedData(t, 'oss-teams/teams.csv');
  const members = teams && sharedData(t, 'oss-teams/memberships.csv');
  if (!teams || !members) return;
  const e = await importEngine(t, { currency: 'USD' });
  const owner = e.caller('owner');
  const request = { ...fileAt(members), beside: [fileAt(teams)] };
  const report = await importFile(e.deps, owner, request);
  const rows = naiveRows(members);
  const people = new Set(rows.map((r) => `${r['source']}/${r['person_id']}`));
  t.like(report, {
    status: 'applied',
    format: 'teams',
    rows: 1263,
    accepted: 1263,
    created: { org_units: 1263, positions: 0, actors: people.size, placements: 8444 },
  });
  t.like(report.beside[0], { file: 'memberships.csv', rows: 8444, accepted: 8444, rejected: 0 });
  const active = rows.filter((r) => !endedRole(r['role'] as string));
  const now = await overview.run(e.deps, owner, {});
  t.like(now, { units: 1264, seats: 0, fte: '0', headcount: new Set(active.map((r) => `${r['source']}/${r['person_id']}`)).size });
  const [counts] = await e.sql.query<Record<string, number>>(
    `select count(*) filter (where status = 'active')::int as active, count(*) filter (where status = 'ended')::int as ended,
       count(*) filter (where status = 'active' and role = 'lead')::int as leads, count(*) filter (where allocation <> 0 or position_id is not null)::int as odd,
       count(distinct actor_id) filter (where status = 'active' and is_primary)::int as primaries, count(*) filter (where status = 'active' and is_primary)::int as flags
     from placement_version where tenant = $1 and to_position = 9223372036854775807`,
    [e.tenant],
  );
  const placed = new Set(active.map((r) => `${r['source']}/${r['person_id']}`)).size;
  t.deepEqual(counts, {
    active: active.length,
    ended: 8444 - active.length,
    leads: active.filter((r) => leadRoles.has(r['role'] as string)).length,
    odd: 0,
    primaries: placed,
    flags: placed,
  });
  t.is(counts?.ended, 855 + 120);
  const tree = await e.sql.query<{ child: string; parent: string | null }>(
    `select c.source_id as child, p.source_id as parent from org_unit_version c join org_unit_version p on p.id = c.parent_id and p.tenant = c.tenant
     where c.tenant = $1 and c.source_id is not null`,
    [e.tenant],
  );
  t.deepEqual(
    tree.map((u) => `${u.child} < ${u.parent ?? ''}`).sort(),
    naiveRows(teams)
      .map((u) => `${u['source']}/${u['team_id']} < ${u['parent_team_id'] ? `${u['source']}/${u['parent_team_id']}` : ''}`)
      .sort(),
  );
  t.is((await importFile(e.deps, owner, request)).status, 'unchanged');
});

const teams = 'team_id,parent_team_id,name,type,description\nA,,Alpha,github_org,All of it\nB,A,Beta,squad,\nC,B,Gamma,,\n';
const members = 'team_id,person_id,role\nB,ann,lead\nC,ann,member\nB,ben,alumnus\nC,cyd,tech lead\n';
const files = { teams, members };

test('memberships come, change, end and come back; the primary one is the first and moves on when it ends', (t) => {
  const baseline = new MemoryBaseline();
  const said = (day: number) =>
    [...baseline.bySource('placement', `2026-06-0${day}`)]
      .map(([id, v]) => `${id}: ${v['status']} ${v['role']}${v['is_primary'] && v['status'] === 'active' ? ' primary' : ''}`)
      .sort();
  t.true(importTexts(files, baseline, { on: '2026-06-01' }).passes);
  t.deepEqual(said(1), [
    'ann@B lead: active lead primary',
    'ann@C member: active member',
    'ben@B alumnus: ended member',
    'cyd@C tech lead: active lead primary',
  ]);
  t.like(baseline.bySource('org_unit', '2026-06-01').get('A'), { kind: 'system', purpose: 'All of it' });
  t.like(baseline.bySource('org_unit', '2026-06-01').get('B'), { kind: 'team', unit_type: 'squad' });
  t.is(importTexts(files, baseline, { on: '2026-06-02' }).changes.length, 0);
  // Absence ends nothing.
  t.is(importTexts({ members: 'team_id,person_id,role\nC,cyd,tech lead\n' }, baseline, { on: '2026-06-02' }).changes.length, 0);
  // A complete file does: the rest of Ann's memberships becomes the primary one.
  const fewer = members.replace('B,ann,lead\n', '');
  t.true(importTexts({ teams, members: fewer }, baseline, { on: '2026-06-03', complete: true }).passes);
  t.deepEqual(said(3).slice(0, 2), ['ann@B lead: ended lead', 'ann@C member: active member primary']);
  t.true(importTexts(files, baseline, { on: '2026-06-04', complete: true }).passes);
  t.deepEqual(said(4).slice(0, 2), ['ann@B lead: active lead', 'ann@C member: active member primary']);
  const without = importTexts({ teams: teams.replace('C,B,Gamma,,\n', ''), members: 'team_id,person_id,role\nB,ann,lead\n' }, baseline, {
    on: '2026-06-05',
    complete: true,
  });
  t.true(without.passes, JSON.stringify(without.findings));
  t.is(baseline.bySource('org_unit', '2026-06-05').get('C')?.['status'], 'closed');
  t.is([...baseline.bySource('actor', '2026-06-05').values()].filter((a) => a['status'] === 'active').length, 1);
  t.deepEqual(checkWhole(baseline.view('2026-06-05', '2026-06-01'), []), []);
});

test('faults of teams and memberships are told with file, line and code; skipped rows take along what hangs on them', (t) => {
  const faulty = {
    teams: `${teams}B,A,Twice,,\nD,nowhere,Delta,,\nE,F,Eta,,\nF,E,Phi,,\nG,D,Gimel,,\n,A,No id,,\n`,
    members: `${members}X,dot,member\nB,ann,lead\nB,eve,king\nG,eve,member\n`,
  };
  const plan = importTexts(faulty, new MemoryBaseline());
  t.false(plan.passes);
  const found = (p: typeof plan) => p.findings.map((f) => `${f.file ?? 'teams'} ${f.line} ${f.code}`).sort();
  const stops = [
    'members 6 REFERENCE_UNKNOWN',
    'members 7 DUPLICATE_ID',
    'members 8 ROW_INVALID',
    'teams 10 ROW_INVALID',
    'teams 5 DUPLICATE_ID',
    'teams 6 ORPHAN_UNIT',
    'teams 7 TREE_CYCLE',
    'teams 8 TREE_CYCLE',
  ];
  t.deepEqual(found(plan), stops);
  const skipped = importTexts(faulty, new MemoryBaseline(), { skipRejected: true });
  t.true(skipped.passes);
  t.deepEqual(found(skipped), [...stops, 'members 9 REFERENCE_UNKNOWN', 'teams 9 ORPHAN_UNIT'].sort());
  t.like(skipped.outcome.created, { org_units: 3, placements: 4 });
  const parked = importTexts({ teams: `${teams}D,nowhere,Delta,,\n`, members }, new MemoryBaseline(), { repairs: { orphans: 'park' } });
  t.true(parked.passes);
  t.deepEqual(
    parked.repaired.map((r) => `${r.line} ${r.repair}`),
    ['5 orphans=park'],
  );
});
