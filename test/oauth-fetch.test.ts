import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import test from 'ava';
import { pinnedGet } from '../src/oauth/outbound.ts';

/** A server for app.example, a name that no resolver knows, with a certificate that this process trusts. */
const server = async (
  t: { teardown(fn: () => void): void },
  answers: Record<string, { status?: number; type?: string; body?: string; location?: string }>,
) => {
  const folder = mkdtempSync(join(tmpdir(), 'orgonaut-tls-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=app.example',
      '-addext',
      'subjectAltName=DNS:app.example',
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { stdio: 'ignore' },
  );
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(cert, 'utf8')]);
  const asked: string[] = [];
  const listening = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (req, res) => {
    asked.push(`${req.headers.host} ${req.url}`);
    const { status = 200, type = 'application/json', body = '{}', location } = answers[req.url ?? ''] ?? { status: 404 };
    res.writeHead(status, { 'content-type': type, 'cache-control': 'max-age=60', 'set-cookie': 'a=b', ...(location ? { location } : {}) });
    res.end(body);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void listening.close());
  const { port } = listening.address() as AddressInfo;
  const get = (path: string, host = 'app.example') =>
    pinnedGet(new URL(`https://${host}:${port}${path}`), [{ address: '127.0.0.1', family: 4 }], AbortSignal.timeout(5_000));
  return { get, asked };
};

test('what is fetched comes from the address that was looked at, over TLS for the name, bounded, as JSON, without going on', async (t) => {
  const { get, asked } = await server(t, {
    '/good': { body: '{"a":1}' },
    '/more-json': { type: 'application/client+json; charset=utf-8', body: '{"a":2}' },
    '/away': { status: 302, location: 'http://127.0.0.1/secret' },
    '/page': { type: 'text/html', body: '<html>' },
    '/large': { body: `"${'x'.repeat(65 * 1024)}"` },
  });
  const good = await get('/good');
  t.deepEqual(await good.json(), { a: 1 });
  t.is(good.headers.get('cache-control'), 'max-age=60');
  t.is(good.headers.get('set-cookie'), null);
  t.deepEqual(await (await get('/more-json')).json(), { a: 2 });
  const away = await get('/away');
  t.is(away.status, 302);
  t.is(await away.text(), '');
  t.deepEqual(
    asked.filter((a) => a.includes('secret')),
    [],
  );
  t.true(asked.every((a) => a.startsWith('app.example:')));
  await t.throwsAsync(get('/page'), { message: /no JSON/ });
  await t.throwsAsync(get('/large'), { message: /too large/ });
  t.is((await get('/missing')).status, 404);
  await t.throwsAsync(get('/good', 'other.example'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});
