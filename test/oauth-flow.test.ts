import test from 'ava';
import { connect, localFetch, oauthWorld } from './support/oauth.ts';
import { rawCall, rpcHeaders } from './support/mcp.ts';

test('a client that is new is registered, allowed by its person, and calls', async (t) => {
  const w = await oauthWorld(t);
  const { browser } = await w.person('owner');
  const app = await connect(w.url, browser);
  t.regex(app.access_token, /^[A-Za-z0-9_-]{43}$/);
  const answer = await localFetch(w.mcp, {
    method: 'POST',
    headers: rpcHeaders(app.access_token),
    body: JSON.stringify(rawCall('status.get')),
  });
  t.is(answer.status, 200, await answer.text());
});
