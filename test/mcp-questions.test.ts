import test from 'ava';
import { setTenant } from '../src/application/tenant/index.ts';
import { MCP_PATH } from '../src/http/app.ts';
import { doorWorld, type DoorWorld } from './support/door.ts';
import { id } from './support/engine.ts';
import { type Era, eras } from './support/mcp.ts';
import { smallOrg } from './support/small-org.ts';
import { type Asked, type Answers, callWith, wholeClient, type WholeClient } from './support/surface.ts';

const ends: (() => Promise<void>)[] = [];
let w: DoorWorld;
let token: string;
test.before(async () => {
  w = await doorWorld({ teardown: (fn) => void ends.push(fn) }, { background: true, settings: { subscription: 'enterprise' } });
  await w.e.givenBaseline(smallOrg());
  await w.join('ann@example.com', 'manager');
  token = (await w.directory.createToken({ tenant: w.tenant, name: 'ann', user: 'ann@example.com' })).token;
});
test.after.always(async () => {
  for (const end of ends) await end();
});

const at = () => ({ mcp: `${w.url}${MCP_PATH}`, e: w.e });
const client = (
  t: { teardown(fn: () => Promise<void>): void },
  more: { era?: Era; over?: 'http' | 'stdio'; answers?: Answers; modes?: { form?: object; url?: object } } = {},
): Promise<WholeClient> => wholeClient(at(), t, { era: '2026', token, ...more });

const scenarioBy = async (c: WholeClient, name: string): Promise<string> =>
  String((await c.callTool({ name: 'scenario.create', arguments: { name } })).structuredContent?.scenario_id);
const closing = (scenario_id: string) => ({
  name: 'scenario.action.plan',
  arguments: { scenario_id, actions: [{ type: 'org_unit.close', org_unit_id: id('sales'), effective_on: '2027-01-01' }] },
});

/** Every way by which a client can be asked at all: the newest revision everywhere, the older ones over stdio alone. */
const askable: [Era, 'http' | 'stdio'][] = [
  ['2026', 'http'],
  ['2026', 'stdio'],
  ['2025 (sdk)', 'stdio'],
  ['2025 (client)', 'stdio'],
];

for (const [era, over] of askable)
  test(`a ${era} client over ${over} that shows forms asks what becomes of a unit's contents, and plans what the person chose`, async (t) => {
    const asked: Asked[] = [];
    const c = await client(t, {
      era,
      over,
      modes: { form: {} },
      answers: (question) => {
        asked.push(question);
        return { action: 'accept', content: { contents: `reparent:${id('support')}` } };
      },
    });
    const plan = await c.callTool(closing(await scenarioBy(c, `Closing by ${era} ${over}`)));
    t.falsy(plan.isError, JSON.stringify(plan.structuredContent));
    t.is(asked.length, 1);
    const field = asked[0]?.requestedSchema?.properties.contents;
    t.deepEqual(field?.enum, [`reparent:${id('acme')}`, `reparent:${id('support')}`, 'cascade']);
    t.is(field?.enumNames?.[0], 'Moves to Acme');
    t.false(field?.enumNames?.[1]?.includes('\n'), 'a name stays on one line');
    t.regex(asked[0]?.message ?? '', /in "Sales" when it closes/);
    const text = JSON.stringify(plan.structuredContent);
    t.true(text.includes('"type":"PositionMoved"') && text.includes(`"unit_id":"${id('support')}"`));
  });

for (const action of ['decline', 'cancel'] as const)
  test(`a person who answers a form with ${action} plans nothing and reads what was missing`, async (t) => {
    let times = 0;
    const c = await client(t, {
      modes: { form: {} },
      answers: () => {
        times += 1;
        return { action };
      },
    });
    const scenario_id = await scenarioBy(c, `Not closing: ${action}`);
    const plan = await c.callTool(closing(scenario_id));
    t.true(plan.isError);
    t.like(plan.structuredContent, { code: 'CLOSE_UNIT' });
    t.is(times, 1, 'asked once');
    const list = await c.callTool({ name: 'scenario.action.list', arguments: { scenario_id } });
    t.is(list.structuredContent?.total, 0);
  });

