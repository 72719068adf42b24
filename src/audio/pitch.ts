import { SPEECH_RATE } from '../core/index.ts';

/** Lowest and highest pitch looked for, Hz: from a deep male voice to a child's cry. */
const LOWEST_HZ = 60;
const HIGHEST_HZ = 800;
/** Compared stretch: 30 ms. */
const STRETCH = 480;
/** Longest period, in samples; and room for the search around it. */
const LONGEST = Math.ceil(SPEECH_RATE / LOWEST_HZ);
const MARGIN = 8;
const HISTORY = STRETCH + LONGEST + MARGIN;

/** The first search runs on every fourth sample, each an average over {@link AVERAGED} samples. */
const STEP = 4;
const AVERAGED = 8;
const COARSE_STRETCH = STRETCH / STEP;
const COARSE_SHORTEST = Math.floor(SPEECH_RATE / HIGHEST_HZ / STEP) - 1;
const COARSE_LONGEST = Math.ceil(LONGEST / STEP);
const COARSE_HISTORY = COARSE_STRETCH + COARSE_LONGEST;
/** The second search looks so many samples to each side of what the first found. */
const REACH = 4;

/** A shorter period wins over a longer one of this share of its strength: multiples of a period repeat as well. */
const SHORTER_WINS = 0.93;
/** A period near the one before counts as so much stronger... */
const CONTINUITY = 0.03;
/** ...within this many octaves. */
const NEAR_OCTAVES = 0.25;
/** Below this strength nothing is followed. */
const FOLLOWED = 0.5;

/** A peak of the correlation: period in samples and height, both between the searched lags. */
interface Peak {
  readonly lag: number;
  readonly height: number;
}

/** The top of the parabola through three neighbouring values, the middle one of which is the largest. */
function parabolaTop(left: number, middle: number, right: number): { shift: number; height: number } {
  const bend = left - 2 * middle + right;
  if (bend >= 0) return { shift: 0, height: middle };
  const shift = (0.5 * (left - right)) / bend;
  return { shift, height: middle - 0.25 * (left - right) * shift };
}

/**
 * Normalised cross-correlation of the last `stretch` values of `signal` with those `lag` before them, for lags `first`
 * to `last`, -1..1 each.
 */
function correlate(
  signal: Float64Array,
  stretch: number,
  first: number,
  last: number,
  target: Float64Array,
): void {
  const end = signal.length;
  const start = end - stretch;
  let now = 0;
  let before = 0;
  for (let index = start; index < end; index++) {
    now += signal[index] * signal[index];
    before += signal[index - first] * signal[index - first];
  }
  for (let lag = first; lag <= last; lag++) {
    let product = 0;
    for (let index = start; index < end; index++) product += signal[index] * signal[index - lag];
    target[lag - first] = product / Math.sqrt(now * Math.max(0, before) + 1e-18);
    if (lag === last) return;
    const entering = signal[start - lag - 1];
    const leaving = signal[end - lag - 1];
    before += entering * entering - leaving * leaving;
  }
}

/**
 * Finds the pitch of a stream: the period after which the last 30 ms repeat best, by normalised cross-correlation
 * (after D. Talkin, "A robust algorithm for pitch tracking", 1995), first coarsely, then to a fraction of a sample.
 */
export class PitchTracker {
  /** How well the sound repeats, 0 (noise) .. 1 (a steady tone or voice). */
  strength = 0;
  /** The strongest period as a frequency, Hz, whatever its strength; 0 where there is none. */
  frequency = 0;
  readonly #recent = new Float64Array(HISTORY + AVERAGED);
  readonly #incoming: number[] = [];
  readonly #coarse = new Float64Array(COARSE_HISTORY);
  readonly #coarseMatch = new Float64Array(COARSE_LONGEST - COARSE_SHORTEST + 1);
  readonly #fineMatch = new Float64Array(2 * REACH + 1);

  /** Takes one sample. */
  push(sample: number): void {
    this.#incoming.push(sample);
  }

  /** Measures the stream as it stands. */
  measure(): void {
    this.#takeIn();
    const before = this.strength > FOLLOWED ? this.frequency : 0;
    this.strength = 0;
    this.frequency = 0;
    this.#thinOut();
    correlate(this.#coarse, COARSE_STRETCH, COARSE_SHORTEST, COARSE_LONGEST, this.#coarseMatch);
    const best = this.#choose(this.#peaks(), before);
    if (best === null) return;
    this.strength = Math.min(1, best.height);
    this.frequency = SPEECH_RATE / this.#refine(best.lag * STEP);
  }

  /** Forgets the stream. */
  reset(): void {
    this.#recent.fill(0);
    this.#incoming.length = 0;
    this.strength = 0;
    this.frequency = 0;
  }

  #takeIn(): void {
    const recent = this.#recent;
    const fresh = this.#incoming.splice(0).slice(-recent.length);
    recent.copyWithin(0, fresh.length);
    recent.set(fresh, recent.length - fresh.length);
  }

  #thinOut(): void {
    const recent = this.#recent;
    for (let index = 0; index < COARSE_HISTORY; index++) {
      const end = recent.length - (COARSE_HISTORY - 1 - index) * STEP;
      let sum = 0;
      for (let at = end - AVERAGED; at < end; at++) sum += recent[at];
      this.#coarse[index] = sum / AVERAGED;
    }
  }

  #peaks(): Peak[] {
    const match = this.#coarseMatch;
    const peaks: Peak[] = [];
    for (let index = 1; index < match.length - 1; index++) {
      if (match[index] <= 0 || match[index] < match[index - 1] || match[index] <= match[index + 1]) continue;
      const { shift, height } = parabolaTop(match[index - 1], match[index], match[index + 1]);
      peaks.push({ lag: COARSE_SHORTEST + index + shift, height });
    }
    return peaks;
  }

  /** The shortest period that is nearly as strong as the strongest; what goes on from `before` is preferred. */
  #choose(peaks: readonly Peak[], before: number): Peak | null {
    const worth = ({ lag, height }: Peak): number => {
      const frequency = SPEECH_RATE / STEP / lag;
      const goesOn = before > 0 && Math.abs(Math.log2(frequency / before)) < NEAR_OCTAVES;
      return height + (goesOn ? CONTINUITY : 0);
    };
    const most = Math.max(0, ...peaks.map(worth));
    return peaks.find((peak) => worth(peak) >= SHORTER_WINS * most) ?? null;
  }

  /** The period near `guess`, in samples. */
  #refine(guess: number): number {
    const first = Math.max(2, Math.min(LONGEST + MARGIN - 2 * REACH, Math.round(guess) - REACH));
    const match = this.#fineMatch;
    correlate(this.#recent, STRETCH, first, first + 2 * REACH, match);
    let top = 1;
    for (let index = 2; index < match.length - 1; index++) if (match[index] > match[top]) top = index;
    return first + top + parabolaTop(match[top - 1], match[top], match[top + 1]).shift;
  }
}
