import test from 'ava';
import { people } from '../src/access/people.ts';
import { signInThrottle } from '../src/access/throttle.ts';
import { PASSWORD, peopleWorld } from './support/access.ts';

const network = '203.0.113.9';

test('after ten wrong tries the right password waits too, from that place alone, whichever process was asked', async (t) => {
  const { e, parts, door, tenant, join, directory } = await peopleWorld(t);
  await join('ann@example.com');
  const second = people(e.sql, parts);
  const there = (door: ReturnType<typeof people>, email: string, place = network, password = 'wrong') =>
    door.signIn({ tenant, email, password, network: place });
  for (let i = 0; i < 5; i++) {
    t.is((await there(door, 'ann@example.com')).status, 'wrong');
    t.is((await there(second, 'Ann@Example.com')).status, 'wrong');
  }
  const stopped = await there(second, 'ann@example.com', network, PASSWORD);
  t.is(stopped.status, 'throttled');
  t.true(stopped.status === 'throttled' && stopped.retryAfter > 0 && stopped.retryAfter <= 900);
  t.is((await there(door, 'nobody@example.com')).status, 'wrong', 'another address from there');
  for (let i = 0; i < 9; i++) await there(door, 'nobody@example.com');
  t.is((await there(door, 'nobody@example.com')).status, 'throttled', 'an address that nobody has is stopped alike');
  t.is((await there(door, 'ann@example.com', '198.51.100.7', PASSWORD)).status, 'in', 'her own place');
  t.truthy(directory);
});

test('the right password begins the count anew, and takes nothing of what others tried', async (t) => {
  const { door, tenant, join } = await peopleWorld(t);
  await join('ann@example.com');
  const there = (password: string) => door.signIn({ tenant, email: 'ann@example.com', password, network });
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 9; i++) t.is((await there('wrong')).status, 'wrong');
    t.is((await there(PASSWORD)).status, 'in');
  }
});

test('a place with too many tries is stopped whatever address it tries; an IPv6 network is one place', async (t) => {
  const { e, tenant } = await peopleWorld(t);
  const limit = { points: 3, seconds: 900 };
  const throttle = signInThrottle(e.sql, { pair: { points: 100, seconds: 900 }, address: { points: 4, seconds: 900 }, origin: limit });
  const enter = (email: string, place: string) => throttle.enter({ tenant, email, network: place });
  t.is(await enter('a', '2001:db8:1:2::1'), undefined);
  t.is(await enter('b', '2001:db8:1:2:9:9:9:9'), undefined);
  t.is(await enter('c', '2001:0db8:0001:0002::ffff'), undefined);
  t.truthy(await enter('d', '2001:db8:1:2::1'));
  t.is(await enter('d', '2001:db8:1:3::1'), undefined);
  for (const place of ['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.1']) t.is(await enter(place, place), undefined);
  t.truthy(await enter('e', '192.0.2.1'));
  for (let i = 0; i < 4; i++) t.is(await enter('one@example.com', `192.0.2.${i + 10}`), undefined);
  t.truthy(await enter('one@example.com', '192.0.2.99'), 'one address from many places');
  await throttle.right({ tenant, email: 'one@example.com', network: '192.0.2.10' });
});

test('failures become one event a minute with their counts, when the minute is over', async (t) => {
  const { door, tenant, later, events } = await peopleWorld(t);
  for (let i = 0; i < 11; i++) await door.signIn({ tenant, email: 'ann@example.com', password: 'wrong', network });
  t.is(await door.failures.record(), 0, 'the minute is not over');
  later(60_000);
  await door.signIn({ tenant, email: 'ann@example.com', password: 'wrong', network: 'elsewhere' });
  t.is(await door.failures.record(), 1);
  t.is(await door.failures.record(), 0);
  later(60_000);
  t.is(await door.failures.record(), 1);
  t.deepEqual(await events(), [
    { type: 'SignInFailed', data: { minute: '2026-03-01T09:00:00.000Z', failed: 10, throttled: 1 } },
    { type: 'SignInFailed', data: { minute: '2026-03-01T09:01:00.000Z', failed: 1, throttled: 0 } },
  ]);
});
