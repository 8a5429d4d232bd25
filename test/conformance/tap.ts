/** Writes TAP, which is what a run of suites is counted by. */
export const tap = (write: (line: string) => void) => {
  let count = 0;
  let failed = 0;
  write('TAP version 13');
  return {
    line(ok: boolean, name: string, problems: readonly string[] = []): void {
      count += 1;
      if (!ok) failed += 1;
      write(`${ok ? 'ok' : 'not ok'} ${count} - ${name.replaceAll('#', '')}`);
      if (!ok) for (const problem of problems) for (const line of problem.split('\n')) write(`# ${line}`);
    },
    end(): boolean {
      write(`1..${count}`);
      return failed === 0;
    },
  };
};
export type Tap = ReturnType<typeof tap>;
