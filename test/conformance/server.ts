import { fixtureChecks, needFixtures, notOffered, revisions, wanted } from './scenarios.ts';
import { type Check, knownScenarios, runSuite } from './suite.ts';
import type { Tap } from './tap.ts';

const WIRE = ['wire-schema-valid', 'wire-schema-harness-error'];

const told = (check: Check): string => `${check.id}: ${check.status}: ${check.errorMessage ?? ''}`;

/** What is wrong with a scenario that has to hold: failed checks, and excused ones that hold after all. */
const problemsOf = (name: string, checks: readonly Check[]): string[] => {
  const excused = new Set(fixtureChecks[name] ?? []);
  const failed = checks.filter((c) => c.status === 'FAILURE');
  return [
    ...failed.filter((c) => !excused.has(c.id)).map(told),
    ...[...excused].filter((id) => !failed.some((c) => c.id === id)).map((id) => `${id} is excused and holds: take it off the list`),
    ...(checks.some((c) => c.status === 'SUCCESS') ? [] : ['no check held']),
  ];
};

/** Runs every scenario for servers, each revision on its own wire, and judges it by the list it is in. */
export const checkServer = async (url: string, out: Tap): Promise<void> => {
  const known = await knownScenarios('server');
  const listed = [...wanted, ...needFixtures, ...notOffered];
  const strange = [...known.keys()].filter((s) => !listed.includes(s));
  const gone = listed.filter((s) => !known.has(s));
  const twice = listed.filter((s, i) => listed.indexOf(s) !== i);
  out.line(
    known.size > 0 && strange.length === 0 && gone.length === 0 && twice.length === 0,
    `every scenario of the suite is in one list (${known.size})`,
    [...strange.map((s) => `in no list: ${s}`), ...gone.map((s) => `not in the suite: ${s}`), ...twice.map((s) => `in two lists: ${s}`)],
  );

  let wires = 0;
  for (const revision of revisions) {
    const ran = await runSuite('server', ['--url', url, '--suite', 'all', '--spec-version', revision]);
    for (const name of wanted) {
      if (!known.get(name)?.includes(revision)) continue;
      const checks = ran.get(name);
      const problems = checks ? problemsOf(name, checks) : ['it did not run'];
      out.line(problems.length === 0, `${revision} ${name}`, problems);
    }
    const wire = [...ran]
      .map(([name, checks]) => [name, checks.filter((c) => WIRE.includes(c.id))] as const)
      .filter(([, c]) => c.length > 0);
    wires += wire.length;
    const bad = wire.flatMap(([name, checks]) => checks.filter((c) => c.status !== 'SUCCESS').map((c) => `${name}: ${told(c)}`));
    out.line(bad.length === 0 && wire.length > 20, `${revision} every message on the wire fits the schema (${wire.length} scenarios)`, bad);
  }
  out.line(wires > 50, `messages were held against the schema in ${wires} scenarios`);
};
