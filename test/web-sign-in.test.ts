import test from 'ava';
import { safeReturn } from '../src/http/web/return-to.ts';
import { doorWorld, PASSWORD, visitor } from './support/door.ts';

const location = (seen: { headers: Record<string, string | string[] | undefined> }) => String(seen.headers.location);

test('only a path of this origin is gone on to', (t) => {
  for (const good of ['/', '/settings/tokens', '/oauth/interaction/abc?x=1', '/a//b', '/?next=//evil.example'])
    t.is(safeReturn(good), good, good);
  for (const bad of [
    undefined,
    null,
    '',
    'settings',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    '/%2e//evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    ' //evil.example',
    `/${'x'.repeat(3000)}`,
  ])
    t.is(safeReturn(bad), undefined, String(bad));
});

test('signing in sets a cookie of this host that no script reads, and goes on to the page that was asked for', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com');
  const v = visitor(w.port);
  const first = await v.get('/settings/tokens?a=1');
  t.is(first.status, 303);
  t.is(location(first), `/sign-in?return_to=${encodeURIComponent('/settings/tokens?a=1')}`);
  const page = await v.get(location(first));
  t.is(page.status, 200);
  t.is(page.headers['cache-control'], 'no-store');
  t.regex(String(page.headers['content-security-policy']), /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/);
  t.notRegex(String(page.headers['content-security-policy']), /script-src/);
  t.false(page.text.includes('<script'));
  const done = await v.post('/sign-in', { email: 'Ann@example.com', password: PASSWORD, return_to: '/settings/tokens?a=1' });
  t.is(done.status, 303);
  t.is(location(done), '/settings/tokens?a=1');
  t.regex(
    String([done.headers['set-cookie']].flat().find((c) => c?.startsWith('ogn_session='))),
    /; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/,
  );
  t.is((await v.get(location(done))).status, 200);
  for (const evil of ['//evil.example', 'https://evil.example', '/\\evil.example']) {
    const other = visitor(w.port);
    await other.get(`/sign-in?return_to=${encodeURIComponent(evil)}`);
    t.is(location(await other.post('/sign-in', { email: 'ann@example.com', password: PASSWORD, return_to: evil })), '/', evil);
  }
});

test('on https the cookie is secure and bound to its host by its prefix', async (t) => {
  const w = await doorWorld(t, { publicUrl: 'https://org.example.com', tenantDomain: 'org.example.com' });
  await w.join('ann@example.com');
  const v = visitor(w.port, 'acme.org.example.com');
  const headers = { Host: 'acme.org.example.com', Origin: 'https://acme.org.example.com' };
  await v.get('/sign-in', headers);
  const done = await v.post('/sign-in', { email: 'ann@example.com', password: PASSWORD }, headers);
  t.is(done.status, 303);
  for (const cookie of [done.headers['set-cookie']].flat()) t.regex(String(cookie), /^__Host-ogn_\w+=.*; Secure/);
  t.is((await v.get('/settings/tokens', headers)).status, 200);
  const plain = visitor(w.port, 'acme.org.example.com');
  plain.cookies.set('ogn_session', v.cookies.get('__Host-ogn_session') ?? '');
  t.is((await plain.get('/settings/tokens', headers)).status, 303, 'a cookie without the prefix is not looked at');
});

test('a wrong password, an unknown address and one without a password give one page but for the address that was typed', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com');
  await w.directory.addUser({ tenant: w.tenant, email: 'bob@example.com', role: 'viewer' });
  const pages: string[] = [];
  for (const email of ['ann@example.com', 'bob@example.com', 'eve@example.com']) {
    const v = visitor(w.port);
    await v.get('/sign-in');
    const seen = await v.post('/sign-in', { email, password: 'wrong password' });
    t.is(seen.status, 401);
    t.false(seen.text.includes('wrong password'));
    pages.push(seen.text.replaceAll(email, '').replace(/name="csrf" value="[^"]+"/, ''));
  }
  t.is(new Set(pages).size, 1);
  t.regex(pages[0] ?? '', /The address or the password is not right/);
});

test('after too many tries the answer is 429 with Retry-After, whoever it is', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com');
  for (const email of ['ann@example.com', 'nobody@example.com']) {
    const v = visitor(w.port);
    await v.get('/sign-in');
    for (let i = 0; i < 10; i++) t.is((await v.post('/sign-in', { email, password: 'wrong' })).status, 401);
    const seen = await v.post('/sign-in', { email, password: PASSWORD });
    t.is(seen.status, 429);
    t.true(Number(seen.headers['retry-after']) > 0);
    t.false([...v.cookies.keys()].includes('ogn_session'));
  }
});

test('a form without its token, with another one, or from another site changes nothing', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com');
  const v = visitor(w.port);
  await v.get('/sign-in');
  const good = { email: 'ann@example.com', password: PASSWORD };
  t.is((await v.post('/sign-in', { ...good, csrf: '' })).status, 403);
  t.is((await v.post('/sign-in', { ...good, csrf: 'A'.repeat(43) })).status, 403);
  t.is((await v.post('/sign-in', good, { 'Sec-Fetch-Site': 'cross-site' })).status, 403);
  t.is(
    (await v.post('/sign-in', good, { Origin: `http://other.localhost:${w.port}`, 'Sec-Fetch-Site': '' })).status,
    403,
    'a page of another tenant',
  );
  t.is((await v.post('/sign-in', good, { 'Content-Type': 'text/plain' })).status, 403);
  const fresh = visitor(w.port);
  t.is((await fresh.post('/sign-in', { ...good, csrf: [...v.cookies.values()][0] ?? '' })).status, 403, 'a token without its cookie');
  t.is((await v.post('/sign-in', good)).status, 303);

  const inside = await w.inside('ann@example.com');
  const create = { name: 'laptop', client: 'Cursor', days: '30' };
  t.is((await inside.post('/settings/tokens', { ...create, csrf: 'A'.repeat(43) })).status, 403);
  t.is((await inside.post('/settings/tokens', create, { 'Sec-Fetch-Site': 'same-site' })).status, 403);
  t.is((await inside.post('/sign-out', { csrf: '' })).status, 403);
  t.is((await w.directory.listTokens(w.tenant)).length, 0);
  t.is((await inside.get('/settings/tokens')).status, 200, 'still signed in');
});

