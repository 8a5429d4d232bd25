import test from 'ava';
import { laboratory, type Mutant } from './mutant.ts';
import { doorMutants } from './mutants-door.ts';

const domain = ['test/domain/invariants.test.ts', 'test/domain/actions.test.ts', 'test/domain/properties.test.ts'];
const money = ['test/domain/money.test.ts', 'test/domain/properties.test.ts'];
const edges = ['test/domain/edges.test.ts'];
const invariants = 'src/domain/invariants/index.ts';
const withoutInvariant = (name: string, from: string, to: string): Mutant => ({
  name: `the invariant ${name} is dropped`,
  file: invariants,
  from,
  to,
  tests: domain,
});

/** Faults of the kinds that hurt most: a rule forgotten, money rounded the other way, a date off by one, an order turned round. */
const mutants: Mutant[] = [
  withoutInvariant('DATE_HORIZON', '  horizon, startBeforeEnd,', '  startBeforeEnd,'),
  withoutInvariant('DATE_ORDER', '  horizon, startBeforeEnd,', '  horizon,'),
  withoutInvariant('REFERENCE_UNKNOWN and its kin', 'startBeforeEnd, referencesHold,', 'startBeforeEnd,'),
  withoutInvariant('CLOSE_UNIT and CLOSE_OCCUPIED', 'referencesHold, nothingLeftBehind,', 'referencesHold,'),
  withoutInvariant('TREE_ROOT', 'nothingLeftBehind, oneRoot,', 'nothingLeftBehind,'),
  withoutInvariant('TREE_CYCLE', 'oneRoot, noUnitLoop,', 'oneRoot,'),
  withoutInvariant('REPORTS_CYCLE', 'noUnitLoop, noReportingLoop,', 'noUnitLoop,'),
  withoutInvariant('FTE_RANGE of a contract', '  contractFte, capacityFte,', '  capacityFte,'),
  withoutInvariant('FTE_RANGE of an allocation', 'capacityFte, allocation,', 'capacityFte,'),
  withoutInvariant('AMOUNT_NEGATIVE and AMOUNT_SCALE', 'capacityFte, allocation, amounts,', 'capacityFte, allocation,'),
  withoutInvariant('CURRENCY_UNKNOWN of a rate', 'amounts, foreignCurrency,', 'amounts,'),
  withoutInvariant('PRIMARY', '  onePrimary, noStartOnFrozen,', '  noStartOnFrozen,'),
  withoutInvariant('CLOSED_TARGET of a frozen position', 'onePrimary, noStartOnFrozen,', 'onePrimary,'),
  withoutInvariant('ACTOR_FTE', 'noStartOnFrozen, withinContract,', 'noStartOnFrozen,'),
  withoutInvariant('FTE_CAPACITY', 'withinContract, withinCapacity,', 'withinContract,'),
  {
    name: 'an invariant looks at the first day only',
    file: 'src/domain/invariants/invariant.ts',
    from: 'if (date > from && date !== FOREVER) dates.add(date)',
    to: 'if (date > from && date === FOREVER) dates.add(date)',
    tests: domain,
  },
  {
    name: 'money is rounded half-up in the domain',
    file: 'src/domain/decimal.ts',
    from: 'amount.toDecimalPlaces(currencyDecimals(currency) ?? 2, Base.ROUND_HALF_EVEN)',
    to: 'amount.toDecimalPlaces(currencyDecimals(currency) ?? 2, Base.ROUND_HALF_UP)',
    tests: money,
  },
  {
    name: 'money is rounded half-up in SQL',
    file: 'src/projections/queries/money-sql.ts',
    from: '::numeric, 2) = 1`',
    to: '::numeric, 2) = 3`',
    tests: ['test/queries-money.test.ts'],
  },
  {
    name: 'a year has one day more',
    file: 'src/domain/money.ts',
    from: 'roundMoney(sum.dividedBy(year.days), currency)',
    to: 'roundMoney(sum.dividedBy(year.days + 1), currency)',
    tests: money,
  },
  {
    name: 'a cost counts on the day it ends',
    file: 'src/domain/money.ts',
    from: 's.from <= date && date < s.to',
    to: 's.from <= date && date <= s.to',
    tests: [...money, 'test/governed-impact.test.ts'],
  },
  {
    name: 'a change holds from the day after its effective date',
    file: 'src/domain/timeline.ts',
    from: 'findLast((s) => s.from <= from)',
    to: 'findLast((s) => s.from < from)',
    tests: ['test/model.test.ts', 'test/domain/actions.test.ts'],
  },
  {
    name: 'of two changes for one date the first one wins',
    file: 'src/domain/timeline.ts',
    from: 'const byField = settings([...entries].sort(byRecording));',
    to: 'const byField = settings([...entries].sort(byRecording).reverse());',
    tests: ['test/model.test.ts'],
  },
  {
    name: 'replacing what comes later spares it',
    file: 'src/domain/timeline.ts',
    from: '(entry.replace_later && at > entry.effective_from)',
    to: '(entry.replace_later && at < entry.effective_from)',
    tests: ['test/model.test.ts'],
  },
  {
    name: 'a reverted change still counts',
    file: 'src/projections/fold-branch.ts',
    from: '(r.retracted_at === null || r.retracted_at > position)',
    to: '(r.retracted_at === null || r.retracted_at >= 0)',
    tests: ['test/model.test.ts'],
  },
  {
    name: 'a scenario sees what the baseline became after its pin',
    file: 'src/projections/queries/query.ts',
    from: '${b}.from_position <= ${pin} and',
    to: '${b}.from_position <= ${pin} + 1000000 and',
    tests: ['test/model.test.ts', 'test/queries.test.ts', 'test/queries-read.test.ts'],
  },
  {
    name: 'a read counts versions on the day they end',
    file: 'src/projections/queries/query.ts',
    from: '${alias}.effective_from <= ${on} and ${alias}.effective_to > ${on}',
    to: '${alias}.effective_from <= ${on} and ${alias}.effective_to >= ${on}',
    tests: ['test/model.test.ts', 'test/queries.test.ts', 'test/queries-read.test.ts'],
  },
  {
    name: 'the cost of a leaf that moved stands in the group it comes into later',
    file: 'src/projections/queries/seat-leaves.ts',
    from: "then '1' || lpad",
    to: "then '0' || lpad",
    tests: ['test/queries-groups.test.ts'],
  },
  {
    name: 'somebody with two placements counts twice in the unit above',
    file: 'src/application/read/metrics-by-unit.ts',
    from: 'new Set(group.units.flatMap(reach))',
    to: 'group.units.flatMap(reach)',
    tests: ['test/queries-groups.test.ts', 'test/queries-tools.test.ts'],
  },
  {
    name: 'one small group of people alone is left out, so that it can be worked out',
    file: 'src/domain/suppression.ts',
    from: 'people() < LEAST_CELL',
    to: 'false',
    tests: ['test/queries-tools.test.ts'],
  },
  {
    name: 'a proposal can be confirmed on the instant it expires',
    file: 'src/domain/proposal.ts',
    from: 'now.getTime() >= Date.parse(proposal.expires_at)',
    to: 'now.getTime() > Date.parse(proposal.expires_at)',
    tests: ['test/domain/proposal.test.ts'],
  },
  {
    name: 'a closed head is a head still',
    file: 'src/domain/reporting.ts',
    from: "if (!isActive('position', cut.values)) continue;",
    to: '',
    tests: ['test/lines-agree.test.ts'],
  },
  {
    name: 'a loop of reporting lines that was there hides a new one',
    file: 'src/domain/reporting.ts',
    from: 'const key = path.join();',
    to: "const key = '';",
    tests: ['test/domain/invariants.test.ts'],
  },
  {
    name: 'a backfilled seat stays open beside its successor',
    file: 'src/domain/actions/position-copy.ts',
    from: "then.set('PositionClosed', seat, { close_reason: 'exit' });",
    to: '',
    tests: ['test/domain/position-actions.test.ts'],
  },
  {
    name: 'an external uid is given a second time',
    file: invariants,
    from: '  oneActorPerUid,\n',
    to: '',
    tests: ['test/domain/people-actions.test.ts'],
  },
  {
    name: 'a seat that closes when vacated closes under the holder who stays',
    file: 'src/domain/actions/position-close.ts',
    from: 'seat, date).length > 0) return;',
    to: 'seat, date).length > 1) return;',
    tests: edges,
  },
  {
    name: 'a backfilled seat closes with the holder who was recorded last, not with the last to go',
    file: 'src/domain/actions/position-copy.ts',
    from: '(last, v) => later(last, v.effective_to)',
    to: '(_last, v) => v.effective_to',
    tests: edges,
  },
  {
    name: 'an unfrozen seat is what it was at first',
    file: 'src/domain/actions/position-status.ts',
    from: '.findLast((v) => v.effective_from <=',
    to: '.find((v) => v.effective_from <=',
    tests: edges,
  },
  {
    name: 'ten years after a leap day is the 27th',
    file: 'src/domain/dates.ts',
    from: '}28`',
    to: '}27`',
    tests: edges,
  },
  {
    name: 'what rests on a failed action is told as a second mistake',
    file: 'src/domain/plan.ts',
    from: "if (typeof raw.ref === 'string') lost.add(raw.ref);",
    to: '',
    tests: edges,
  },
  {
    name: 'a person is asked for what needs a second one',
    file: 'src/domain/proposal.ts',
    from: 'if (approvals.length > 0 && input.user',
    to: 'if (approvals.length > 0 && !input.humanMissing && input.user',
    tests: ['test/domain/proposal.test.ts'],
  },
  {
    name: 'a decimal written otherwise is a change',
    file: 'src/domain/same-value.ts',
    from: 'new Decimal(a).equals(b)',
    to: 'a.length < 0',
    tests: ['test/domain/text.test.ts'],
  },
  {
    name: 'a seat is frozen under somebody who is about to come',
    file: 'src/domain/invariants/placements.ts',
    from: "for (const id of world.referrers('placement', 'position_id', touch.id)) add(id, touch.from);",
    to: '{}',
    tests: ['test/domain/position-actions.test.ts'],
  },
  {
    name: 'a confirm overlooks that its proposal was replaced a moment ago',
    file: 'src/application/scenario/load.ts',
    from: 'about === undefined || inView.has(about) || replaced',
    to: 'about === undefined || inView.has(about) || (replaced && position < 0)',
    tests: ['test/governed-plans.test.ts'],
  },
  {
    name: 'a stale plan hides what a policy says now',
    file: 'src/application/proposal/moved.ts',
    from: '(policiesMoved ? list.filter',
    to: '(list.length >= 0 ? list.filter',
    tests: ['test/governed.test.ts'],
    match: 'a warning of a policy*',
  },
  {
    name: 'what one planned oneself waits for oneself',
    file: 'src/application/proposal/list.ts',
    from: 'p.planner <> ${me} and',
    to: '',
    tests: ['test/governed-plans.test.ts'],
  },
  {
    name: 'what changed since a point takes in the point itself',
    file: 'src/application/read/events.ts',
    from: '(since ?? 0) + 1',
    to: '(since ?? 1)',
    tests: ['test/governed-history.test.ts'],
  },
  {
    name: 'a sentence tells the old value as it was after its event',
    file: 'src/application/read/change-words.ts',
    from: 'movedTo(basis, position - 1), changes',
    to: 'movedTo(basis, position), changes',
    tests: ['test/governed-history.test.ts'],
  },
  {
    name: 'an event of a private scenario is shown to whoever asks',
    file: 'src/projections/queries/events.ts',
    from: "  if (allowed !== 'true')",
    to: "  if (allowed === 'never')",
    tests: ['test/queries-read.test.ts'],
  },
  {
    name: 'a rebuild swaps without holding the lanes still',
    file: 'src/projections/rebuild/swap.ts',
    from: 'await tx.query(`lock table',
    to: 'if (tx === undefined) await tx.query(`lock table',
    tests: ['test/projections-rebuild.test.ts'],
  },
  {
    name: 'a fold takes what it does not remember for new',
    file: 'src/projections/rebuild/fill.ts',
    from: 'of: memoryOf(first === 1)',
    to: 'of: memoryOf(true)',
    tests: ['test/projections-rebuild.test.ts'],
  },
  {
    name: 'a fold goes on remembering what was rolled back',
    file: 'src/projections/rebuild/fill.ts',
    from: '      // It remembers what was rolled back.\n      memory = undefined;',
    to: '',
    tests: ['test/projections-rebuild.test.ts'],
  },
];

