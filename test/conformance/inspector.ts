import { type Ended, inspector, run } from './program.ts';
import type { Tap } from './tap.ts';

const eras = ['legacy', 'modern'] as const;

/** Drives the server with the Inspector's command line in both eras: no schema error, and everything there is can be listed and used. */
export const checkInspector = async (mcp: string, token: string, out: Tap): Promise<void> => {
  // By itself it gives up after 15 seconds, which a busy machine may need.
  const patient = ['--connect-timeout', '0'];
  const bearer = ['--header', `Authorization: Bearer ${token}`];
  for (const era of eras) {
    const ask = (...args: string[]): Promise<Ended> =>
      run(inspector, ['--cli', mcp, '--transport', 'http', ...patient, ...bearer, '--protocol-era', era, ...args]);
    const holds = async (name: string, ended: Promise<Ended>, shows: RegExp): Promise<string> => {
      const { code, stdout, stderr } = await ended;
      out.line(code === 0 && shows.test(stdout), `Inspector, ${era}: ${name}`, code === 0 ? [] : [`exit ${code}`, stderr]);
      return stdout;
    };
    await holds('lists the tools and finds no schema error', ask('--method', 'tools/list', '--strict'), /"org\.overview"/);
    await holds('calls a tool', ask('--method', 'tools/call', '--tool-name', 'org.overview'), /"headcount": ?\d/);
    await holds('lists resources', ask('--method', 'resources/list'), /orgonaut:\/\/guide\/org-review/);
    await holds('lists resource templates', ask('--method', 'resources/templates/list'), /orgonaut:\/\/unit\/\{id\}/);
    await holds('reads a resource', ask('--method', 'resources/read', '--uri', 'orgonaut://metric/headcount'), /distinct human actors/);
    await holds('lists prompts', ask('--method', 'prompts/list'), /"plan-a-change"/);
    await holds(
      'gets a prompt',
      ask('--method', 'prompts/get', '--prompt-name', 'plan-a-change', '--prompt-args', 'goal=Merge two teams'),
      /Merge two teams/,
    );
  }
};
