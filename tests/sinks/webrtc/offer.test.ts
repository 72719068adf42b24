import { describe, expect, test } from 'vitest';
import { PLAYOUT_DELAY_URI, parseCandidates, parseOffer } from '../../../src/sinks/webrtc/offer.ts';

const FINGERPRINT = `sha-256 ${Array(32).fill('AB').join(':')}`;

/** The parts of a browser's offer that matter, and many that do not. */
const OFFER = [
  'v=0',
  'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 1 2',
  'a=extmap-allow-mixed',
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 108 109 35',
  'c=IN IP4 0.0.0.0',
  'a=candidate:1 1 udp 2113937151 0f2a8b1c-1111-4222-8333-123456789abc.local 51234 typ host generation 0',
  'a=candidate:2 1 udp 1677729535 203.0.113.7 51234 typ srflx raddr 0.0.0.0 rport 0 generation 0',
  'a=ice-ufrag:4ZcD',
  'a=ice-pwd:2/1muCWoOi3uLifh0NuRHlig',
  `a=fingerprint:${FINGERPRINT}`,
  'a=setup:actpass',
  'a=mid:0',
  `a=extmap:5 ${PLAYOUT_DELAY_URI}`,
  'a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid',
  'a=recvonly',
  'a=rtcp-mux',
  'a=rtpmap:96 VP8/90000',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96',
  'a=rtpmap:102 H264/90000',
  'a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f',
  'a=rtpmap:103 H264/90000',
  'a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f',
  'a=rtpmap:108 H264/90000',
  'a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  'a=rtpmap:109 rtx/90000',
  'a=fmtp:109 apt=108',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9',
  'c=IN IP4 0.0.0.0',
  'a=mid:1',
  'a=sendrecv',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtpmap:63 red/48000/2',
  'a=ssrc:12345 cname:secret name',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=mid:2',
  'a=sctp-port:5000',
  'a=max-message-size:262144',
  '',
];
const sdp = (lines: readonly string[] = OFFER): string => lines.join('\r\n');
const without = (start: string) => sdp(OFFER.filter((line) => !line.startsWith(start)));
const replaced = (from: string, to: string) => sdp(OFFER.map((line) => (line === from ? to : line)));