/** MUTANTS: a regular expression; only the faults whose name it matches are tried. */
const chosen = [...mutants, ...doorMutants].filter((m) => new RegExp(process.env.MUTANTS ?? '').test(m.name));

test('the tests notice each fault, and pass without', async (t) => {
  const lab = await laboratory();
  t.teardown(lab.close);
  const [named, whole] = [chosen.filter((m) => m.match !== undefined), chosen.filter((m) => m.match === undefined)];
  for (const some of [whole, named].filter((s) => s.length > 0)) {
    const titles = new Set(some.flatMap((m) => m.match ?? []));
    const sound = await lab.run([...new Set(some.flatMap((m) => m.tests))], ...titles);
    t.is(sound.code, 0, sound.output.slice(-4000));
  }
  // All are tried before the verdict, and the missed ones come first: a report may be cut after its first lines.
  const missed: string[] = [];
  const noticed: string[] = [];
  for (const mutant of chosen) {
    const tried = await lab.notices(mutant);
    if (tried.noticed) noticed.push(mutant.name);
    else missed.push(`${mutant.name}\n${tried.output.slice(-1500)}`);
  }
  for (const name of missed) t.log(`MISSED: ${name}`);
  for (const name of noticed) t.log(`noticed: ${name}`);
  t.deepEqual(missed, []);
});
