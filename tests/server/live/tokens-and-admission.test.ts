import { describe, expect, test } from 'vitest';
import { Throttle } from '../../../src/pipeline/media-thread/throttle.ts';
import { Admission } from '../../../src/server/live/admission.ts';
import { parseIceServers, parsePorts } from '../../../src/server/live/ice-options.ts';
import { LiveTokens } from '../../../src/server/live/tokens.ts';

describe('a token', () => {
  test('opens every door of its session once, for its page, within a minute', () => {
    let now = 0;
    const tokens = new LiveTokens(() => now);
    const { token } = tokens.issue('a', 'https://x.example');
    const use = (session: string, origin: string | null, door: 'whep' | 'socket') => () =>
      tokens.use(token, session, origin, door);
    expect(use('b', 'https://x.example', 'whep')).toThrow(/token/);
    expect(use('a', 'https://y.example', 'whep')).toThrow(/token/);
    expect(use('a', null, 'whep')).toThrow(/token/);
    use('a', 'https://x.example', 'whep')();
    expect(use('a', 'https://x.example', 'whep')).toThrow(/token/);
    now = 60_000;
    expect(use('a', 'https://x.example', 'socket')).toThrow(/token/);
  });

  test('opens for its page also where a browser tells the host alone', () => {
    const tokens = new LiveTokens();
    const { token } = tokens.issue('a', 'https://x.example:8443');
    expect(() => tokens.use(token, 'a', '//y.example:8443', 'avatar')).toThrow(/token/);
    expect(() => tokens.use(token, 'a', '//x.example', 'avatar')).toThrow(/token/);
    tokens.use(token, 'a', '//x.example:8443', 'avatar');
    expect(() => tokens.use(token, 'a', '//x.example:8443', 'avatar')).toThrow(/token/);
    const program = tokens.issue('a', null);
    expect(() => tokens.use(program.token, 'a', '//x.example:8443', 'avatar')).toThrow(/token/);
  });

  test('ends with its session, and too many of them push out the oldest', () => {
    const tokens = new LiveTokens();
    const { token } = tokens.issue('a', null);
    tokens.revoke('a');
    expect(() => tokens.use(token, 'a', null, 'audio')).toThrow();
    const old = tokens.issue('b', null);
    for (let i = 0; i < 10_000; i += 1) tokens.issue('c', null);
    expect(() => tokens.use(old.token, 'b', null, 'audio')).toThrow();
  });
});

describe('admission', () => {
  test('follows what sessions cost on this machine', () => {
    const admission = new Admission(2, undefined);
    const before = admission.capacity;
    admission.enter('a');
    admission.measure('a', 160, true);
    expect(admission.capacity).toBe(10);
    expect(admission.capacity).toBeGreaterThan(before);
    for (let i = 0; i < 100; i += 1) admission.measure('a', 800, true);
    expect(admission.capacity).toBe(2);
    admission.enter('b');
    expect(() => admission.enter('c')).toThrow(/no more fit/);
    admission.leave('a');
    admission.enter('c');
    admission.measure('gone', 1, true);
    expect(admission.running).toBe(2);
  });

  test('counts those whose viewers draw themselves by their own small cost, and expects the others to want pictures', () => {
    const admission = new Admission(2, undefined);
    admission.enter('a');
    admission.measure('a', 400, true);
    expect(admission.capacity).toBe(4);
    for (const name of ['b', 'c', 'd']) admission.enter(name);
    expect(() => admission.enter('e')).toThrow(/no more fit/);
    admission.measure('b', 20, false);
    admission.measure('c', 20, false);
    expect(admission.capacity).toBe(6);
    admission.measure('b', 400, true);
    expect(admission.capacity).toBe(5);
  });

  test('counts a session anew of which somebody wants pictures, and refuses him where they do not fit', () => {
    const admission = new Admission(2, undefined);
    for (const name of ['a', 'b', 'c', 'd']) {
      admission.enter(name);
      admission.measure(name, 400, true);
    }
    admission.measure('a', 20, false);
    admission.draw('a');
    expect(admission.capacity).toBe(4);
    admission.measure('a', 20, false);
    admission.enter('e');
    expect(() => admission.draw('a')).toThrow(expect.objectContaining({ code: 'LIVE_FULL' }));
    admission.leave('e');
    admission.strain('b', true);
    expect(() => admission.draw('a')).toThrow(/pictures of this one/);
    // One session is always drawn, and so are as many as somebody has decided on.
    const slow = new Admission(1, undefined);
    slow.enter('a');
    slow.measure('a', 5_000, true);
    slow.draw('a');
    const decided = new Admission(1, 2);
    for (const name of ['a', 'b']) decided.enter(name);
    decided.measure('b', 5_000, true);
    decided.draw('a');
    decided.draw('gone');
    expect(decided.running).toBe(2);
  });

  test('expects what the network of a session takes, and does not expect it of others', () => {
    const admission = new Admission(4, undefined);
    admission.enter('a', 2000);
    expect(() => admission.enter('b', 2000)).toThrow(/no more fit/);
    admission.enter('c');
    admission.measure('a', 900, true);
    admission.measure('c', 400, true);
    expect(admission.capacity).toBe(7);
    expect(() => admission.enter('b', 2000)).toThrow(/no more fit/);
    admission.enter('d', 1200);
  });

  test('lets nobody in while a session draws less than it should', () => {
    const admission = new Admission(8, undefined);
    admission.enter('a');
    admission.enter('b');
    admission.strain('a', true);
    expect(() => admission.enter('c')).toThrow(/no more fit/);
    admission.strain('a', false);
    admission.enter('c');
    admission.strain('b', true);
    admission.leave('b');
    admission.enter('d');
    admission.strain('gone', true);
    admission.enter('e');
  });

  test('lets one session in on the slowest machine', () => {
    const admission = new Admission(1, undefined);
    admission.enter('a');
    admission.measure('a', 5_000, true);
    admission.leave('a');
    admission.enter('b');
    expect(() => admission.enter('c')).toThrow();
  });
});

describe('a throttle', () => {
  test('lets a burst and then an average through', () => {
    let now = 0;
    const throttle = new Throttle(10, 3, () => now);
    const passed = () => Array.from({ length: 10 }, () => throttle.pass()).filter(Boolean).length;
    expect(passed()).toBe(3);
    now = 200;
    expect(passed()).toBe(2);
    now = 100_000;
    expect(passed()).toBe(3);
  });
});

describe('options of the connection', () => {
  test('servers are read with user and password', () => {
    expect(
      parseIceServers('stun:stun.example.org:3478, turn:me:p%40ss@turn.example.org:3478?transport=tcp'),
    ).toEqual([
      { url: 'stun:stun.example.org:3478' },
      { url: 'turn:turn.example.org:3478?transport=tcp', username: 'me', credential: 'p@ss' },
    ]);
    expect(parseIceServers('')).toEqual([]);
  });

  test.each(['turn:turn.example.org', 'http://x', 'stun:', 'stun:a b', 'turn:a@b'])(
    '"%s" is refused',
    (text) => {
      expect(() => parseIceServers(text)).toThrow(/--ice/);
    },
  );

  test('ports are one or a range', () => {
    expect(parsePorts('')).toBeUndefined();
    expect(parsePorts('50000')).toEqual([50_000, 50_000]);
    expect(parsePorts('50000-50010')).toEqual([50_000, 50_010]);
    for (const wrong of ['x', '0', '70000', '20-10', '1-2-3']) expect(() => parsePorts(wrong)).toThrow();
  });
});