describe('an offer', () => {
  test('is read: constrained baseline is preferred, with its retransmissions', () => {
    const { video, audio } = parseOffer(sdp());
    expect(video).toMatchObject({ mid: '0', payloadType: 108, rtx: 109, codec: 'h264' });
    expect(video!.parameters).toContain('profile-level-id=42e01f');
    expect(video!.extensions.get(PLAYOUT_DELAY_URI)).toBe(5);
    expect(audio).toMatchObject({ mid: '1', payloadType: 111, sends: true });
  });

  test('is written anew with what is used, and nothing else', () => {
    const { sdp: written } = parseOffer(sdp());
    expect(written).toContain('m=video 9 UDP/TLS/RTP/SAVPF 108 109');
    expect(written).toContain('203.0.113.7');
    for (const dropped of ['VP8', 'red/', '.local', 'secret', 'sdes:mid', 'extmap-allow-mixed']) {
      expect(written).not.toContain(dropped);
    }
  });

  test('gets VP8 where H.264 cannot be played', () => {
    const { sdp: written, video } = parseOffer(
      sdp(OFFER.filter((line) => !/packetization-mode=1/.test(line))),
    );
    expect(video).toMatchObject({ payloadType: 96, rtx: 97, codec: 'vp8' });
    expect(written).toContain('m=video 9 UDP/TLS/RTP/SAVPF 96 97');
    expect(written).not.toContain('H264');
  });

  test.each([sdp(), without('a=fmtp:108')])('means the same when it is read again', (offer) => {
    const once = parseOffer(offer);
    expect(parseOffer(once.sdp)).toEqual(once);
  });

  test('without pictures is one of somebody who draws the avatar himself, or only listens', () => {
    const video = OFFER.findIndex((line) => line.startsWith('m=video'));
    const audio = OFFER.findIndex((line) => line.startsWith('m=audio'));
    const offer = [...OFFER.slice(0, video), ...OFFER.slice(audio)].map((line) =>
      line === 'a=group:BUNDLE 0 1 2' ? 'a=group:BUNDLE 1 2' : line,
    );
    const own = OFFER.slice(video, audio).filter((line) => /^a=(ice-|fingerprint|setup)/.test(line));
    const at = offer.indexOf('a=mid:1');
    const read = parseOffer(sdp([...offer.slice(0, at), ...own, ...offer.slice(at)]));
    expect(read.video).toBeNull();
    expect(read.audio).toMatchObject({ mid: '1', payloadType: 111 });
    expect(read.sdp).not.toContain('m=video');
  });

  test.each([
    ['nothing', ''],
    ['something else', '{"sdp": 1}'],
    ['no section', sdp(OFFER.slice(0, 6))],
    ['two videos', sdp([...OFFER.slice(0, -1), ...OFFER.slice(6, 30)])],
    ['another kind of section', sdp([...OFFER.slice(0, -1), 'm=text 9 UDP/TLS/RTP/SAVPF 98', 'a=mid:3'])],
    ['neither H.264 nor VP8', sdp(OFFER.filter((line) => !/^a=rtpmap:(?:10|96)/.test(line)))],
    ['no Opus', without('a=rtpmap:111')],
    ['no fingerprint', without('a=fingerprint')],
    [
      'a weak fingerprint',
      replaced(`a=fingerprint:${FINGERPRINT}`, `a=fingerprint:sha-1 ${Array(20).fill('AB').join(':')}`),
    ],
    ['no ICE password', without('a=ice-pwd')],
    ['a short ICE password', replaced('a=ice-pwd:2/1muCWoOi3uLifh0NuRHlig', 'a=ice-pwd:short')],
    ['no bundle', without('a=group')],
    ['a bundle without the sound', replaced('a=group:BUNDLE 0 1 2', 'a=group:BUNDLE 0 2')],
    ['the same mid twice', replaced('a=mid:1', 'a=mid:0')],
    ['no mid', without('a=mid:1')],
    ['a damaged port', replaced('a=sctp-port:5000', 'a=sctp-port:5000000')],
    ['far too much', sdp([...OFFER, `a=x:${'y'.repeat(70_000)}`])],
  ])('with %s is refused', (_what, text) => {
    expect(() => parseOffer(text)).toThrow(/cannot be answered/);
  });

  test('any cut and any changed byte is read or refused, never more', () => {
    const text = sdp();
    for (let i = 0; i < text.length; i += 7) {
      for (const changed of [text.slice(0, i), `${text.slice(0, i)}\u0000${text.slice(i + 1)}`]) {
        try {
          expect(parseOffer(changed).sdp).toMatch(/^v=0\r\n/);
        } catch (error) {
          expect(error).toMatchObject({ code: 'RTC_OFFER_INVALID' });
        }
      }
    }
  });
});

describe('candidates', () => {
  test('are taken from a fragment, without names and without rubbish', () => {
    const fragment = [
      'a=ice-ufrag:x',
      'm=video 9 UDP/TLS/RTP/SAVPF 0',
      'a=candidate:1 1 udp 1 192.0.2.1 5000 typ host',
      'a=candidate:1 1 udp 1 name.local 5000 typ host',
      'a=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r evil',
      'a=candidate:%s%n',
      'a=candidate:2 1 tcp 1 2001:db8::1 9 typ host tcptype active',
      'a=end-of-candidates',
    ].join('\r\n');
    expect(parseCandidates(fragment)).toEqual([
      'candidate:1 1 udp 1 192.0.2.1 5000 typ host',
      'candidate:2 1 tcp 1 2001:db8::1 9 typ host tcptype active',
    ]);
  });
});
