/**
 * The drawing thread of a session whose mouths are painted, in a time that stands still meanwhile: the next sound comes when everything
 * was painted that can be. `?fault=slow` names what goes wrong.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import { openPictureEncoder } from '../../../src/encode/live/picture-encoder.ts';
import { meshEngine } from '../../../src/engines/mesh/index.ts';
import { serveLiveFace } from '../../../src/pipeline/live/drawing.ts';
import { openLiveMouth } from '../../../src/pipeline/live/live-mouth.ts';
import type { Painting } from '../../../src/pipeline/live/mouth-painter.ts';
import type { ToWorker } from '../../../src/pipeline/live/worker-messages.ts';
import { loadRenderer, makeBackground } from '../../../src/pipeline/renderer.ts';
import type { WorkerPort } from '../../../src/platform/index.ts';

/** What can go wrong: `slow`, nothing is painted in time among the 20th to 60th picture that should be. */
const fault = new URL(import.meta.url).searchParams.get('fault');
/** Pictures that wait for their sound, at most. */
const AHEAD = 3;

/** Called once in the new thread. */
export function start(port: WorkerPort): void {
  const paintings: Painting[] = [];
  let asked = 0;
  const painted = async (): Promise<void> => {
    while (paintings.length > AHEAD) {
      const { outcome } = paintings[0]!;
      if (outcome === 'painted' || outcome === 'failed') paintings.shift();
      else await setTimeout(1);
    }
  };
  const patient: WorkerPort = {
    post: (message, transfer) => port.post(message, transfer),
    onMessage(listener) {
      let before = Promise.resolve();
      port.onMessage((message) => {
        before = before.then(async () => {
          if ((message as ToWorker).kind === 'sound') await painted();
          if ((message as ToWorker).kind === 'hush') paintings.length = 0;
          listener(message);
        });
      });
    },
  };
  serveLiveFace(patient, {
    loadRenderer: (avatar, options) => loadRenderer(meshEngine, avatar, options),
    makeBackground,
    openPictureEncoder,
    async openMouth(avatar, options, outlet) {
      if (options.engine === 'embedded') return null;
      const mouth = await openLiveMouth(avatar, options, outlet);
      const { painter } = mouth;
      const paint = painter.paint.bind(painter);
      painter.paint = (motion, frame) => {
        asked += 1;
        if (fault === 'slow' && asked > 20 && asked <= 60) return { frame, outcome: 'begun', drop() {} };
        const painting = paint(motion, frame);
        paintings.push(painting);
        return painting;
      };
      return mouth;
    },
  });
}
