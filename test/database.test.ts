import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { masterKey } from '../src/database/master-key.ts';
import { isAlive } from '../src/database/process.ts';
import { canReach } from '../src/database/reach.ts';
import { serverPid } from '../src/database/server.ts';

const JOINER = fileURLToPath(new URL('support/joiner.ts', import.meta.url));
const asRoot = userInfo().uid === 0;
const NOBODY = 65534;

interface Joiner {
  process: ChildProcess;
  ask(order: string): Promise<unknown>;
}

const record = (folder: string): { cluster: string; port: number } =>
  JSON.parse(readFileSync(join(folder, 'cluster.json'), 'utf8')) as { cluster: string; port: number };

/** A folder that everybody may pass, removed with its cluster, wherever that went. */
const newFolder = (t: ExecutionContext): string => {
  const parent = mkdtempSync(join(tmpdir(), 'orgonaut-db-'));
  chmodSync(parent, 0o755);
  const folder = join(parent, 'database');
  t.teardown(() => {
    if (existsSync(join(folder, 'cluster.json'))) {
      const { cluster } = record(folder);
      const pid = serverPid(cluster);
      if (pid) process.kill(pid, 'SIGKILL');
      rmSync(cluster, { recursive: true, force: true, maxRetries: 5 });
    }
    rmSync(parent, { recursive: true, force: true, maxRetries: 5 });
  });
  return folder;
};

