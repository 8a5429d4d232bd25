import test from 'ava';
import { oauthWorld, register } from './support/oauth.ts';

test('who registers too many apps from one network is told to wait, and uses up nobody else, at this tenant alone', async (t) => {
  let from = '203.0.113.9';
  const w = await oauthWorld(t, { door: { registrations: { points: 3, seconds: 3600 }, networkOf: () => from } });
  await w.tenant('other');
  for (let n = 0; n < 3; n++) t.is((await register(w.url)).status, 201);
  const over = await register(w.url);
  t.is(over.status, 429);
  const wait = Number(over.headers.get('retry-after'));
  t.true(wait > 0 && wait <= 3600, String(wait));
  t.like(over.json(), { code: 'RATE_LIMITED', error: 'temporarily_unavailable' });
  t.is((await register(w.at('other'))).status, 201, 'another tenant');
  from = '2001:db8:1:2::7';
  for (let n = 0; n < 3; n++) t.is((await register(w.url)).status, 201, 'another network');
  from = '2001:db8:1:2:ffff::8';
  t.is((await register(w.url)).status, 429, 'the same network');
  const [made] = await w.e.sql.query("select count(*)::int as n from access.oauth_row where kind = 'Client' and tenant = $1", [w.e.tenant]);
  t.is(made?.n, 6);
});
