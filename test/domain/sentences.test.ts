import test from 'ava';
import { change, changeNames, changeTypes } from '../../src/domain/changes.ts';
import { type Field, fields, type Kind, type Values } from '../../src/domain/entities.ts';
import { sentence, titleOf } from '../../src/domain/sentences.ts';

const thing = '01996f3c-8a00-7000-8000-00000000000';
const sample = (field: Field, nth: number): string | boolean => {
  switch (field.type) {
    case 'id':
      return `${thing}${nth % 10}`;
    case 'decimal':
      return `${nth}98765.43`;
    case 'date':
      return '2027-02-03';
    case 'boolean':
      return true;
    case 'choice':
      return field.values?.[0] as string;
    default:
      return `text ${nth}`;
  }
};
const filled = (kind: Kind, names: readonly string[], from: number): Values =>
  Object.fromEntries(names.map((f, i) => [f, sample((fields[kind] as Record<string, Field>)[f] as Field, from + i)]));
const namer = (kind: Kind): string => `"some ${kind}"`;

test('every type of change says one plain sentence, whatever it sets, with no amount, no id and no personal field', (t) => {
  for (const type of changeNames) {
    const { kind, required, optional }: { kind: Kind; required: readonly string[]; optional: readonly string[] } = changeTypes[type];
    for (const names of [required, [...required, ...optional], ...optional.map((f) => [...required, f])]) {
      // Only an actor's personal fields, and a revert, say something that is no field.
      if (names.length === 0 && kind !== 'actor' && type !== 'ChangesReverted') continue;
      const personal = kind === 'actor' ? { personal: { name: 'Quillon Zephyr' } } : {};
      const one = change(type, `${thing}0`, '2027-01-01', filled(kind, names, 1), personal);
      for (const before of [{}, filled(kind, names, 50)]) {
        const said = sentence(one, before, namer);
        t.regex(said, /^[A-Z][^\n]*\.$/, type);
        t.notRegex(said, /undefined|null|NaN|\[object|: +from| {2}/, `${type}: ${said}`);
        t.false(said.includes(thing), said);
        t.false(said.includes('Quillon'), said);
        const amount = ['pay_amount', 'amount', 'value'].flatMap((f) => [one.set[f], before[f]]).filter((v) => typeof v === 'string');
        for (const value of amount) t.false(said.includes(value as string), `${type} tells ${value}`);
      }
    }
  }
});

test('what is updated is told with old and new values, three fields of it', (t) => {
  const said = (set: Values, before: Values) => sentence(change('PositionUpdated', `${thing}0`, '2027-01-01', set), before, namer);
  t.is(said({ grade: 'L5' }, { grade: 'L4' }), 'Changes position "some position": grade from "L4" to "L5" from 2027-01-01.');
  t.is(said({ grade: 'L5' }, { grade: null }), 'Changes position "some position": grade to "L5" from 2027-01-01.');
  t.is(
    said({ grade: null, pay_amount: '1.00', unit_id: `${thing}1`, title: 'A "B"' }, { grade: 'L4', pay_amount: '2.00' }),
    'Changes position "some position": grade from "L4" to nothing, pay amount, unit and 1 more field from 2027-01-01.',
  );
});

test('a title is the first sentence and how many follow, within 200 characters', (t) => {
  const of = (...sentences: string[]) => titleOf(sentences.map((s) => ({ sentence: s })));
  t.is(of('Closes unit "A".'), 'Closes unit "A"');
  t.is(of('Closes unit "A".', 'b.'), 'Closes unit "A" and 1 more change');
  t.is(of('Closes unit "A".', 'b.', 'c.'), 'Closes unit "A" and 2 more changes');
  t.is(of(), 'Changes nothing');
  for (let n = 150; n < 230; n++) {
    const long = of(`${'a'.repeat(n)}${'𝕏'.repeat(20)}.`, 'b.');
    t.true(long.length <= 200 && long.isWellFormed(), long);
  }
});
