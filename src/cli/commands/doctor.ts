import type { Command } from 'commander';
import { type Check, checkInstallation } from '../doctor.ts';
import { exitCodes, Stop } from '../exit.ts';
import { command, outputOf } from '../run.ts';
import type { Shell } from '../shell.ts';

const marks: Record<Check['state'], string> = { ok: 'ok    ', wrong: 'WRONG ', skipped: 'skip  ' };

/** `orgonaut doctor`: looks at every part and says for each what is wrong and what to do. */
export const doctorCommand = (shell: Shell): Command =>
  command('doctor', 'check every part of this installation and say what to do about what is wrong').action(async (o: { json: boolean }) => {
    const out = outputOf(shell, o.json);
    const checks = await checkInstallation(shell, (name) => out.progress(`checking ${name}`));
    const wrong = checks.filter((c) => c.state === 'wrong');
    out.result({ ok: wrong.length === 0, checks }, () =>
      [
        ...checks.flatMap((c) => [`${marks[c.state]} ${c.name}: ${c.found}`, ...(c.way_out ? [`        ${c.way_out}`] : [])]),
        '',
        wrong.length === 0 ? 'Everything that was checked is well.' : `${wrong.length} of ${checks.length} checks found something wrong.`,
      ].join('\n'),
    );
    if (wrong.length > 0) throw new Stop(exitCodes.failed, wrong.map((c) => c.name).join(', '), { said: true });
  });
