import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { bin, clusterOf, dataFolder, orgonaut, startServe } from './support/cli.ts';

const root = process.getuid?.() === 0;

test.serial('serve is ready from below a folder that only its owner can enter, and its files are its own', async (t) => {
  const data = dataFolder(t, 0o700);
  const serve = await startServe({ DATA_DIR: data });
  t.log(`ready after ${serve.after} ms; the cluster stands at ${clusterOf(data)}`);
  t.is(serve.ready.tenant, 'demo');
  t.is(await serve.stop(), 0);
  t.false(existsSync(join(data, 'service.json')));

  const again = await startServe({ DATA_DIR: data });
  t.is(again.ready.token, serve.ready.token, 'the same token at every start');
  t.is(await again.stop(), 0);

  const tenants = await orgonaut(['tenant', 'list', '--json'], { DATA_DIR: data });
  t.deepEqual(tenants.json, { tenants: [{ tenant: 1, slug: 'demo' }] }, 'one demo tenant, and commands work without a serve');
  const replay = await orgonaut(['replay', '--tenant', 'demo', '--verify', '--json'], { DATA_DIR: data });
  t.true(replay.json.equal);
});

/** Whether an ordinary user can read this checkout and its Node: every parent has to let others pass. */
const reachable = (path: string): boolean => {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (dirname(at) === at) return true;
  }
};

test.serial('serve is ready for an ordinary user', async (t) => {
  if (!root) return t.pass('the whole suite runs as an ordinary user here');
  const nobody = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((l) => l.startsWith('nobody:'))
    ?.split(':');
  if (!nobody || !reachable(dirname(bin)) || !reachable(dirname(process.execPath)) || spawnSync('runuser', ['--version']).status !== 0) {
    t.log('skipped: no user nobody, no runuser, or a checkout that other users cannot enter');
    return t.pass();
  }
  const data = dataFolder(t);
  mkdirSync(data);
  chownSync(data, Number(nobody[2]), Number(nobody[3]));
  chmodSync(data, 0o700);
  const serve = await startServe(
    { DATA_DIR: data, HOME: data },
    { command: ['runuser', '-u', 'nobody', '--', process.execPath, bin, 'serve', '--json'] },
  );
  t.log(`ready after ${serve.after} ms`);
  t.is(serve.ready.tenant, 'demo');
  t.is(statSync(join(data, 'demo-access.json')).uid, Number(nobody[2]));
  t.is(clusterOf(data)?.startsWith(data), true);
  await serve.stop();
});

test.serial('two starts at the same moment on one empty folder both become ready, with one demo tenant', async (t) => {
  const data = dataFolder(t);
  const both = await Promise.all([startServe({ DATA_DIR: data }), startServe({ DATA_DIR: data })]);
  const tenants = await orgonaut(['tenant', 'list', '--json'], { DATA_DIR: data });
  t.is((tenants.json.tenants as unknown[]).length, 1);
  const replay = await orgonaut(['replay', '--tenant', 'demo', '--verify', '--json'], { DATA_DIR: data });
  t.true(replay.json.equal);
  const seats = replay.json.by_table.find((table: { table: string }) => table.table === 'position_version');
  t.is(seats.rows, 260);
  for (const serve of both) t.is(await serve.stop(), 0);
});
