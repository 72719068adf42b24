/** One server-sent event. */
export interface ServerEvent {
  /** Its name; `message` if it has none. */
  readonly type: string;
  readonly data: string;
  /** The last id that was sent, with this event or before it. */
  readonly id: string;
}

/**
 * Reads server-sent events (the format of the HTML standard). A body may break off anywhere; an event that is not complete
 * is dropped.
 *
 * @param onChunk - Is called with every piece that arrives, also when it holds no event.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  onChunk: () => void = () => {},
): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let id = '';
  let type = '';
  let data: string[] = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      onChunk();
      rest += decoder.decode(value, { stream: true });
      // A carriage return at the end may be the first half of a line end.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop()!;
      for (const line of lines) {
        if (line === '') {
          if (data.length > 0) yield { type: type || 'message', data: data.join('\n'), id };
          type = '';
          data = [];
          continue;
        }
        const [, field = '', text = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
        if (field === 'event') type = text;
        if (field === 'data') data.push(text);
        if (field === 'id' && !text.includes('\0')) id = text;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
