import test from 'ava';
import fc from 'fast-check';
import { z } from 'zod';
import { change } from '../src/domain/changes.ts';
import { ANSWER_LIMIT, fitted } from '../src/mcp/fit.ts';
import { id } from './support/engine.ts';
import { mcpWorld } from './support/mcp.ts';

const start = '2026-01-01';
const pageOf = { limit: z.int(), cursor: z.string().optional() };

test('pages that are made shorter hold every row once and in order, whatever the rows weigh', async (t) => {
  const tried: number[] = [];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 60_000 })), { maxLength: 60 }),
      fc.integer({ min: 1, max: 500 }),
      async (weights, limit) => {
        const rows = weights.map((weight, n) => ({ n, text: 'x'.repeat(weight) }));
        const seen: number[] = [];
        let cursor: string | undefined = '0';
        while (cursor !== undefined) {
          let asks = 0;
          const json = await fitted({ name: 'rows.list', input: z.object(pageOf) }, { limit, cursor }, async (args) => {
            asks++;
            const end = Number(args.cursor) + Number(args.limit);
            return JSON.stringify({
              rows: rows.slice(Number(args.cursor), end),
              ...(end < rows.length ? { next_cursor: String(end) } : {}),
            });
          });
          tried.push(asks);
          if (json.length > ANSWER_LIMIT) return false;
          const page = JSON.parse(json) as { rows: { n: number }[]; next_cursor?: string; shortened_to?: number };
          if (asks > 1 && (page.shortened_to !== page.rows.length || page.next_cursor === undefined)) return false;
          seen.push(...page.rows.map((r) => r.n));
          cursor = page.next_cursor;
        }
        return JSON.stringify(seen) === JSON.stringify(rows.map((r) => r.n));
      },
    ),
    { numRuns: 60 },
  );
  t.true(Math.max(...tried) > 1);
  t.true(Math.max(...tried) <= 8, 'few readings');
});

test('one item that is too long, and a list without pages, are refused; the latter with a limit that fits', async (t) => {
  const rows = Array.from({ length: 100 }, () => 'x'.repeat(4_000));
  const alone = fitted({ name: 'one.list', input: z.object(pageOf) }, { limit: 5 }, async () =>
    JSON.stringify({ rows: ['x'.repeat(ANSWER_LIMIT)] }),
  );
  await t.throwsAsync(alone, { message: /TOO_LARGE/ });
  const ask = async (args: Readonly<Record<string, unknown>>) => JSON.stringify({ rows: rows.slice(0, Number(args.limit)) });
  const input = z.object({ limit: z.int() });
  const refusal = (await t.throwsAsync(fitted({ name: 'rows.find', input }, { limit: 500 }, ask))) as unknown as {
    findings: { way_out: string }[];
  };
  const named = Number(/limit of about (\d+)\.$/.exec(refusal.findings[0]?.way_out ?? '')?.[1]);
  t.true(named > 40 && (await fitted({ name: 'rows.find', input }, { limit: named }, ask)).length <= ANSWER_LIMIT, String(named));
});

test('a list that is asked for more than an answer holds gives what fits, says so, and its cursor leads to the rest', async (t) => {
  const w = await mcpWorld(t, { settings: { subscription: 'enterprise' } });
  const long = (n: number): string => `${n} ${'of a long name '.repeat(12)}`.trim();
  const many = Array.from({ length: 480 }, (_, n) => n);
  await w.e.givenBaseline([
    change('OrgUnitCreated', id('root'), start, { name: long(0), kind: 'company', parent_id: null, status: 'active' }),
    ...many.map((n) =>
      change('OrgUnitCreated', id(`unit ${n}`), start, { name: long(n), kind: 'team', parent_id: id('root'), status: 'active' }),
    ),
    ...many.map((n) =>
      change('PositionCreated', id(`seat ${n}`), start, {
        title: long(n),
        unit_id: id(`unit ${n}`),
        status: 'open',
        capacity_fte: '1',
        reporting: n === 0 ? 'none' : 'explicit',
        ...(n === 0 ? {} : { manager_id: id('seat 0') }),
      }),
    ),
  ]);
  const client = await w.client(await w.token());
  for (const [name, field, key, filter] of [
    ['position.list', 'positions', 'id', {}],
    ['org.metrics', 'units', 'org_unit_id', { by_unit: true }],
  ] as const) {
    const seen: string[] = [];
    let pages = 0;
    for (let cursor: unknown = undefined; pages === 0 || cursor !== undefined; pages++) {
      const { isError, structuredContent: page, text } = await client.call(name, { ...filter, limit: 500, ...(cursor ? { cursor } : {}) });
      t.falsy(isError, text);
      t.true(JSON.stringify(page).length <= ANSWER_LIMIT);
      const rows = page[field] as Record<string, string>[];
      if (pages === 0) {
        t.is(page.shortened_to, rows.length);
        if (name === 'org.metrics') t.is(page.unit_count, 480, 'the units with seats');
        t.regex(text, new RegExp(`^shortened_to: ${rows.length}\n`));
      }
      seen.push(...rows.map((r) => String(r[key])));
      cursor = page.next_cursor;
    }
    t.true(pages > 1, name);
    t.is(seen.length, 480, name);
    t.is(new Set(seen).size, seen.length, name);
  }
});
