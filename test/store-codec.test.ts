import { createHash, randomUUID } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { canonicalBytes, canonicalText } from '../src/store/canonical.ts';
import { decodeEvents, encodeEvents, MAX_EVENT_BYTES } from '../src/store/codec.ts';
import { ERASED, openWith, SealingKey, sealWith } from '../src/store/sealing.ts';
import type { NewEvent } from '../src/store/port.ts';
import { freshDatabase } from './support/database.ts';
import { event, noise } from './support/events.ts';

/** Any JSON value, but integers that JSON would round stand as text, as events must write them. */
const exact = (v: unknown): unknown => {
  if (typeof v === 'number') return Number.isInteger(v) && !Number.isSafeInteger(v) ? String(v) : v;
  if (Array.isArray(v)) return v.map(exact);
  return typeof v === 'object' && v !== null ? Object.fromEntries(Object.entries(v).map(([k, m]) => [k, exact(m)])) : v;
};
const value = fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' }).map(exact);

/** The same value with every object's members in another order. */
const shuffled = (v: unknown): unknown => {
  if (Array.isArray(v)) return v.map(shuffled);
  if (typeof v !== 'object' || v === null) return v;
  return Object.fromEntries(
    Object.entries(v)
      .reverse()
      .map(([k, m]) => [k, shuffled(m)]),
  );
};

test('canonical text follows the examples of RFC 8785', (t) => {
  // section 3.2.2 and 3.2.3
  t.is(
    canonicalText({
      numbers: [Number('333333333.33333329'), 1, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    }),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
  t.is(
    canonicalText({
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    }),
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
  );
  // section 3.2.4: the bytes of the first example's start
  t.is(canonicalBytes({ literals: [null], '€': 1 }).toString('hex'), Buffer.from('{"literals":[null],"€":1}').toString('hex'));
  // appendix B: IEEE 754 bits and their text
  const samples: [bits: string, text: string][] = [
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ];
  for (const [bits, text] of samples) {
    const number = Buffer.from(bits, 'hex').readDoubleBE();
    if (Number.isInteger(number) && !Number.isSafeInteger(number))
      t.throws(() => canonicalText([number]), { message: /write it as text/ }, text);
    else t.is(canonicalText([number]), `[${text}]`);
  }
});

test('canonical text is stable: the order of members does not matter, reading and writing again changes nothing', (t) => {
  fc.assert(
    fc.property(value, (v) => {
      const text = canonicalText(v);
      t.is(canonicalText(shuffled(v)), text);
      t.is(canonicalText(JSON.parse(text)), text);
      t.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(v)));
    }),
    { numRuns: 500 },
  );
});

test('what JSON cannot hold exactly is refused, not rounded', (t) => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  for (const bad of [2 ** 53, -(2 ** 60), Number.NaN, Number.POSITIVE_INFINITY, 10n, '\ud800', loop, undefined])
    t.throws(() => canonicalText(bad === undefined ? bad : { nested: [bad] }), undefined, String(bad));
  t.is(canonicalText({ a: undefined, b: 2 ** 53 - 1 }), '{"b":9007199254740991}');
});

test('events come back from their bytes as they were, personal parts sealed in between', async (t) => {
  const { keys } = await freshDatabase(t);
  const uuid = fc.constant(0).map(() => randomUUID());
  const personal = fc.record({ name: fc.string(), email: fc.option(fc.string()) });
  const change = fc.record({ id: uuid, set: value, personal }, { requiredKeys: ['id', 'set'] });
  const data = fc.record({
    changes: fc.array(change, { maxLength: 4 }),
    deep: fc.record({ list: fc.array(change, { maxLength: 2 }) }),
    other: value,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(data, { minLength: 1, maxLength: 3 }), async (list) => {
      const events = list.map((d): NewEvent => JSON.parse(JSON.stringify(event(d))) as NewEvent);
      const encoded = await encodeEvents(keys, 4, 's', events);
      const again = await encodeEvents(
        keys,
        4,
        's',
        events.map((e) => shuffled(e) as NewEvent),
      );
      t.deepEqual(
        again.map((e) => e.bytes),
        encoded.map((e) => e.bytes),
        'the same event always gives the same bytes',
      );
      for (const { bytes } of encoded) t.is(canonicalText(JSON.parse(bytes.toString())), bytes.toString(), 'the bytes are canonical');
      const rows = encoded.map((e, i) => ({
        tenant: 4,
        stream: 's',
        position: i + 1,
        revision: i,
        event_id: e.event_id,
        type: e.type,
        bytes: e.bytes,
      }));
      const read = await decodeEvents(keys, rows);
      t.deepEqual(
        read,
        events.map((e, i) => ({ ...e, tenant: 4, stream: 's', position: i + 1, revision: i, bytes: rows[i]?.bytes as Buffer })),
      );
    }),
    { numRuns: 60 },
  );
});

