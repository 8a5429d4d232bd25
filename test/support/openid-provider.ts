import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export interface OpenidProvider {
  issuer: string;
  client: { id: string; secret: string };
  /** What it says of whoever signs in next. */
  person: { sub: string; email?: string; email_verified?: boolean };
  /** Ends a sign-in at the provider as a person would: gives the address the provider sends the browser back to. */
  signIn(authorizationUrl: string): Promise<URL>;
  close(): Promise<void>;
}

/** Another installation's OpenID provider, on a free port: everybody who comes is signed in as `person` at once. */
export const openidProvider = async (callback: string, options: { inIdToken?: boolean } = {}): Promise<OpenidProvider> => {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = { id: 'orgonaut', secret: 'a secret that both know, long enough for anything' };
  const person: OpenidProvider['person'] = { sub: 'ann', email: 'ann@example.com', email_verified: true };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [callback],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: !(options.inIdToken ?? false),
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['a key of the test'] },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ ...person, sub }) }),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    renderError: (ctx, out) => {
      ctx.body = JSON.stringify(out);
    },
  });
  const handle = provider.callback();
  server.on('request', (req, res) => {
    if (!req.url?.startsWith('/interaction/')) return void handle(req, res);
    void (async () => {
      const { params, grantId } = await provider.interactionDetails(req, res);
      const grant = grantId
        ? await provider.Grant.find(grantId)
        : new provider.Grant({ accountId: person.sub, clientId: String(params.client_id) });
      grant?.addOIDCScope(String(params.scope));
      const result = { login: { accountId: person.sub }, consent: { grantId: await grant?.save() } };
      await provider.interactionFinished(req, res, result as Parameters<typeof provider.interactionFinished>[2], {
        mergeWithLastSubmission: false,
      });
    })();
  });
  return {
    issuer,
    client,
    person,
    async signIn(authorizationUrl) {
      const cookies = new Map<string, string>();
      let at = new URL(authorizationUrl);
      for (let hops = 0; hops < 8; hops++) {
        const answer = await fetch(at, { redirect: 'manual', headers: { cookie: [...cookies].map(([k, v]) => `${k}=${v}`).join('; ') } });
        for (const set of answer.headers.getSetCookie()) {
          const [, k = '', v = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
          cookies.set(k, v);
        }
        const next = answer.headers.get('location');
        if (next === null) throw new Error(`the provider stopped at ${at.pathname}: ${answer.status} ${await answer.text()}`);
        at = new URL(next, at);
        if (at.origin !== issuer) return at;
      }
      throw new Error('the provider goes round in circles');
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
