import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import type { Page } from 'playwright-core';
import { chromiumPath, openChromium } from '../support/chromium.ts';
import { rawCall, rpcHeaders } from '../support/mcp.ts';
import { localFetch } from '../support/browser.ts';
import { authorizeUrl, challengeOf, oauthWorld, register, token, verifier } from '../support/oauth.ts';

/** Connecting an app in a real browser. SCREENSHOTS=folder keeps a picture of the page that asks, light and dark. */
const inBrowser = chromiumPath === undefined ? test.skip : test.serial;
if (chromiumPath === undefined) console.log('# no Chromium here (CHROMIUM_PATH, /usr/bin/chromium): the browser tests are skipped');

const PASSWORD = 'correct horse battery staple';

const shot = async (page: Page, name: string): Promise<void> => {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: true });
  }
};

/** A program on the person's machine that waits for its answer, and then sends the browser on to its maker's page. */
const program = async (t: { teardown(fn: () => void): void }) => {
  const got: URL[] = [];
  const server = createServer((req, res) => {
    got.push(new URL(req.url ?? '', 'http://127.0.0.1'));
    res.writeHead(302, { location: 'https://maker.test/done' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void server.close());
  return { got, redirect_uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback` };
};

for (const host of ['localhost', 'acme.localhost'])
  for (const script of [true, false])
    inBrowser(`an app is connected at http://${host} ${script ? 'with' : 'without'} script, and denied the next time`, async (t) => {
      const w = await oauthWorld(t);
      const origin = `http://${host}:${new URL(w.url).port}`;
      const email = 'ada@acme.example';
      const { user_id } = await w.directory.addUser({ tenant: w.e.tenant, email, role: 'manager' });
      await w.people.setPassword({ tenant: w.e.tenant, email, password: PASSWORD });
      const { got, redirect_uri } = await program(t);
      const client_id = String(
        (await register(origin, { client_name: 'Claude Code', redirect_uris: ['http://127.0.0.1/callback'] })).json().client_id,
      );

      const browser = await openChromium();
      t.teardown(() => browser.close());
      const page = await (await browser.newContext({ javaScriptEnabled: script, viewport: { width: 900, height: 900 } })).newPage();
      const complaints: string[] = [];
      page.on('console', (m) => {
        if (['error', 'warning'].includes(m.type())) complaints.push(m.text());
      });
      await page.route('https://maker.test/**', (route) =>
        route.fulfill({ contentType: 'text/html', body: '<h1>You may close this window</h1>' }),
      );
      const secret = verifier();
      const url = authorizeUrl(origin, {
        client_id,
        redirect_uri,
        code_challenge: challengeOf(secret),
        scope: 'mcp:use org-units.read costs.read scenarios.write',
      });

      await page.goto(url.href);
      await page.getByLabel('E-mail address').fill(email);
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByRole('heading', { name: /Claude Code/ }).waitFor();
      await page.getByText('See pay and cost').waitFor();
      await shot(page, 'consent');
      await page.getByRole('button', { name: 'Allow' }).click();
      await page.getByRole('heading', { name: 'You may close this window' }).waitFor();
      const back = got.at(-1)!.searchParams;
      t.is(back.get('iss'), `${origin}/mcp/orgonaut`);
      t.is(back.get('state'), 'xyz');
      const answer = await token(origin, {
        grant_type: 'authorization_code',
        client_id,
        code: back.get('code') ?? '',
        redirect_uri,
        code_verifier: secret,
      });
      const held = answer.json() as { access_token: string; scope: string };
      t.is(held.scope, 'mcp:use org-units.read costs.read scenarios.write');
      const call = await localFetch(`${origin}/mcp/orgonaut`, {
        method: 'POST',
        headers: rpcHeaders(held.access_token),
        body: JSON.stringify({ ...rawCall(''), method: 'tools/list', params: {} }),
      });
      t.is(call.status, 200, await call.text());

      await page.goto(url.href);
      await page.getByRole('button', { name: 'Deny' }).click();
      await page.getByRole('heading', { name: 'You may close this window' }).waitFor();
      t.is(got.at(-1)?.searchParams.get('error'), 'access_denied');
      t.is((await w.apps.list(w.e.tenant, { user_id })).length, 1);

      url.searchParams.set('redirect_uri', 'https://evil.test/');
      await page.goto(url.href);
      await page.getByRole('heading', { name: 'The app could not be connected' }).waitFor();
      await shot(page, 'not-connected');
      t.deepEqual(
        complaints.filter((c) => !/status of 400/.test(c)),
        [],
      );
    });
