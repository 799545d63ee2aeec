/** What happened in a seed: all of it as one number, to compare two runs by; the faults and the deaths in words. */
export class Trace {
  readonly story: string[] = [];
  /** Every call in words, for one who looks for a bug. */
  readonly all: string[] | undefined;
  readonly #now: () => number;
  #hash = 0x811c9dc5;
  #count = 0;

  constructor(now: () => number, keepsAll: boolean) {
    this.#now = now;
    this.all = keepsAll ? [] : undefined;
  }

  get hash(): string {
    return `${this.#hash.toString(16).padStart(8, '0')}/${this.#count}`;
  }

  add(what: string): void {
    this.#count++;
    const now = this.#now();
    let hash = Math.imul(this.#hash ^ now, 0x01000193);
    for (let i = 0; i < what.length; i++) hash = Math.imul(hash ^ what.charCodeAt(i), 0x01000193);
    this.#hash = hash >>> 0;
    this.all?.push(`${now} ms: ${what}`);
  }

  tell(what: string): void {
    this.add(what);
    this.story.push(`${this.#now()} ms: ${what}`);
  }
}
