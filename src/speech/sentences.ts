/** Letters after which text is spoken although its sentence goes on, so that a long one is not waited for. */
const LONG = 160;
const LONGEST = 300;
/** Letters that the very first clause has at least: less does not sound like speech. */
const FIRST_CLAUSE = 12;

/** The end of a sentence: its mark, closing quotes and brackets, and the blank after it (none is needed in Chinese and Japanese). */
const SENTENCE_END = /(?:[.!?…]+["'”’»)\]]*(?=\s)|[。！？]+[」』”]*|\n{2,})/gu;
/** The end of a clause, likewise. */
const CLAUSE_END = /(?:[,;:–—]["'”’»)\]]*(?=\s)|[，、；：])/gu;
/** What a full stop belongs to without ending a sentence. */
export const ABBREVIATION =
  /(?:^|[\s("'“‘])(?:\p{L}|Mr|Mrs|Ms|Dr|Prof|St|vs|etc|e\.g|i\.e|No|approx|bzw|ca|z\.B|d\.h|Nr)\.$/u;

/**
 * Cuts text that comes in pieces (as language models write it) into what can be spoken by itself. The first clause comes
 * out as soon as it is there, so that speech can begin; after that, whole sentences sound better.
 */
export class SentenceSplitter {
  #text = '';
  #begun = false;

  /** Takes the next piece of text; returns the sentences that are complete. */
  push(text: string): string[] {
    this.#text += text;
    const sentences: string[] = [];
    for (let end = this.#end(); end > 0; end = this.#end()) this.#cut(end, sentences);
    return sentences;
  }

  /** Ends the text; returns the rest. */
  flush(): string[] {
    const sentences: string[] = [];
    this.#cut(this.#text.length, sentences);
    this.#begun = false;
    return sentences;
  }

  #cut(end: number, sentences: string[]): void {
    const sentence = this.#text.slice(0, end).trim();
    this.#text = this.#text.slice(end).trimStart();
    // Marks alone are nothing to say.
    if (!/[\p{L}\p{N}]/u.test(sentence)) return;
    this.#begun = true;
    sentences.push(sentence);
  }

  /** Where the next sentence ends; 0 if that is not known yet. */
  #end(): number {
    for (const { 0: mark, index } of this.#text.matchAll(SENTENCE_END)) {
      const end = index + mark.length;
      if (!ABBREVIATION.test(this.#text.slice(0, end))) return end;
    }
    const least = this.#begun ? LONG : FIRST_CLAUSE;
    for (const { 0: mark, index } of this.#text.matchAll(CLAUSE_END)) {
      if (index + mark.length >= least) return index + mark.length;
    }
    if (this.#text.length < LONGEST) return 0;
    const blank = this.#text.lastIndexOf(' ', LONGEST);
    return blank > 0 ? blank : LONGEST;
  }
}
