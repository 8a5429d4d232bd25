import test from 'ava';

/** What closes what a test opened: the test itself, or a file of tests. */
export interface Teardown {
  teardown(fn: () => Promise<void>): void;
}

/** The teardown of what the tests of a file share: runs after the last of them, newest first. For the top of the file. */
export const afterTheTests = (): Teardown => {
  const kept: (() => Promise<void>)[] = [];
  test.after.always(async () => {
    for (const end of kept.reverse()) await end();
  });
  return { teardown: (fn) => void kept.push(fn) };
};
