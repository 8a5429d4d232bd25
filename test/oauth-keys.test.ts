import test from 'ava';
import { secretBox } from '../src/database/secret-box.ts';
import { KEY_DAYS, keyRing, SETTLE_MS } from '../src/oauth/keys.ts';
import { rowsOf, sweepRows } from '../src/oauth/rows.ts';
import { newId } from './support/engine.ts';
import { mcpWorld } from './support/mcp.ts';
import { connect, oauthWorld, refreshed, register } from './support/oauth.ts';

const DAY_MS = 86_400_000;
const master = Buffer.alloc(32, 7);

test('what is sealed is opened by the same master key and context alone, and not when a byte was altered', (t) => {
  const box = secretBox(master);
  const sealed = box.seal('a key', Buffer.from('secret'));
  t.false(sealed.includes('secret'));
  t.is(box.open('a key', sealed).toString(), 'secret');
  t.notDeepEqual(box.seal('a key', Buffer.from('secret')), sealed);
  t.throws(() => box.open('another', sealed));
  t.throws(() => secretBox(Buffer.alloc(32, 8)).open('a key', sealed), { message: /MASTER_KEY/ });
  for (const i of [0, 12, sealed.length - 1]) {
    const altered = Buffer.from(sealed);
    altered[i] = altered[i]! ^ 1;
    t.throws(() => box.open('a key', altered), undefined, String(i));
  }
});

test('keys are made once, kept encrypted, replaced by age, and the replaced one is known as long as it counts', async (t) => {
  const { e } = await mcpWorld(t);
  let now = new Date('2027-01-01T00:00:00Z');
  const ring = (key = master) => keyRing(e.sql, { secrets: secretBox(key), now: () => now, newId: () => newId() });
  const [one, two] = await Promise.all([ring().load(e.tenant), ring().load(e.tenant)]);
  t.deepEqual(one, two, 'two processes that begin at the same moment have the same keys');
  t.is(one.sign.length, 1);
  t.is(one.cookie.length, 1);
  const stored = JSON.stringify(await e.sql.query('select * from access.oauth_key'));
  const bytes = (await e.sql.query<{ sealed: Buffer }>('select sealed from access.oauth_key'))
    .map((r) => r.sealed.toString('latin1'))
    .join();
  for (const secret of [String(one.sign[0]?.d), String(one.cookie[0])]) t.false(stored.includes(secret) || bytes.includes(secret));
  await t.throwsAsync(ring(Buffer.alloc(32, 9)).load(e.tenant), { message: /MASTER_KEY/ });

  now = new Date(now.getTime() + (KEY_DAYS - 1) * DAY_MS);
  t.deepEqual(await ring().load(e.tenant), one);
  now = new Date(now.getTime() + 2 * DAY_MS);
  const fresh = await ring().load(e.tenant);
  t.is(fresh.sign.length, 2);
  t.is(fresh.sign[0]?.kid, one.sign[0]?.kid, 'a new key is known before it is used');
  now = new Date(now.getTime() + SETTLE_MS);
  const next = await ring().load(e.tenant);
  t.is(next.sign.length, 2);
  t.not(next.sign[0]?.kid, one.sign[0]?.kid);
  t.is(next.sign[1]?.kid, one.sign[0]?.kid);
  t.is(next.cookie[1], one.cookie[0]);
  now = new Date(now.getTime() + 31 * DAY_MS);
  const later = await ring().load(e.tenant);
  t.deepEqual(later.sign, next.sign.slice(0, 1));
  t.deepEqual(later.cookie, next.cookie.slice(0, 1));
  const { kid, used_from } = await ring().rotate(e.tenant);
  const rotated = await ring().load(e.tenant);
  t.deepEqual([rotated.sign.length, rotated.cookie.length], [2, 2]);
  t.is(rotated.sign[1]?.kid, kid);
  now = new Date(used_from);
  const used = await ring().load(e.tenant);
  t.deepEqual([used.sign[0]?.kid, used.cookie[1]], [kid, later.cookie[0]]);
});

test('the public keys are served, and nothing private with them', async (t) => {
  const w = await oauthWorld(t);
  const answer = await w.raw({ method: 'GET', path: '/oauth/jwks' });
  const { keys } = JSON.parse(answer.text) as { keys: Record<string, unknown>[] };
  t.is(keys.length, 1);
  t.like(keys[0], { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
  t.false('d' in keys[0]!);
});

test('what is over is swept, and clients that nobody connected; what stands, stays', async (t) => {
  const w = await oauthWorld(t);
  const { browser } = await w.person();
  const app = await connect(w.url, browser);
  await register(w.url, { client_name: 'Never used' });
  const kinds = async () => (await w.e.sql.query<{ kind: string }>('select kind from access.oauth_row order by kind')).map((r) => r.kind);
  t.is((await kinds()).filter((k) => k === 'Client').length, 2);
  await sweepRows(w.e.sql, new Date());
  t.is((await kinds()).filter((k) => k === 'Client').length, 2);
  await sweepRows(w.e.sql, new Date(Date.now() + 3 * 3_600_000));
  t.deepEqual(await kinds(), ['Client', 'Client', 'Grant', 'RefreshToken']);
  await w.e.sql.query("update access.oauth_row set created_at = created_at - interval '31 days' where kind = 'Client'");
  await sweepRows(w.e.sql, new Date());
  t.deepEqual(await kinds(), ['Client', 'Grant', 'RefreshToken']);
  t.is((await refreshed(w.url, app)).status, 200);
});

test('a row is spent once: whoever comes second, though it looked fresh to both, ends the grant', async (t) => {
  const { e } = await mcpWorld(t);
  const ended: string[] = [];
  const parts = { now: () => new Date(), endGrant: async (grant: string) => void ended.push(grant) };
  const place = { tenant: e.tenant, issuer: 'http://localhost/mcp/orgonaut' };
  const rows = rowsOf(e.sql, place, parts)('RefreshToken');
  await rows.upsert('a-token', { jti: 'a-token', grantId: 'a-grant', clientId: 'c' }, 60);
  const outcomes = await Promise.allSettled([rows.consume('a-token'), rows.consume('a-token'), rows.consume('a-token')]);
  t.is(outcomes.filter((o) => o.status === 'fulfilled').length, 1);
  t.deepEqual(ended, ['a-grant', 'a-grant']);
  t.like(await rows.find('a-token'), { jti: 'a-token', grantId: 'a-grant' });
  t.is(typeof (await rows.find('a-token'))?.consumed, 'number');
  t.is(await rows.find('another'), undefined);
  t.is(await rowsOf(e.sql, place, parts)('AccessToken').find('a-token'), undefined);
  t.is(await rowsOf(e.sql, { ...place, issuer: 'http://acme.localhost/mcp/orgonaut' }, parts)('RefreshToken').find('a-token'), undefined);
});

test('open registration has an end within the hour', async (t) => {
  const w = await oauthWorld(t);
  await register(w.url);
  await w.e.sql.query(
    `insert into access.oauth_row (hash, tenant, issuer, kind, payload, created_at)
     select sha256(g::text::bytea), $1::int, 'x', 'Client', '{}', now() from generate_series(1, 600) g`,
    [w.e.tenant],
  );
  const refused = await register(w.url);
  t.is(refused.status, 429);
  t.is(refused.headers.get('retry-after'), '600');
  await w.e.sql.query("update access.oauth_row set created_at = now() - interval '61 minutes' where issuer = 'x'");
  t.is((await register(w.url)).status, 201);
});