test('personal fields never reach the bytes, and personal fields of nobody are refused', async (t) => {
  const { keys } = await freshDatabase(t);
  const id = randomUUID();
  const [encoded] = await encodeEvents(keys, 1, 's', [
    event({ changes: [{ id, personal: { name: 'Grace Hopper', email: 'grace@example.org' } }] }),
  ]);
  t.false(/Grace|Hopper|grace@/.test(encoded?.bytes.toString() ?? ''));
  await t.throwsAsync(encodeEvents(keys, 1, 's', [event({ changes: [{ personal: { name: 'Grace' } }] })]), { instanceOf: TypeError });
  // somebody's own object in the shape of a sealed one but for its names is sealed like any other
  const [dressed] = await encodeEvents(keys, 1, 's', [
    event({ changes: [{ id, personal: { sealed: 'Grace Hopper', fields: 'x', name: 'y' } }] }),
  ]);
  t.false(dressed?.bytes.toString().includes('Grace'));
});

/** Written by the first version under the same key. */
const SEALED = {
  key: '09f7200c043a',
  fields: ['email', 'name'],
  sealed: 'W8RVCD8Z3725CYPmn8HK27TuwaAc4cFSp33X_67qnM6jtJTgFGbdbOhP_lPhhfzrU_V1IhUoDQ',
};

test('what this version seals, the versions before it opened, and the other way round: the bytes are the same', async (t) => {
  const key = new SealingKey(createHash('sha256').update('a').digest());
  t.deepEqual(sealWith(key, 1, 'ada', { name: 'Ada', email: null }), SEALED);
});

test('a sealed part opens only under its key, for its actor and its tenant, and unaltered', (t) => {
  const key = new SealingKey(createHash('sha256').update('a').digest());
  const other = new SealingKey(createHash('sha256').update('b').digest());
  const sealed = sealWith(key, 1, 'ada', { name: 'Ada', email: null });
  t.deepEqual(openWith(key, 1, 'ada', sealed), { name: 'Ada', email: null });
  t.deepEqual(sealWith(key, 1, 'ada', { email: null, name: 'Ada' }), sealed);
  t.not(sealWith(other, 1, 'ada', { name: 'Ada', email: null }).sealed, sealed.sealed);
  t.deepEqual(openWith(undefined, 1, 'ada', sealed), { email: ERASED, name: ERASED });
  t.deepEqual(openWith(other, 1, 'ada', sealed), { email: ERASED, name: ERASED });
  t.throws(() => openWith(key, 2, 'ada', sealed));
  t.throws(() => openWith(key, 1, 'bob', sealed));
  const bytes = Buffer.from(sealed.sealed, 'base64url');
  for (let i = 0; i < bytes.length; i += 1) {
    const flipped = Buffer.from(bytes);
    flipped[i] = (flipped[i] as number) ^ 1;
    t.throws(() => openWith(key, 1, 'ada', { ...sealed, sealed: flipped.toString('base64url') }), undefined, `byte ${i}`);
  }
});

test('an event of 1 MB fits, one byte more does not', async (t) => {
  const { keys } = await freshDatabase(t);
  const [empty] = await encodeEvents(keys, 1, 's', [event({ text: '' }, randomUUID())]);
  const room = MAX_EVENT_BYTES - (empty?.bytes.length ?? 0);
  t.is((await encodeEvents(keys, 1, 's', [event({ text: noise(room) })]))[0]?.bytes.length, MAX_EVENT_BYTES);
  await t.throwsAsync(encodeEvents(keys, 1, 's', [event({ text: noise(room + 1) })]), { message: /TOO_LARGE/ });
});
