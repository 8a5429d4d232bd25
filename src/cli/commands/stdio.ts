import { Command } from 'commander';
import { opened } from '../run.ts';
import type { Shell } from '../shell.ts';

/** `orgonaut stdio`: MCP on stdin and stdout, for clients that start local servers. */
export const stdioCommand = (shell: Shell): Command =>
  new Command('stdio')
    .description('speak MCP on stdin and stdout, as the holder of the token in MCP_TOKEN')
    .option('--json', 'accepted by every command; this one speaks JSON-RPC anyway', false)
    .action(async () => {
      const work = await opened(shell);
      try {
        await shell.stdio(work);
      } finally {
        await work.close();
      }
    });
