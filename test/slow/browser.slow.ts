import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { chromiumPath, openChromium } from '../support/chromium.ts';
import { doorWorld, PASSWORD } from '../support/door.ts';

/**
 * The pages of the door in a real browser. SCREENSHOTS=folder keeps a picture of each page, light and dark, to be looked at.
 */
const inBrowser = chromiumPath === undefined ? test.skip : test.serial;
if (chromiumPath === undefined) console.log('# no Chromium here (CHROMIUM_PATH, /usr/bin/chromium): the browser tests are skipped');

interface Tab {
  page: Page;
  context: BrowserContext;
  /** What the browser complained of: blocked scripts, styles, forms. */
  complaints: string[];
  shot(name: string): Promise<void>;
  /** Presses a button that sends a form, until the page that answers is there: the page before may show what is looked for next, too. */
  press(button: Locator): Promise<void>;
  /** Types where the focus is, once it is there: a browser sets it when it first draws a page, some time after the page can be read. */
  type(label: string, text: string): Promise<void>;
}

const open = async (t: ExecutionContext, options: { script?: boolean; grant?: string } = {}): Promise<Tab> => {
  const browser = await openChromium();
  t.teardown(() => browser.close());
  const context = await browser.newContext({ javaScriptEnabled: options.script ?? true, viewport: { width: 1000, height: 800 } });
  if (options.grant) await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: options.grant });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (m) => {
    if (['error', 'warning'].includes(m.type())) complaints.push(m.text());
  });
  page.on('pageerror', (e) => complaints.push(e.message));
  const folder = process.env.SCREENSHOTS;
  const shot = async (name: string): Promise<void> => {
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: true });
    }
  };
  const press = async (button: Locator): Promise<void> => {
    await Promise.all([page.waitForEvent('load'), button.click()]);
  };
  const type = async (label: string, text: string): Promise<void> => {
    await page.getByLabel(label).and(page.locator(':focus')).waitFor();
    await page.keyboard.type(text);
  };
  return { page, context, complaints, shot, press, type };
};

