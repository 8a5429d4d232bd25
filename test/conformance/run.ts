import { dataFolder, startServe } from '../support/cli.ts';
import { checkAuthorization } from './authorization.ts';
import { withBearer } from './proxy.ts';
import { checkInspector } from './inspector.ts';
import { checkServer } from './server.ts';
import { tap } from './tap.ts';

/**
 * Holds the running service against the protocol's own conformance suite and the Inspector: `npm run test:conformance`. Starts
 * `orgonaut serve` on a folder of its own, as a user would, and writes TAP.
 */
const ends: (() => void | Promise<void>)[] = [];
const out = tap((line) => process.stdout.write(`${line}\n`));
try {
  const service = await startServe({ DATA_DIR: dataFolder({ teardown: (fn) => void ends.unshift(fn) }), LOG_LEVEL: 'error' });
  ends.unshift(async () => void (await service.stop()));
  const { mcp, token, sign_in } = service.ready;
  if (token === null) throw new Error('the service made no token for its demo tenant');
  const proxy = await withBearer(new URL(mcp), token);
  ends.unshift(() => proxy.close());
  await checkServer(proxy.url, out);
  await checkInspector(mcp, token, out);
  if (!sign_in) throw new Error('the service made no sign-in for its demo tenant');
  await checkAuthorization(mcp, sign_in, out);
} catch (error) {
  out.line(false, 'the run came to its end', [String(error)]);
} finally {
  for (const end of ends) await end();
}
process.exitCode = out.end() ? 0 : 1;