test('an answer that was not offered is as none', async (t) => {
  const c = await client(t, {
    modes: { form: {} },
    answers: () => ({ action: 'accept', content: { contents: 'reparent:everything; drop' } }),
  });
  t.like((await c.callTool(closing(await scenarioBy(c, 'Strange answer')))).structuredContent, { code: 'CLOSE_UNIT' });
});

test('a client that shows no forms reads in words what is missing, in every era and over both transports', async (t) => {
  for (const era of eras)
    for (const over of ['http', 'stdio'] as const) {
      const c = await client(t, { era, over });
      const plan = await c.callTool(closing(await scenarioBy(c, `No forms ${era} ${over}`)));
      t.true(plan.isError);
      t.like(plan.structuredContent, { code: 'CLOSE_UNIT' }, `${era} ${over}`);
      t.regex(plan.content?.[0]?.text ?? '', /mode "cascade", or mode "reparent" and new_parent_id/);
    }
  // Told at initialize and forgotten: over HTTP the older revisions keep no session, so nobody is asked.
  const old = await client(t, { era: '2025 (sdk)', modes: { form: {} }, answers: () => t.fail() as never });
  t.like((await old.callTool(closing(await scenarioBy(old, 'Old forms')))).structuredContent, { code: 'CLOSE_UNIT' });
});

const wantHumans = async (on: boolean): Promise<void> =>
  void (await setTenant(w.e.deps, w.e.caller('owner'), { settings: { human_confirmation: on } }));

