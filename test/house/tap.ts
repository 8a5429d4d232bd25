/**
 * AVA with TAP that names a test which does not end, or which ends the process. AVA 8.0.1 hands its TAP reporter a bare error
 * for those, where it expects one from a worker; the reporter falls, and takes the name and every later result with it.
 * usage: node test/house/tap.ts [AVA's options]
 */
interface Reporter {
  writeTest(event: { err?: unknown }, flags: unknown): void;
}

const ava = new URL('../../node_modules/ava/', import.meta.url);
const { prototype }: { prototype: Reporter } = (await import(new URL('lib/reporters/tap.js', ava).href)).default;
const write = prototype.writeTest;
prototype.writeTest = function (event, flags) {
  const { err } = event;
  const asFromWorker = err instanceof Error && {
    originalError: err,
    name: err.name,
    stack: err.stack ?? err.message,
    formattedDetails: [],
  };
  write.call(this, asFromWorker ? { ...event, err: asFromWorker } : event, flags);
};
process.argv.push('--tap');
await import(new URL('entrypoints/cli.js', ava).href);