for (const name of ['localhost', 'acme.localhost'])
  inBrowser(`by an invitation to a token and a connected app, on http://${name}`, async (t) => {
    const w = await doorWorld(t);
    const at = `http://${name}:${w.port}`;
    const { page, complaints, shot, context, press, type } = await open(t, { grant: at });
    const { secret } = await w.door.invitations.make({ tenant: w.tenant, email: 'ann@example.com', role: 'owner' });

    await page.goto(`${at}/`);
    await shot('home-signed-out');
    await page.goto(`${at}/invitation/${secret}`);
    await shot('invitation');
    await page.getByLabel('New password').fill(PASSWORD);
    await page.getByLabel('The same again').fill('not the same at all');
    await press(page.getByRole('button', { name: 'Set the password and sign in' }));
    t.regex((await page.getByRole('alert').textContent()) ?? '', /not the same/);
    await page.getByLabel('New password').fill(PASSWORD);
    await page.getByLabel('The same again').fill(PASSWORD);
    await press(page.getByRole('button', { name: 'Set the password and sign in' }));
    await page.getByText('ann@example.com').waitFor();
    t.is(new URL(page.url()).pathname, '/');
    await shot('home');
    t.is(await page.evaluate('document.cookie'), '', 'no script reads the cookies');

    await press(page.getByRole('button', { name: 'Sign out' }));
    await page.getByText('You are signed out.').waitFor();
    await page.goto(`${at}/settings/tokens`);
    t.is(new URL(page.url()).pathname, '/sign-in');
    // By keyboard alone: the address has the focus.
    await type('E-mail address', 'ann@example.com');
    await page.keyboard.press('Tab');
    await type('Password', 'not my password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    t.is(await page.getByLabel('E-mail address').inputValue(), 'ann@example.com');
    await shot('sign-in-wrong');
    await type('Password', PASSWORD);
    t.is(await page.getByLabel('Password').inputValue(), PASSWORD);
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
    t.is(new URL(page.url()).pathname, '/settings/tokens', `back where it was asked for: ${await page.locator('main').innerText()}`);
    t.is(await page.getByRole('heading', { level: 1 }).innerText(), 'Tokens');
    await shot('tokens-none');

    await page.getByLabel('Name').fill('Laptop <b>');
    await page.getByLabel('Client').selectOption('VS Code');
    await page.getByLabel('costs.read').check();
    t.is(await page.getByLabel('Holds for').inputValue(), '30');
    await page.getByRole('button', { name: 'Make the token' }).click();
    const token = (await page.locator('#token').textContent()) ?? '';
    t.is((await w.directory.verifyToken(token)).status, 'valid');
    await shot('token-made');
    await page.getByRole('button', { name: 'Copy' }).nth(1).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = JSON.parse(await page.evaluate<string>('navigator.clipboard.readText()'));
    t.is(copied.servers.orgonaut.headers.Authorization, `Bearer ${token}`);
    t.is(copied.servers.orgonaut.url, `${at}/mcp/orgonaut`);

    await page.getByRole('link', { name: 'Back to the tokens' }).click();
    await w.directory.createToken({ tenant: w.tenant, name: 'nightly export', role: 'viewer', expires: new Date(Date.now() - 1000) });
    await page.reload();
    await shot('tokens');
    await press(page.getByRole('button', { name: 'Replace Laptop <b>' }));
    t.not(await page.locator('#token').textContent(), token);
    t.is((await w.directory.verifyToken(token)).status, 'revoked');
    const tokens = (await w.directory.listTokens(w.tenant)).length;
    await page.reload();
    await page.getByRole('heading', { name: 'Made already' }).waitFor();
    t.is((await w.directory.listTokens(w.tenant)).length, tokens, 'loading the page anew makes nothing');
    await shot('token-made-already');
    await page.goBack();
    await page.goto(`${at}/settings/tokens`);
    await press(page.getByRole('button', { name: 'Revoke Laptop <b>' }));
    await page.getByRole('status').waitFor();
    await shot('tokens-revoked');

    await page.getByRole('navigation').getByRole('link', { name: 'Connected apps' }).click();
    await shot('apps-none');
    const id = await w.connect('ann@example.com', 'Claude');
    await w.connect('ann@example.com', 'A client with a very long name of its own that goes on and on, '.repeat(3), [
      'mcp:use',
      'teams.read',
    ]);
    await page.reload();
    const claude = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Claude' }) });
    await claude.getByText('Change what it may do').click();
    await claude.getByLabel('costs.read').uncheck();
    await shot('apps');
    await press(claude.getByRole('button', { name: 'Take the others away' }));
    await page.getByRole('status').waitFor();
    const now = (await w.apps.list(w.tenant)).find((a) => a.grant_id === id);
    t.true(now?.abilities.includes('org-units.read'));
    t.false(now?.abilities.includes('costs.read'));
    await claude.getByText('How tools are named to it').click();
    await claude.getByLabel('Tool names').selectOption('underscore');
    await press(claude.getByRole('button', { name: 'Keep' }));
    await page.getByRole('status').waitFor();
    t.is((await w.apps.list(w.tenant)).find((a) => a.grant_id === id)?.naming, 'underscore');
    await press(claude.getByRole('button', { name: 'Revoke Claude' }));
    await page.getByRole('status').waitFor();
    t.is((await w.apps.list(w.tenant)).length, 1);
    await page.setViewportSize({ width: 360, height: 700 });
    await shot('apps-phone');
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    t.true(wide <= 360, `${wide} pixels wide on a phone`);

    const [session] = (await context.cookies()).filter((c) => c.name === 'ogn_session');
    t.like(session, { httpOnly: true, sameSite: 'Lax', path: '/' });
    // Answers of 401, 409 and 422 are named in the console as such; nothing was blocked.
    t.deepEqual(
      complaints.filter((c) => !/status of (401|409|422)/.test(c)),
      [],
    );
  });

inBrowser('a page of another site can neither post a form in a person’s name nor put the pages in a frame', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com');
  const { page } = await open(t);
  const at = `http://acme.localhost:${w.port}`;
  await page.goto(`${at}/sign-in`);
  await page.getByLabel('E-mail address').fill('ann@example.com');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('ann@example.com').waitFor();
  // The same machine under another name is another site to the browser.
  await page.route('http://evil.test/**', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<form method="post" action="${at}/settings/tokens"><input name="name" value="stolen"><input name="client" value="Cursor"><input name="days" value="30"><button>Win</button></form><iframe src="${at}/settings/tokens"></iframe>`,
    }),
  );
  await page.goto('http://evil.test/');
  t.false((page.frames()[1]?.url() ?? '').includes('/settings'), 'not framed');
  await page.getByRole('button', { name: 'Win' }).click();
  await page.waitForURL(`${at}/settings/tokens`);
  t.is((await w.directory.listTokens(w.tenant)).length, 0);
});

inBrowser('without script everything works, and the texts to copy are there', async (t) => {
  const w = await doorWorld(t);
  await w.join('ann@example.com');
  const { page } = await open(t, { script: false });
  const at = `http://localhost:${w.port}`;
  await page.goto(`${at}/sign-in?return_to=/settings/tokens`);
  await page.getByLabel('E-mail address').fill('ann@example.com');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Name').fill('plain');
  await page.getByRole('button', { name: 'Make the token' }).click();
  t.regex((await page.locator('#token').textContent()) ?? '', /^ogn_/);
  t.false(await page.getByRole('button', { name: 'Copy' }).first().isVisible());
  await page.reload();
  await page.getByRole('heading', { name: 'Made already' }).waitFor();
  t.is((await w.directory.listTokens(w.tenant)).length, 1);
});
