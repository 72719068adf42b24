import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FOOTAGE_VERSION } from '../../src/avatar/footage-file.ts';
import { PartFileWriter } from '../../src/avatar/part-file.ts';
import { threadAhead } from '../../src/cli/thread-ahead.ts';
import '../../src/platform/node/use.ts';

const folder = mkdtempSync(join(tmpdir(), 'loquent-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const footage = join(folder, 'footage.avatar');
await using writer = await PartFileWriter.create(footage, FOOTAGE_VERSION);
await writer.finish({});
const photo = join(folder, 'photo.avatar');
writeFileSync(photo, 'LQAV');

test.each([
  [['speak', '-i', 'face.jpg', '-a', 'speech.wav', '-o', 'out.mp4'], 'startRenderCrew'],
  [['speak', '-a', 'speech.wav', '--image', photo], 'startRenderCrew'],
  [['speak', '-a', 'speech.wav', '-i', footage], 'startRepaintThread'],
  [['speak', '-i', 'Person.MOV', '-a', 'speech.wav'], null],
  [['speak', '--help'], null],
  [['speak', '-a', 'speech.wav', '-i'], 'startRenderCrew'],
  [['avatar', 'a.mp4', 'b.webm', '-o', 'me.avatar'], 'startTrackingThread'],
  [['avatar', 'face.jpg'], null],
  [['doctor'], null],
  [[], null],
])('%j has the thread ahead that it is going to need: %s', (words, thread) => {
  expect(threadAhead(words)).toBe(thread);
});