test.serial('where a person has to confirm, no answer of a client does: the page does, and then the call gives its result', async (t) => {
  const plainClient = await client(t);
  const plan = await plainClient.callTool({
    name: 'scenario.action.plan',
    arguments: {
      scenario_id: await scenarioBy(plainClient, 'By a person'),
      title: '<b>Rename</b> & more',
      actions: [{ type: 'org_unit.rename', org_unit_id: id('sales'), name: 'Sales <script>alert(1)</script>' }],
    },
  });
  const { proposal_id, digest } = plan.structuredContent as { proposal_id: string; digest: string };
  const confirm = { name: 'scenario.action.confirm', arguments: { proposal_id, digest } };
  const page = `/proposals/${proposal_id}/confirm`;
  await wantHumans(true);
  try {
    // No client of any era confirms it, whatever it claims that its person said; all are told the address.
    for (const era of eras)
      for (const modes of [{ form: {} }, { url: {} }, { form: {}, url: {} }]) {
        const asked: Asked[] = [];
        const c = await client(t, {
          era,
          modes,
          answers: (question) => {
            asked.push(question);
            return { action: 'accept', content: { confirm: 'yes', accept: 'true', digest } };
          },
        });
        const refused = await c.callTool(confirm);
        t.true(refused.isError);
        t.like(refused.structuredContent, { code: 'HUMAN_REQUIRED' }, era);
        t.true((refused.content?.[0]?.text ?? '').includes(`${w.url}${page}`));
        t.deepEqual(
          asked.map((a) => [a.mode, a.url]),
          era === '2026' && 'url' in modes ? [['url', `${w.url}${page}`]] : [],
          'a form is never shown for it',
        );
      }
    t.like((await plainClient.callTool({ name: 'scenario.action.get', arguments: { proposal_id } })).structuredContent, {
      state: 'planned',
    });

    // The person, in the browser.
    const v = await w.inside('ann@example.com');
    const shown = await v.get(page);
    t.is(shown.status, 200);
    t.true(shown.text.includes(digest));
    t.true(shown.text.includes('&#60;b&#62;Rename&#60;/b&#62; &#38; more') && !shown.text.includes('<script>alert'));
    t.regex(shown.text, /<th scope="row">Headcount<\/th>/);
    t.is((await v.post(page, { digest, csrf: 'x'.repeat(43) })).status, 403, 'a form of somebody else');
    t.is((await v.post(page, { digest }, { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' })).status, 403);
    t.is((await v.post(page, {})).status, 404, 'without the digest of what was shown');
    await v.get(page);
    const other = await v.post(page, { digest: 'f'.repeat(64) });
    t.is(other.status, 422);
    t.regex(other.text, /digest/i);

    // With the address opened by the client, the person confirms while it waits; the same call then gives the answer.
    const c = await client(t, {
      modes: { url: {} },
      answers: (async (question: Asked) => {
        t.is(question.url, `${w.url}${page}`);
        await v.get(page);
        const done = await v.post(page, { digest, reason: 'Read it' });
        t.is(done.status, 200);
        t.regex(done.text, /Is confirmed/);
        t.notRegex(done.text, /Confirm exactly this/);
        return { action: 'accept' };
      }) as unknown as Answers,
    });
    const confirmed = await c.callTool(confirm);
    t.falsy(confirmed.isError, JSON.stringify(confirmed.structuredContent));
    t.like(confirmed.structuredContent, { status: 'confirmed', proposal_id });
    const [event] = await w.e.store.readLog(w.tenant, Number(confirmed.structuredContent?.event_position) - 1, 1);
    t.is(event?.metadata.via, 'web');
    t.is(event?.metadata.reason, 'Read it');
    t.is(event?.metadata.assistant, undefined, 'no assistant confirmed it');
  } finally {
    await wantHumans(false);
  }
});

test.serial('the page is for who is signed in, shows nobody what they may not see, and lets no reader confirm', async (t) => {
  const c = await client(t);
  const plan = await c.callTool({
    name: 'scenario.action.plan',
    arguments: {
      scenario_id: await scenarioBy(c, 'Private to Ann'),
      actions: [{ type: 'position.set_pay', position_id: id('seller'), pay_amount: '61234', pay_currency: 'USD', pay_basis: 'annual' }],
    },
  });
  const { proposal_id, digest } = plan.structuredContent as { proposal_id: string; digest: string };
  const page = `/proposals/${proposal_id}/confirm`;
  const { visitor } = await import('./support/door.ts');
  const nobody = await visitor(w.port).get(page);
  t.is(nobody.status, 303);
  t.is(nobody.headers.location, `/sign-in?return_to=${encodeURIComponent(page)}`);
  await w.join('mel@example.com', 'member');
  const member = await w.inside('mel@example.com');
  t.is((await member.get(page)).status, 404, "somebody else's private scenario");
  t.is((await member.get('/proposals/1/confirm')).status, 404);
  await w.e.deps.sql.query("update scenario_version set visibility = 'shared' where name = 'Private to Ann'");
  const shared = await member.get(page);
  t.is(shared.status, 200);
  t.notRegex(shared.text, /61,?234|<button>Confirm/);
  const tried = await member.post(page, { digest });
  t.is(tried.status, 422);
  t.regex(tried.text, /scenarios\.write/);
  t.like((await c.callTool({ name: 'scenario.action.get', arguments: { proposal_id } })).structuredContent, { state: 'planned' });
});

test('progress is told to who asks for it, in every era, and only grows', async (t) => {
  for (const era of eras)
    for (const over of ['http', 'stdio'] as const) {
      const c = await client(t, { era, over });
      const scenario_id = await scenarioBy(c, `Progress ${era} ${over}`);
      const told: { progress: number; total?: number; message?: string }[] = [];
      const done = await callWith(
        era,
        c,
        'scenario.action.plan',
        { scenario_id, actions: [{ type: 'org_unit.rename', org_unit_id: id('sales'), name: 'Sold' }] },
        { onprogress: (p: (typeof told)[number]) => told.push(p) },
      );
      t.falsy(done.isError);
      t.true(told.length >= 1, `${era} ${over}`);
      t.deepEqual(
        told.map((p) => p.progress),
        [...new Set(told.map((p) => p.progress))].sort((a, b) => a - b),
      );
      t.is(told[0]?.total, 4);
      t.regex(told[0]?.message ?? '', /deciding/);
    }
});
