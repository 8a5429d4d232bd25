import test from 'ava';
import { change } from '../src/domain/changes.ts';
import { ask, refusal } from './queries/ask.ts';
import { type Engine, engine, id } from './support/engine.ts';

const start = '2026-01-01';

/** A root with three units of a team each and three seats. */
const given = async (t: Parameters<typeof engine>[0]): Promise<Engine> => {
  const e = await engine(t, { now: new Date('2026-06-15T10:00:00Z') });
  const unit = (name: string, parent: string | null) =>
    change('OrgUnitCreated', id(name), start, { name, kind: parent ? 'team' : 'company', parent_id: parent && id(parent) });
  const seat = (name: string, at: string) =>
    change('PositionCreated', id(name), start, { title: name, unit_id: id(at), status: 'open', reporting: 'unit_head' });
  await e.givenBaseline([unit('root', null), ...['a', 'b', 'c'].flatMap((u) => [unit(u, 'root'), seat(`seat ${u}`, u)])]);
  return e;
};

test('a time that no calendar or no clock shows is refused, not a fault', async (t) => {
  const e = await given(t);
  for (const as_of of [
    '2026-02-30T00:00:00Z',
    '2026-11-31T12:00:00+01:00',
    '0000-01-01T00:00:00Z',
    '2026-06-15T10:00:00+18:00',
    '2026-06-15T10:00:00-23:59',
  ])
    await refusal(t, ask(e, 'org.overview', { as_of }), 'INPUT_INVALID');
  for (const after of ['2023-02-29T00:00:00Z', '2026-06-15T10:00:00+16:00'])
    await refusal(t, ask(e, 'audit.events', { after }), 'INPUT_INVALID');
  for (const as_of of ['2099-12-31T23:59:59.123456789-12:00', '2096-02-29T24:00:00Z', '2099-01-01T00:00+14:00'])
    t.is((await ask(e, 'org.overview', { as_of })).seats, 3, as_of);
});

test('a cursor of another list, and one with an end that this list does not have, are refused', async (t) => {
  const e = await given(t);
  const page = await ask(e, 'position.list', { limit: 1 });
  for (const other of ['placement.list', 'actor.list', 'team.list', 'audit.events', 'cost.summary'])
    await refusal(t, ask(e, other, { limit: 1, cursor: page.next_cursor }), 'INPUT_INVALID');
  const ended = (cursor: string, a: string) =>
    Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(cursor, 'base64url').toString()), a })).toString('base64url');
  for (const a of ["x'y", '', '7', '%'])
    await refusal(t, ask(e, 'position.list', { limit: 1, cursor: ended(page.next_cursor, a) }), 'INPUT_INVALID');
  const units = await ask(e, 'org.metrics', { by_unit: true, limit: 1 });
  for (const a of ['abc', '-1', '1.5', '1e9', id('a')])
    await refusal(t, ask(e, 'org.metrics', { by_unit: true, limit: 1, cursor: ended(units.next_cursor, a) }), 'INPUT_INVALID');
  t.is((await ask(e, 'position.list', { limit: 1, cursor: page.next_cursor })).positions.length, 1);
});
