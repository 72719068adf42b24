/**
 * Wav2Lip: a published network that paints the mouth of a face at 96 pixels to what is heard in 0.2 seconds.
 *
 * @module
 */
import { LEAST_VISIBILITY, type Rect } from '../../core/basics.ts';
import type { Network } from '../../core/network.ts';
import type { HearingEngine, HearingRenderer, HearingShot } from '../hearing-engine.ts';
import { BoxPainter } from '../painting/box-painter.ts';
import { LowerFaceMask } from '../painting/lower-face-mask.ts';
import { faceBox } from './face-box.ts';
import { AREA, addMasked, CHANNELS, SIDE } from './face-tensor.ts';

/** Rows of log-mel per frame, bands per row, and rows per second. */
const ROWS = 16;
const BANDS = 80;
const RATE = 80;
/** Faces per run: a processor gains nothing by more, a graphics card much. */
const ON_PROCESSOR = 2;
const ELSEWHERE = 16;

/** Repaints the lower face; needs the weights of Wav2Lip, whose licence forbids commercial use. */
export const wav2lipEngine: HearingEngine = {
  info: {
    name: 'wav2lip',
    kind: 'lip',
    // The window of a frame, and half of the last spectrum.
    lookAhead: ROWS / RATE + 0.025,
    maxSize: 4096,
    licence: 'LicenseRef-Wav2Lip',
    needs: 'The ONNX Runtime, and any CPU: about 80 ms of processor time per frame, half of that in int8',
  },
  models: ['wav2lip-gan', 'wav2lip'],
  diffuses: false,
  temporal: false,
  fps: null,
  live: 'wav2lip-mel-80',
  processorTime: 0.08,
  window: {
    features: 'wav2lip-mel-80',
    rows: ROWS,
    first: (index, fps) => Math.floor((index * RATE) / fps),
    beyond: 'last-window',
  },
  load: async (networks) => new Wav2LipRenderer(networks['generator']!, await BoxPainter.load(SIDE, 'bgr')),
};

class Wav2LipRenderer implements HearingRenderer {
  readonly batch: number;
  readonly #network: Network;
  readonly #painter: BoxPainter;
  readonly #mask = new LowerFaceMask(SIDE);

  constructor(network: Network, painter: BoxPainter) {
    this.#network = network;
    this.#painter = painter;
    this.batch = Math.min(network.batch ?? Infinity, network.device === 'cpu' ? ON_PROCESSOR : ELSEWHERE);
  }

  async repaint(shots: readonly HearingShot[], signal?: AbortSignal): Promise<void> {
    const seen = shots.filter(({ face }) => face.visibility > LEAST_VISIBILITY);
    const parts: Promise<void>[] = [];
    for (let at = 0; at < seen.length; at += this.batch)
      parts.push(this.#repaintSome(seen.slice(at, at + this.batch), signal));
    await Promise.all(parts);
  }

  async #repaintSome(shots: readonly HearingShot[], signal: AbortSignal | undefined): Promise<void> {
    // A network that takes just so many gets the last ones again to fill up.
    const count = this.#network.batch ?? shots.length;
    const faces = new Float32Array(count * CHANNELS * AREA);
    const mel = new Float32Array(count * ROWS * BANDS);
    const boxes: Rect[] = [];
    for (const [index, { frame, face, heard }] of shots.entries()) {
      const box = faceBox(face);
      boxes.push(box);
      const start = index * CHANNELS * AREA;
      const tensor = faces.subarray(start, start + CHANNELS * AREA);
      this.#painter.cut(frame, box, tensor.subarray(3 * AREA));
      addMasked(tensor);
      // The network wants band by band, time running fastest.
      for (let band = 0; band < BANDS; band++)
        for (let row = 0; row < ROWS; row++)
          mel[(index * BANDS + band) * ROWS + row] = heard[row * BANDS + band]!;
    }
    const { mouths } = await this.#network.run(
      {
        mel: { shape: [count, 1, BANDS, ROWS], data: mel },
        faces: { shape: [count, CHANNELS, SIDE, SIDE], data: faces },
      },
      signal,
    );
    for (const [index, { frame, face }] of shots.entries()) {
      const box = boxes[index]!;
      this.#mask.update(face, box);
      const mouth = mouths!.data.subarray(index * 3 * AREA, (index + 1) * 3 * AREA);
      this.#painter.lay(frame, box, mouth, this.#mask.values);
    }
  }
}
