import { connect } from 'node:net';
import test from 'ava';
import { doorWorld, type DoorWorld, PASSWORD, visitor } from './support/door.ts';

/** What a request of these very bytes is answered with. */
const raw = (port: number, lines: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8').on('data', (d) => {
      text += d;
    });
    socket.on('error', reject).on('close', () => resolve(text));
    socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
  });

let w: DoorWorld;
const kept: (() => Promise<void>)[] = [];
test.before(async () => {
  w = await doorWorld({ teardown: (fn) => void kept.push(fn) });
  await w.join('ann@example.com');
});
test.after.always(async () => {
  for (const end of kept.reverse()) await end();
});

/** A session with the headers that the interface wants of one. */
const api = async () => {
  const v = await w.inside('ann@example.com');
  const { csrf } = JSON.parse((await v.get('/api/v1/session')).text) as { csrf: string };
  return (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    v.send(method, path, body, { 'X-CSRF-Token': csrf, ...headers });
};
const said = (text: string) => JSON.parse(text) as Record<string, unknown> & { details: Record<string, unknown> };

test('a request that names its host or its credential two ways is refused, whichever of the two a proxy went by', async (t) => {
  const own = `acme.localhost:${w.port}`;
  const status = async (...lines: string[]) => (await raw(w.port, lines)).slice(9, 12);
  t.is(await status('GET / HTTP/1.1', `Host: ${own}`), '200');
  t.is(await status('GET / HTTP/1.1', `Host: ${own}`, `Host: other.localhost:${w.port}`), '400');
  t.is(await status('GET / HTTP/1.1', `Host: ${own}`, `Host: ${own}`), '400');
  t.is(await status('POST /mcp/orgonaut HTTP/1.1', `Host: ${own}`, 'Authorization: Bearer a', 'Authorization: Bearer b'), '400');
  t.is(await status(`GET http://${own}/ HTTP/1.1`, `Host: ${own}`), '200');
  t.is(await status(`GET http://ACME.localhost:${w.port}/ HTTP/1.1`, `Host: ${own}`), '200');
  t.is(await status(`GET http://other.localhost:${w.port}/ HTTP/1.1`, `Host: ${own}`), '400');
  t.is(await status('GET http://evil.example/ HTTP/1.1', `Host: ${own}`), '400');
});

test('text that no database holds is refused or found nowhere, and is no fault', async (t) => {
  const send = await api();
  for (const name of ['a\ud800', 'a\0b', '\u202eevil', '\u200b', '\u200d \u2066'])
    t.is((await send('POST', '/api/v1/tokens', { name, client: 'Cursor' })).status, 422, JSON.stringify(name));
  t.is((await send('POST', '/api/v1/tokens', { name: 'Ada 👩🏽‍🚀', client: 'Cursor' })).status, 201);
  t.is((await send('PATCH', '/api/v1/connected-apps/%00', { naming: null })).status, 404);
  t.deepEqual(said((await send('DELETE', '/api/v1/connected-apps/a%00')).text), { revoked: false });
  t.is((await send('DELETE', '/api/v1/tokens/%00')).status, 404);
  t.is((await send('GET', '/api/v1/usage?since=0000-01-01')).status, 400);
  const stranger = visitor(w.port);
  await stranger.get('/sign-in');
  t.is((await stranger.post('/sign-in', { email: 'ann\0@example.com', password: PASSWORD })).status, 401);
  t.deepEqual(
    w.logged.filter((l) => l.includes('failed')),
    [],
  );
});

test('a refusal is told in words; its code has a place of its own', async (t) => {
  const send = await api();
  t.like(said((await send('POST', '/api/v1/tokens', { name: '', client: 'Cursor' })).text), {
    code: 'INPUT_INVALID',
    message: 'the name is empty, too long or has characters that cannot be seen',
  });
  const v = await w.inside('ann@example.com');
  const page = await v.post('/settings/tokens/none/revoke', {});
  t.is(page.status, 404);
  t.regex(page.text, /role="alert">There is no such token of yours\. /);
});

test('a body that is too large is told so', async (t) => {
  const send = await api();
  t.like(said((await send('POST', '/api/v1/tokens', { name: 'x'.repeat(70_000), client: 'Cursor' })).text), { code: 'TOO_LARGE' });
});

test('a token is made once with an Idempotency-Key, one after the other or at one moment; the repeat says which and how to go on', async (t) => {
  const send = await api();
  const wanted = { name: 'pipeline', client: 'Plain HTTP' };
  const key = { 'Idempotency-Key': '7f9c1d52-lost' };
  const before = (await w.directory.listTokens(w.tenant)).length;
  const answers = await Promise.all([1, 2, 3].map(() => send('POST', '/api/v1/tokens', wanted, key)));
  t.deepEqual(answers.map((a) => a.status).sort(), [201, 409, 409]);
  t.is((await w.directory.listTokens(w.tenant)).length, before + 1);
  const made = said(answers.find((a) => a.status === 201)?.text ?? '{}');
  const again = await send('POST', '/api/v1/tokens', { ...wanted, name: 'another' }, key);
  t.is(again.status, 409);
  t.like(said(again.text), { code: 'FORM_USED', details: { token_id: made.token_id, name: 'pipeline' } });
  const way = /POST (\/\S+?),/.exec(String(said(again.text).way_out))?.[1] ?? '';
  const replaced = await send('POST', way, undefined, key);
  t.is(replaced.status, 201, 'the same key is another one for another request');
  t.is((await send('POST', way, undefined, key)).status, 409);
  t.is((await w.directory.verifyToken(String(said(replaced.text).token))).status, 'valid', 'the repeat ended nothing');
  t.is((await send('POST', '/api/v1/tokens', wanted, { 'Idempotency-Key': 'two words' })).status, 422);
  t.is((await send('POST', '/api/v1/tokens', wanted)).status, 201, 'without a key each request makes one');
  await w.join('bob@example.com', 'member');
  const bob = await w.inside('bob@example.com');
  const { csrf } = JSON.parse((await bob.get('/api/v1/session')).text) as { csrf: string };
  t.is((await bob.send('POST', '/api/v1/tokens', wanted, { 'X-CSRF-Token': csrf, ...key })).status, 201, "another person's key");
});
