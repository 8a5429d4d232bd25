import type { Implementation } from '@modelcontextprotocol/server';
import { version } from './version.ts';

/** Three boxes of a chart. Small, since the newest revision sends it with every answer. */
const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M5 1h6v4H5zM1 11h6v4H1zM9 11h6v4H9zM8 5v3M4 11V8h8v3" fill="none" stroke="#47b"/></svg>';

/** How this server calls itself. */
export const identity: Implementation = {
  name: 'orgonaut',
  title: 'Orgonaut',
  version,
  icons: [{ src: `data:image/svg+xml,${encodeURIComponent(icon)}`, mimeType: 'image/svg+xml', sizes: ['any'] }],
};
