/** The slower suites: `npm run test:slow`. Same runner, other files, more patience. */
export default {
  extensions: ['ts'],
  files: ['test/slow/**/*.slow.ts'],
  require: ['./test/support/seed.ts'],
  timeout: '20m',
  concurrency: 1,
};
