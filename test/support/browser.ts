import { request } from 'node:http';

export interface Seen {
  status: number;
  headers: Headers;
  text: string;
  json(): Record<string, unknown>;
  /** Where a redirect leads. */
  location: URL | undefined;
}

/** A fetch for which every *.localhost is this machine, as browsers have it. */
export const localFetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
  const asked = new Request(input instanceof URL ? input.href : input, init);
  const url = new URL(asked.url);
  const body = Buffer.from(await asked.arrayBuffer());
  return new Promise<Response>((resolve, reject) => {
    const req = request(
      {
        host: '127.0.0.1',
        port: url.port,
        method: asked.method,
        path: url.pathname + url.search,
        headers: { ...Object.fromEntries(asked.headers), host: url.host, ...(body.length > 0 ? { 'content-length': body.length } : {}) },
        ...(init.signal ? { signal: init.signal } : {}),
      },
      (res) => {
        const headers = new Headers();
        for (const [name, values] of Object.entries(res.headersDistinct)) for (const v of values ?? []) headers.append(name, v);
        const parts: Buffer[] = [];
        res.on('data', (d: Buffer) => parts.push(d));
        res.on('end', () => {
          const status = res.statusCode ?? 0;
          resolve(new Response([204, 304].includes(status) ? null : Buffer.concat(parts), { status, headers }));
        });
        res.on('error', reject);
      },
    );
    req.on('error', reject);
    req.end(body);
  });
};

/** A browser as far as these flows need one: it keeps cookies by path and does not follow redirects by itself. */
export class Browser {
  readonly #jar = new Map<string, { value: string; path: string }>();

  constructor(cookies: Record<string, string> = {}) {
    for (const [name, value] of Object.entries(cookies)) this.#jar.set(`${name} /`, { value, path: '/' });
  }

  async go(
    target: string | URL,
    init: { method?: string; form?: Record<string, string>; headers?: Record<string, string> } = {},
  ): Promise<Seen> {
    const url = new URL(target);
    const cookie = [...this.#jar]
      .filter(([, c]) => url.pathname === c.path || url.pathname.startsWith(c.path.endsWith('/') ? c.path : `${c.path}/`))
      .map(([key, c]) => `${key.split(' ')[0]}=${c.value}`)
      .join('; ');
    const response = await localFetch(url, {
      method: init.method ?? (init.form ? 'POST' : 'GET'),
      headers: {
        accept: 'text/html,application/xhtml+xml',
        ...(cookie ? { cookie } : {}),
        ...(init.form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...init.headers,
      },
      ...(init.form ? { body: new URLSearchParams(init.form).toString() } : {}),
      redirect: 'manual',
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((p) => p.trim());
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      const path = attributes.find((a) => /^path=/i.test(a))?.slice(5) ?? '/';
      if (value === '' || attributes.some((a) => /^expires=Thu, 01 Jan 1970/i.test(a))) this.#jar.delete(`${name} ${path}`);
      else this.#jar.set(`${name} ${path}`, { value, path });
    }
    const text = await response.text();
    const location = response.headers.get('location');
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: () => JSON.parse(text) as Record<string, unknown>,
      location: location === null ? undefined : new URL(location, url),
    };
  }

  /** Follows redirects on the same origin; stops at a page or where one leads away. */
  async follow(target: string | URL): Promise<Seen & { at: URL }> {
    let at = new URL(target);
    for (let i = 0; i < 10; i += 1) {
      const seen = await this.go(at);
      if (seen.location === undefined || seen.location.origin !== at.origin) return { ...seen, at };
      at = seen.location;
    }
    throw new Error('too many redirects');
  }

  /** Presses a button of the consent page; returns where the browser is sent in the end. */
  async decide(page: Seen & { at: URL }, decision: 'allow' | 'deny'): Promise<URL> {
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1];
    if (csrf === undefined) throw new Error(`no consent page: ${page.status} ${page.text.slice(0, 400)}`);
    const sent = await this.go(page.at, { form: { csrf, decision } });
    if (sent.location === undefined) throw new Error(`no redirect: ${sent.status} ${sent.text.slice(0, 400)}`);
    const end = sent.location.origin === page.at.origin ? (await this.follow(sent.location)).location : sent.location;
    if (end === undefined) throw new Error('the authorization did not answer');
    return end;
  }
}