test('signing in gives a new session and ends the one the browser came with; a cookie that was planted is worth nothing', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com');
  const v = await w.inside('ann@example.com');
  const old = v.cookies.get('ogn_session') ?? '';
  const again = visitor(w.port);
  again.cookies.set('ogn_session', old);
  again.cookies.set('ogn_form', 'A'.repeat(43));
  await again.post('/sign-in', { email: 'ann@example.com', password: PASSWORD, csrf: 'A'.repeat(43) });
  t.not(again.cookies.get('ogn_session'), old);
  t.is((await v.get('/settings/tokens')).status, 303, 'the old one is over');
  const planted = visitor(w.port);
  planted.cookies.set('ogn_session', 'B'.repeat(43));
  t.is((await planted.get('/settings/tokens')).status, 303);
});

test('signing out ends the session for good', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com');
  const v = await w.inside('ann@example.com');
  const kept = v.cookies.get('ogn_session') ?? '';
  t.is(location(await v.post('/sign-out', {})), '/sign-in?out');
  t.false(v.cookies.has('ogn_session'));
  v.cookies.set('ogn_session', kept);
  t.is((await v.get('/settings/tokens')).status, 303);
});

test('a session of one tenant is none on the host of another, and a plain host is the default tenant', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com');
  const v = await w.inside('ann@example.com', 'acme.localhost');
  const there = visitor(w.port, 'other.localhost');
  there.cookies.set('ogn_session', v.cookies.get('ogn_session') ?? '');
  t.is((await there.get('/settings/tokens')).status, 303);
  const plain = visitor(w.port);
  plain.cookies.set('ogn_session', v.cookies.get('ogn_session') ?? '');
  t.regex((await plain.get('/')).text, /ann@example\.com/);
  t.regex((await visitor(w.port, 'other.localhost').get('/')).text, /Sign in to other/);
});

test('an invitation link shows whom it is for, sets the password and signs in, once; the log never holds its secret', async (t) => {
  const w = await doorWorld(t);
  const { secret } = await w.door.invitations.make({ tenant: w.tenant, email: 'ann@example.com', role: 'admin' });
  const v = visitor(w.port);
  const page = await v.get(`/invitation/${secret}`);
  t.is(page.status, 200);
  t.regex(page.text, /ann@example\.com/);
  t.is((await visitor(w.port, 'other.localhost').get(`/invitation/${secret}`)).status, 404, 'another tenant');
  const set = (password: string, again = password, more = {}) => v.post(`/invitation/${secret}`, { password, again, ...more });
  t.is((await set(PASSWORD, 'something else entirely')).status, 422);
  t.is((await set('short')).status, 422);
  t.is((await set(PASSWORD, PASSWORD, { csrf: 'x' })).status, 403);
  t.is((await set(PASSWORD)).status, 303);
  t.is((await v.get('/settings/tokens')).status, 200);
  t.is((await v.get(`/invitation/${secret}`)).status, 404);
  t.is((await set(PASSWORD)).status, 404);
  t.true(w.logged.some((line) => line.includes('/invitation/…')));
  t.false(w.logged.join().includes(secret));
  t.false(w.logged.join().includes(PASSWORD));
});

test('whatever a person typed comes back escaped', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com');
  const v = visitor(w.port);
  await v.get('/sign-in');
  const evil = '"><script>alert(1)</script>';
  t.false((await v.post('/sign-in', { email: evil, password: 'x' })).text.includes('<script'));
  t.false((await v.get(`/sign-in?return_to=${encodeURIComponent(`/${evil}`)}`)).text.includes('<script'));
  const inside = await w.inside('ann@example.com');
  const made = await inside.post('/settings/tokens', { name: evil, client: 'Cursor', days: '30' });
  t.is(made.status, 200);
  t.false(made.text.includes('<script>alert'));
  t.false((await inside.get('/settings/tokens')).text.includes('<script'));
  await w.connect('ann@example.com', evil);
  t.false((await inside.get('/settings/apps')).text.includes('<script'));
});

test('behind a known proxy the limit counts the address that the proxy saw, not what the client says', async (t) => {
  const w = await doorWorld(t, { web: () => ({ proxyHops: 1 }) });
  const v = visitor(w.port);
  await v.get('/sign-in');
  const from = (forwarded: string) => v.post('/sign-in', { email: 'ann@example.com', password: 'x' }, { 'X-Forwarded-For': forwarded });
  for (let i = 0; i < 10; i++) t.is((await from(`10.0.0.${i}, 203.0.113.5`)).status, 401);
  t.is((await from('10.9.9.9, 203.0.113.5')).status, 429);
  t.is((await from('203.0.113.6')).status, 401);
});
