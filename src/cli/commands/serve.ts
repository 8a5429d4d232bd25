import type { Command } from 'commander';
import { keepHeapSmall } from '../memory.ts';
import { command, opened, outputOf } from '../run.ts';
import { keepClientConfiguration, startService, stopService } from '../service.ts';
import type { Shell } from '../shell.ts';

/** `orgonaut serve`: the service, until it is asked to end. */
export const serveCommand = (shell: Shell): Command =>
  command('serve', 'start the service; without settings with an embedded database and a demo tenant')
    .addHelpText('after', '\nWith --json one line is printed when it is ready: {"ready":true,"url","mcp","tenant","token","sign_in"}.')
    .action(async (o: { json: boolean }) => {
      const out = outputOf(shell, o.json);
      const config = shell.config();
      const asked = shell.untilAsked();
      keepHeapSmall();
      if (!config.databaseUrl) out.step(`Opening the embedded database in ${config.dataDir}.`);
      const work = await opened(shell);
      try {
        const started = await startService(shell, config, work, (text) => out.step(text));
        const { service, demo } = started;
        const kept = demo
          ? keepClientConfiguration(shell, config, { mcp: service.mcp, tenant: demo.tenant, token: demo.token })
          : undefined;
        out.result(
          {
            ready: true,
            url: service.url,
            mcp: service.mcp,
            tenant: demo?.tenant ?? config.defaultTenant ?? null,
            token: demo?.token ?? null,
            sign_in: demo ? { url: `${service.url}/sign-in`, email: demo.email, password: demo.password } : null,
          },
          () =>
            [
              `Ready: ${service.url}`,
              `MCP:   ${service.mcp}`,
              ...(demo && kept
                ? [
                    '',
                    `Demo tenant "${demo.tenant}" (Brightwater Instruments). Sign in at ${service.url}/sign-in with`,
                    '',
                    `  ${demo.email}`,
                    `  ${demo.password}`,
                    '',
                    `or let a client in with this token (as a bearer token, with the header X-Tenant: ${demo.tenant}):`,
                    '',
                    `  ${demo.token}`,
                    '',
                    ...Object.values(kept.clients).flatMap(({ file, content }) => [`${file}:`, `  ${JSON.stringify(content)}`]),
                    '',
                    `Kept in ${kept.path} (readable by you alone). Try it in another terminal: npm run demo`,
                  ]
                : ['', 'Make a tenant and invite its owner: orgonaut tenant create --help, orgonaut user invite --help']),
            ].join('\n'),
        );
        const signal = await asked;
        out.step(`${signal}: stopping.`);
        await stopService(config, started);
      } finally {
        await work.close();
      }
    });