const startJoiner = (t: ExecutionContext, folder: string, args: string[] = [], uid?: number): Joiner => {
  const child = spawn(process.execPath, [JOINER, folder, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
    cwd: '/',
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  t.teardown(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  return {
    process: child,
    ask: async (order) => {
      if (order) child.stdin?.write(`${order}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`the process ended instead of answering ${order}`);
      return JSON.parse(value) as unknown;
    },
  };
};

const joined = async (t: ExecutionContext, folder: string, uid?: number): Promise<Joiner> => {
  const joiner = startJoiner(t, folder, [], uid);
  await joiner.ask('');
  return joiner;
};

const gone = async (pid: number): Promise<boolean> => {
  const until = Date.now() + 100_000;
  while (isAlive(pid) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  return !isAlive(pid);
};

test.serial('processes that start at once share one server, and the last to leave stops it', async (t) => {
  const folder = newFolder(t);
  const starters = Array.from({ length: 4 }, () => startJoiner(t, folder));
  const ports = await Promise.all(starters.map((j) => j.ask('')));
  t.is(new Set(ports.map((p) => (p as { port: number }).port)).size, 1);
  const { cluster } = record(folder);
  const pid = serverPid(cluster) as number;
  await starters[0]?.ask('create table kept (n int)');
  for (const j of starters.slice(0, 3)) {
    await j.ask('leave');
    t.is(serverPid(cluster), pid, 'others still use it');
  }
  t.deepEqual(await starters[3]?.ask('select count(*)::int as n from kept'), [{ n: 0 }]);
  await starters[3]?.ask('leave');
  t.true(await gone(pid));

  const next = await joined(t, folder);
  t.deepEqual(await next.ask('select count(*)::int as n from kept'), [{ n: 0 }], 'what was written is still there');
  const second = serverPid(cluster) as number;
  next.process.stdin?.write('exit\n');
  await once(next.process, 'exit');
  t.true(await gone(second), 'a process that exits without leaving leaves all the same');
});

test.serial('after kill -9 of the starter the server lives on and is joined; after kill -9 of the server too it recovers', async (t) => {
  const folder = newFolder(t);
  const starter = await joined(t, folder);
  await starter.ask('create table kept as select 7 as n');
  const { cluster } = record(folder);
  const pid = serverPid(cluster) as number;
  process.kill(-(starter.process.pid as number), 'SIGKILL');
  await once(starter.process, 'exit');
  t.true(isAlive(pid), 'its process group does not hold the server');

  const next = await joined(t, folder);
  t.is(serverPid(cluster), pid);
  t.deepEqual(await next.ask('select n from kept'), [{ n: 7 }]);

  process.kill(next.process.pid as number, 'SIGKILL');
  process.kill(pid, 'SIGKILL');
  const third = await joined(t, folder);
  t.not(serverPid(cluster), pid);
  t.deepEqual(await third.ask('select n from kept'), [{ n: 7 }]);

  // a server that is ending is waited for, and its port kept
  const before = record(folder).port;
  const ending = serverPid(cluster) as number;
  process.kill(ending, 'SIGINT');
  const fourth = await joined(t, folder);
  t.not(serverPid(cluster), ending);
  t.is(record(folder).port, before);
  await third.ask('leave');
  const last = serverPid(cluster) as number;
  await fourth.ask('leave');
  t.true(await gone(last), 'the killed users do not count');
});

test.serial('a pid file whose number went to another program is no server; a cluster that is gone is said, not replaced', async (t) => {
  const folder = newFolder(t);
  const first = await joined(t, folder);
  const { cluster } = record(folder);
  await first.ask('leave');
  const pidFile = join(cluster, 'postmaster.pid');
  writeFileSync(pidFile, `${process.pid}\n${cluster}\n1\n1\n\n127.0.0.1\n1 1\nready\n`);
  const { uid, gid } = statSync(cluster);
  chownSync(pidFile, uid, gid);
  const second = await joined(t, folder);
  t.deepEqual(await second.ask('select 1 as n'), [{ n: 1 }]);
  await second.ask('leave');
  for (const file of ['cluster.json', 'postgres.log']) t.is(statSync(join(folder, file)).mode & 0o077, 0, `${file} is its owner's alone`);

  rmSync(cluster, { recursive: true });
  const { joinCluster } = await import('../src/database/cluster.ts');
  await t.throwsAsync(joinCluster(folder), { message: /is recorded at .* but is not there/ });
});

test.serial('root below a folder that nobody else may enter: the cluster goes where its account can reach it', async (t) => {
  if (!asRoot) return t.pass('only root runs PostgreSQL as somebody else');
  const folder = newFolder(t);
  mkdirSync(join(folder, '..'), { recursive: true });
  chmodSync(join(folder, '..'), 0o700);
  const joiner = await joined(t, folder);
  const { cluster } = record(folder);
  t.false(cluster.startsWith(folder));
  t.deepEqual(await joiner.ask(`select current_setting('fsync') as fsync, current_setting('server_encoding') as encoding`), [
    { fsync: 'on', encoding: 'UTF8' },
  ]);
  t.not(statSync(cluster).uid, 0);
  await joiner.ask('leave');
  rmSync(cluster, { recursive: true });
});

test.serial('an ordinary user runs it as itself, in a folder of its own', async (t) => {
  if (!asRoot) return t.pass('every other test here does');
  if (!canReach({ uid: NOBODY, gid: NOBODY }, dirname(JOINER))) {
    t.log('skipped: this checkout is closed to other users');
    return t.pass();
  }
  const folder = newFolder(t);
  const parent = join(folder, '..');
  chownSync(parent, NOBODY, NOBODY);
  chmodSync(parent, 0o700);
  const joiner = await joined(t, folder, NOBODY);
  const { cluster } = record(folder);
  t.true(cluster.startsWith(folder));
  t.is(statSync(cluster).uid, NOBODY);
  t.deepEqual(await joiner.ask('select 1 as n'), [{ n: 1 }]);
  await joiner.ask('leave');
});

test.serial('the lock of a folder is held by one at a time, and a holder that was killed holds nothing', async (t) => {
  const folder = newFolder(t);
  mkdirSync(folder);
  writeFileSync(join(folder, 'counter'), '0');
  const holder = startJoiner(t, folder, ['hold']);
  t.deepEqual(await holder.ask(''), { held: true });
  const counters = Array.from({ length: 5 }, () => startJoiner(t, folder, ['count', '30']));
  await new Promise((resolve) => setTimeout(resolve, 600));
  t.is(readFileSync(join(folder, 'counter'), 'utf8'), '0');
  holder.process.kill('SIGKILL');
  for (const { process: child } of counters) if (child.exitCode === null) await once(child, 'exit');
  t.deepEqual(
    counters.map((c) => c.process.exitCode),
    [0, 0, 0, 0, 0],
  );
  t.is(readFileSync(join(folder, 'counter'), 'utf8'), '150');
  t.true(readdirSync(folder).filter((f) => f.startsWith('lock.')).length <= 2);
});

test('the master key is what was given, or made once, for its owner alone', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'orgonaut-key-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const made = masterKey(folder, undefined);
  t.is(made.length, 32);
  t.deepEqual(masterKey(folder, undefined), made);
  t.is(statSync(join(folder, 'master.key')).mode & 0o777, 0o600);
  const given = Buffer.alloc(32, 3);
  t.deepEqual(masterKey(folder, given.toString('hex')), given);
  t.deepEqual(masterKey(folder, given.toString('base64')), given);
  t.throws(() => masterKey(folder, 'short'), { message: /MASTER_KEY is a key of 32 bytes/ });
});
