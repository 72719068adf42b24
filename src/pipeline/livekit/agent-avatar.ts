import { asLoquentError, type LiveEvent, type LiveSession, type Warning } from '../../core/index.ts';
import {
  type AgentRoom,
  type IncomingSpeech,
  PLAYBACK_FINISHED,
  PLAYBACK_STARTED,
} from '../../sinks/livekit/agent-room.ts';
import { AgentSpeech } from './agent-speech.ts';

/** How often the agent is told something before that is given up, and milliseconds in between. */
const TRIES = 3;
const PAUSE = 100;

/**
 * A session as the face and the voice of an agent in a room: says what the agent sends, falls silent when it asks for that, and
 * tells it what was heard of every utterance, exactly once each.
 */
export class AgentAvatar {
  readonly #session: LiveSession;
  readonly #room: AgentRoom;
  readonly #onWarning: (warning: Warning) => void;
  /** Utterances of which the agent has not been told the end, by name, with whom they came from. */
  readonly #open = new Map<string, { readonly speech: AgentSpeech; readonly sender: string }>();
  /** The utterance before: they are said one after the other. */
  #said: Promise<void> = Promise.resolve();
  /** The call before: the agent hears of everything in order. */
  #told: Promise<void> = Promise.resolve();
  #serial = 0;

  constructor(session: LiveSession, room: AgentRoom, onWarning: (warning: Warning) => void) {
    this.#session = session;
    this.#room = room;
    this.#onWarning = onWarning;
  }

  /** Enters the room and comes to life. @throws LoquentError `LIVEKIT_FAILED`. */
  async enter(): Promise<void> {
    const { width, height, fps } = this.#session;
    await this.#session.want({ pictures: false, motion: false, frames: true });
    this.#session.subscribe({
      frame: (frame) => this.#room.show(frame),
      samples: (sound) => this.#room.play(sound),
      event: (event) => this.#happened(event),
    });
    const ears = {
      speech: (speech: IncomingSpeech) => this.#hear(speech),
      clearBuffer: (caller: string) => this.#clear(caller),
      left: (identity: string) => {
        if (this.#room.isAgent(identity)) this.#silence();
      },
      closed: () => void this.#session.close('connection_lost'),
    };
    await this.#room.enter(ears, width, height, fps);
    this.#session.start();
  }

  #hear(incoming: IncomingSpeech): void {
    if (!this.#room.isAgent(incoming.sender)) {
      incoming.cancel();
      return;
    }
    for (const { speech } of this.#open.values()) speech.overtaken = true;
    this.#serial += 1;
    const speech = new AgentSpeech(`utterance-${this.#serial}`, incoming);
    this.#open.set(speech.id, { speech, sender: incoming.sender });
    this.#said = this.#said.then(() => this.#say(speech));
  }

  async #say(speech: AgentSpeech): Promise<void> {
    const { id, rate } = speech;
    let begun = false;
    try {
      if (rate === null)
        this.#warn('SPEECH_SKIPPED', 'The agent sent speech without saying its sample rate and channels.');
      else {
        for await (const samples of speech.samples()) {
          if (speech.dropped) break;
          if (samples.length === 0) continue;
          begun = true;
          await this.#session.push(samples, { rate, utterance: id });
        }
      }
    } catch (error) {
      const { code, message } = asLoquentError(error);
      if (code !== 'LIVE_CLOSED') this.#warn('SPEECH_SKIPPED', message);
    }
    if (rate === null) speech.drop();
    if (begun) this.#session.endUtterance(id);
    // The session knows nothing of an utterance without any sound; the agent waits for its end all the same.
    else this.#finish(id, 0, speech.dropped);
  }

  #clear(caller: string): string {
    if (!this.#room.isAgent(caller)) return 'reject';
    this.#silence();
    return 'ok';
  }

  /** Drops everything that the agent has sent up to now. */
  #silence(): void {
    for (const { speech } of this.#open.values()) speech.drop();
    // Of a session that has ended nothing is heard anyway.
    this.#session.interrupt().catch(() => undefined);
  }

  #happened(event: LiveEvent): void {
    if (event.type === 'speech_started') this.#tell(event.id, PLAYBACK_STARTED, '');
    else if (event.type === 'speech_finished') this.#finish(event.id, event.position, event.interrupted);
    else if (event.type === 'closed') for (const { speech } of this.#open.values()) speech.drop();
  }

  #finish(id: string, position: number, interrupted: boolean): void {
    this.#tell(id, PLAYBACK_FINISHED, JSON.stringify({ playback_position: position, interrupted }));
    this.#open.delete(id);
  }

  #tell(id: string, method: string, payload: string): void {
    const sender = this.#open.get(id)?.sender;
    if (sender !== undefined) this.#told = this.#told.then(() => this.#call(sender, method, payload));
  }

  async #call(sender: string, method: string, payload: string): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#room.call(sender, method, payload);
      } catch (error) {
        // Not every agent wants to know when an utterance begins.
        if (method === PLAYBACK_STARTED) return;
        if (tries === TRIES) {
          const reason = error instanceof Error ? error.message : String(error);
          this.#warn('AGENT_UNTOLD', `The agent could not be told that an utterance is over: ${reason}.`);
          return;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  #warn(code: string, message: string): void {
    this.#onWarning({ code, message });
  }
}
