import {
  asLoquentError,
  type LiveCommand,
  type LiveInputRate,
  type LiveSession,
  LoquentError,
  liveCommandSchema,
  parseOptions,
} from '../../core/index.ts';
import { openVoice, Pcm16Reader } from '../../speech/index.ts';
import { Speaker } from './speaker.ts';

/** Longest command, UTF-16 units: a text of the longest allowed length and what is around it. */
const LONGEST_COMMAND = 100_000;

/** What {@link createLiveCommands} needs besides the session. */
export interface LiveCommandOptions {
  /** The voice that says texts, as `openVoice` takes it; without one, `speak` is refused. */
  readonly voice?: string | undefined;
  /** The client asks to renew the session. */
  onKeepAlive?(): void;
  /** A command could not be followed; the session goes on. */
  onWarning?(warning: { readonly code: string; readonly message: string }): void;
}

/** Carries out what a client says over a data channel or WebSocket. Disposing stops what is being said. */
export interface LiveCommands extends Disposable {
  /** Takes a command as JSON ({@link liveCommandSchema}). Never throws: what is wrong becomes a warning. */
  handle(text: string): void;
  /**
   * Takes bytes of PCM16 (little-endian, mono) of the utterance that `audio_begin` has announced, cut anywhere.
   *
   * @returns Resolves when there is room for more. Never rejects.
   */
  audio(bytes: Uint8Array): Promise<void>;
}

/**
 * Makes a client's commands work on a session.
 *
 * @throws LoquentError `VOICE_MISSING`, `OPTION_INVALID` if there is no such voice.
 */
export async function createLiveCommands(
  session: LiveSession,
  options: LiveCommandOptions = {},
): Promise<LiveCommands> {
  const voice = options.voice === undefined ? null : await openVoice(options.voice);
  return new Commands(
    session,
    voice && new Speaker(session, voice, (error) => options.onWarning?.(error)),
    options,
  );
}

/** Speech that comes as bytes. */
interface Upload {
  readonly id: string;
  readonly rate: LiveInputRate;
  readonly reader: Pcm16Reader;
}

class Commands implements LiveCommands {
  readonly #session: LiveSession;
  readonly #speaker: Speaker | null;
  readonly #options: LiveCommandOptions;
  #upload: Upload | null = null;
  #serial = 0;
  /** Whether a text is being written. */
  #writing = false;

  constructor(session: LiveSession, speaker: Speaker | null, options: LiveCommandOptions) {
    this.#session = session;
    this.#speaker = speaker;
    this.#options = options;
  }

  handle(text: string): void {
    try {
      this.#follow(parseOptions(liveCommandSchema, parsed(text)));
    } catch (error) {
      this.#warn(error);
    }
  }

  async audio(bytes: Uint8Array): Promise<void> {
    try {
      if (!this.#upload) {
        throw new LoquentError('OPTION_INVALID', 'Sound came without the command audio_begin before it.');
      }
      const { id, rate, reader } = this.#upload;
      await this.#session.push(reader.push(bytes), { rate, utterance: id });
    } catch (error) {
      this.#warn(error);
    }
  }

  [Symbol.dispose](): void {
    this.#speaker?.interrupt();
    this.#upload = null;
  }

  #follow(command: LiveCommand): void {
    switch (command.type) {
      case 'speak':
        if (!this.#speaker)
          throw new LoquentError('VOICE_MISSING', 'This session has no voice that says texts.');
        // Text that goes on without a name belongs to the text before it.
        if (command.id === undefined && !this.#writing) this.#serial += 1;
        this.#writing = command.more;
        this.#speaker.say(command.id ?? `speech-${this.#serial}`, command.text, command.more);
        break;
      case 'speak_end':
        this.#writing = false;
        this.#speaker?.end(command.id);
        break;
      case 'audio_begin':
        this.#serial += 1;
        this.#upload = {
          id: command.id ?? `speech-${this.#serial}`,
          rate: command.rate,
          reader: new Pcm16Reader(),
        };
        break;
      case 'audio_end':
        if (this.#upload) this.#session.endUtterance(this.#upload.id);
        this.#upload = null;
        break;
      case 'interrupt':
        this.#writing = false;
        this.#speaker?.interrupt();
        this.#upload = null;
        this.#session.interrupt().catch((error: unknown) => this.#warn(error));
        break;
      case 'set':
        if (command.controls) this.#session.control(command.controls);
        if (command.background !== undefined) {
          this.#session.setBackground(command.background).catch((error: unknown) => this.#warn(error));
        }
        break;
      case 'keep_alive':
        this.#options.onKeepAlive?.();
        break;
    }
  }

  #warn(error: unknown): void {
    const { code, message } = asLoquentError(error);
    if (code !== 'LIVE_CLOSED') this.#options.onWarning?.({ code, message });
  }
}

function parsed(text: string): unknown {
  if (text.length > LONGEST_COMMAND) throw new LoquentError('OPTION_INVALID', 'The command is too long.');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LoquentError('OPTION_INVALID', 'The command is no JSON.', { cause });
  }
}
