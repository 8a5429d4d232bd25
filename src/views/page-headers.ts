/**
 * Headers of a page with forms. `same-origin` because a browser that sends no referrer sends `Origin: null` with a form too.
 * Browsers hold `form-action` against the redirects that answer a form: `formTargets` are further origins one may lead to.
 * `script` is the SHA-256 (base64) of a script that stands in the page.
 */
export const pageHeaders = ({
  formTargets = [],
  script,
}: {
  formTargets?: readonly string[];
  script?: string;
} = {}): Record<string, string> => ({
  'Content-Type': 'text/html; charset=utf-8',
  'Referrer-Policy': 'same-origin',
  'Content-Security-Policy': [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    // The empty icon of the layout, which keeps browsers from asking for one.
    'img-src data:',
    ...(script === undefined ? [] : [`script-src 'sha256-${script}'`]),
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
});
