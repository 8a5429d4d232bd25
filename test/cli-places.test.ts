import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { runningService } from '../src/cli/files.ts';
import { bin, clusterOf, dataFolder, environment, orgonaut, type Running, startServe } from './support/cli.ts';

const noteIn = (data: string, name: string): string | undefined =>
  existsSync(join(data, name)) ? JSON.parse(readFileSync(join(data, name), 'utf8')).url : undefined;

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
  const [first, second] = both as [Running, Running];
  const listed = () => [
    noteIn(data, 'service.json'),
    noteIn(data, `service.${first.child.pid}.json`),
    noteIn(data, `service.${second.child.pid}.json`),
  ];
  t.deepEqual(
    listed()
      .filter((url) => url !== undefined)
      .sort(),
    both.map((serve) => serve.ready.url).sort(),
    'each has its note',
  );
  const [leads, stays] = noteIn(data, 'service.json') === first.ready.url ? [first, second] : [second, first];
  t.is(await leads.stop(), 0);
  t.is(runningService.read(data)?.url, stays.ready.url, 'the one that stays is found');
  const third = await startServe({ DATA_DIR: data });
  t.is(await third.stop(), 0);
  t.is(runningService.read(data)?.url, stays.ready.url, 'a later one takes its own note away alone');
  t.is(await stays.stop('SIGKILL'), null);
  t.is(runningService.read(data), undefined, 'a note of one that was killed counts no more');
  const fourth = await startServe({ DATA_DIR: data });
  t.is(noteIn(data, 'service.json'), fourth.ready.url);
  t.is(await fourth.stop(), 0);
});

test('a DATA_DIR that cannot be made is said in one line, with exit code 3', async (t) => {
  const folder = dirname(dataFolder(t));
  writeFileSync(join(folder, 'file'), '');
  symlinkSync(join(folder, 'nowhere', 'deep'), join(folder, 'dangling'));
  // Node's own recursive mkdir never ends on the first, and a process in it ends by no signal but this.
  const run = (args: string[], DATA_DIR: string) =>
    spawnSync(process.execPath, [bin, ...args], {
      env: environment({ DATA_DIR }),
      encoding: 'utf8',
      timeout: 100_000,
      killSignal: 'SIGKILL',
    });
  const places = [join(folder, 'file'), join(folder, 'dangling'), ...(process.platform === 'linux' ? ['/proc/orgonaut'] : [])];
  for (const place of places) {
    const { status, stderr } = run(['tenant', 'list'], place);
    t.is(status, 3, place);
    t.true(stderr.startsWith(`orgonaut: DATA_DIR ${place} is no folder and cannot be made`), stderr);
    t.is(stderr.trim().split('\n').length, 1, stderr);
  }
  const doctor = run(['doctor', '--json'], places.at(-1) as string);
  t.is(doctor.status, 1);
  t.like(JSON.parse(doctor.stdout).checks.at(-1), { name: 'data folder', state: 'wrong' });
});
