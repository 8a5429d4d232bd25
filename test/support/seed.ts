import fc from 'fast-check';

/** Loaded before each test file: with SEED set, every property that names no seed of its own draws from it, so a red run can be repeated. */
if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });
