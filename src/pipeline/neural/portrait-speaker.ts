import { HubertStates } from '../../audio/front-ends/hubert-states.ts';
import {
  type AudioChunk,
  type EngineOptions,
  LoquentError,
  type MotionFrame,
  SPEECH_RATE,
  seconds,
  type VideoFrame,
} from '../../core/index.ts';
import type { Network } from '../../core/network.ts';
import { dittoEngine, dittoMover } from '../../engines/ditto/index.ts';
import { liveportraitEngine } from '../../engines/liveportrait/index.ts';
import type {
  DirectedMotion,
  DrawingSettings,
  HeadMover,
  PortraitEngine,
} from '../../engines/portrait-engine.ts';
import { AskedControls } from './asked-controls.ts';
import { findDrawnFace } from './drawn-face.ts';
import { type HeardMotion, HeardMovements } from './heard-movements.ts';
import { type DrawnPhoto, drawOnMesh } from './mesh-photo.ts';
import type { OpenedNetworks } from './open-networks.ts';
import { drawPortrait, wholePhoto } from './portrait-photo.ts';
import type { DrawingContext, PhotoEngine, SpeakingPhoto } from './speaking-engine.ts';

/** Engines that draw heads, by the name of the option. */
export const PORTRAIT_ENGINES: Readonly<Record<string, PortraitEngine>> = {
  liveportrait: liveportraitEngine,
  ditto: dittoEngine,
};
/** Networks that move heads for the mesh engine to draw, by the name of the option. */
export const HEAD_MOVERS: Readonly<Record<string, HeadMover>> = { 'ditto+mesh': dittoMover };

/** What an engine that draws or moves heads does in a job. */
export function portraitSpeaker(
  engine: PortraitEngine | HeadMover,
  { networks }: OpenedNetworks,
  { seed, steps, online }: Pick<EngineOptions, 'steps' | 'online'> & Pick<DrawingSettings, 'seed'>,
): PhotoEngine {
  const { name } = engine.info;
  const refused = (what: string, hint: string) => new LoquentError('OPTION_INVALID', what, { hint });
  let asked: AskedControls | undefined;
  return {
    fps: engine.fps,
    drawsMesh: !drawsHead(engine),
    drivable: engine.drivable,
    refuse({ background, fps, guidance }) {
      if (engine.fps !== null && engine.fps !== fps) {
        const hint = `Leave out --fps, or --engine.`;
        throw refused(`The engine "${name}" makes ${engine.fps} frames per second, not ${fps}.`, hint);
      }
      if (drawsHead(engine) && background !== 'keep') {
        const hint = 'Leave out --background, or --engine.';
        throw refused(`The engine "${name}" draws the head together with what is behind it.`, hint);
      }
      if (guidance !== undefined) {
        throw refused(`The guidance of the engine "${name}" is inside its network.`, 'Leave out --guidance.');
      }
    },
    follow(controls, options) {
      if (!engine.window) return controls;
      asked = new AskedControls(controls, options);
      return asked;
    },
    hear(speech, fps, move, driver) {
      if (driver) return driver.clip.drive(move(speech), networks['motion']!, driver.speaks);
      if (!engine.window) return move(speech);
      const heard = new HeardMovements(new HubertStates(networks['hubert']!), engine.window, fps);
      return directed(heard.attach(move(heard.listen(speech) as AsyncIterable<AudioChunk>)), asked!);
    },
    async *drawPhoto(photo, movements, context) {
      const silence =
        online && engine.online ? await hearSilence(networks['hubert']!, engine.online.silence) : undefined;
      const settings = { seed, steps, silence };
      if (!drawsHead(engine)) {
        yield* drawMoved(engine, networks, photo, movements, settings, context);
        return;
      }
      const frames = drawPortrait(engine, networks, photo, movements, settings, context);
      yield* context.locate ? findDrawnFace(photo, frames, context.signal) : withoutLandmarks(frames);
    },
  };
}

/** What HuBERT hears when there is nothing to hear: one row for every frame. */
async function hearSilence(hubert: Network, frames: number): Promise<Float32Array[]> {
  const states = new HubertStates(hubert);
  const samples = new Float32Array(Math.round((frames * SPEECH_RATE) / states.rate));
  const rows = [...(await states.push({ samples, time: seconds(0) })), ...(await states.flush())];
  return rows.map(({ values }) => values);
}

function drawsHead(engine: PortraitEngine | HeadMover): engine is PortraitEngine {
  return !('roles' in engine);
}

/** Movements with what is asked for at their time. */
async function* directed(
  movements: AsyncIterable<readonly HeardMotion[]>,
  asked: AskedControls,
): AsyncGenerator<readonly DirectedMotion[], void, undefined> {
  for await (const motions of movements)
    yield motions.map((motion) => ({ ...motion, asked: asked.take(motion.time) }));
}

async function* withoutLandmarks(
  frames: AsyncIterable<VideoFrame>,
): AsyncGenerator<DrawnPhoto, void, undefined> {
  for await (const frame of frames) yield { frame, landmarks: null };
}

/** Lets the mesh engine draw what was moved. */
async function* drawMoved(
  mover: HeadMover,
  networks: OpenedNetworks['networks'],
  photo: SpeakingPhoto,
  movements: AsyncIterable<readonly MotionFrame[]>,
  settings: DrawingSettings,
  { clock, signal }: DrawingContext,
): AsyncGenerator<DrawnPhoto, void, undefined> {
  const { avatar } = photo;
  const sitter = { avatar, photo: await wholePhoto(avatar) };
  const move = await clock.measureAsync('motion', () => mover.load(networks, sitter, settings, signal));
  yield* drawOnMesh(photo, move(movements as AsyncIterable<readonly DirectedMotion[]>, signal));
}
