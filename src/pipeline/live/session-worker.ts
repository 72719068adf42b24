/** The thread in which one live session hears, moves, draws and encodes. @module */
import { openPictureEncoder } from '../../encode/live/picture-encoder.ts';
import { meshEngine } from '../../engines/mesh/index.ts';
import type { WorkerPort } from '../../platform/index.ts';
import { loadRenderer, makeBackground } from '../renderer.ts';
import { serveLiveFace } from './drawing.ts';

/** Called once in the new thread. */
export function start(port: WorkerPort): void {
  serveLiveFace(port, {
    loadRenderer: (avatar, options) => loadRenderer(meshEngine, avatar, options),
    makeBackground,
    openPictureEncoder,
    async openMouth(avatar, options, outlet) {
      if (options.engine === 'embedded') return null;
      const { openLiveMouth } = await import('./live-mouth.ts');
      return openLiveMouth(avatar, options, outlet);
    },
  });
}
