#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const newEnough = major > 24 || (major === 24 && minor >= 12);

// The npm package `node`, where it is installed beside this one, brings a binary that is new enough.
const besides = () => {
  try {
    const require = createRequire(import.meta.url);
    const folder = dirname(require.resolve('node/package.json'));
    const binary = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
};

if (newEnough) {
  // Started by an older node (below): end with it, also when it is killed.
  if (process.send && process.env.ORGONAUT_STARTED_BY) {
    delete process.env.ORGONAUT_STARTED_BY;
    process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
    process.channel?.unref();
  }
  // A checkout runs the TypeScript as it is; below node_modules Node strips no types, so the package carries dist.
  const source = new URL('../src/main.ts', import.meta.url);
  await import(
    import.meta.url.includes('/node_modules/') || !existsSync(source) ? new URL('../dist/main.js', import.meta.url).href : source.href
  );
} else {
  const binary = besides();
  if (!binary) {
    process.stderr.write(
      `orgonaut needs Node 24.12 or newer and this is ${process.versions.node}: install it, or run "npm install node@24" beside orgonaut.\n`,
    );
    process.exit(3);
  }
  const child = spawn(binary, process.argv.slice(1), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ORGONAUT_STARTED_BY: String(process.pid) },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal) process.kill(process.pid, signal);
    process.exitCode = code ?? 1;
  });
}
