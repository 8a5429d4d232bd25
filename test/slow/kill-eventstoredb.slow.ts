// A short kill loop with the log in an EventStoreDB: `npm run test:kill -- eventstoredb 50` is the long one.
process.argv.push('eventstoredb', '3');
await import('./kill.slow.ts');
