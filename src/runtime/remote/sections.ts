import { assert } from '../../core/error.ts';
import type { RestoredSections, Section, SectionWriter } from '../../core/state.ts';

// What a worker may have sent of its state before the host has written it.
const WINDOW_BYTES = 4 * 1024 * 1024;

/** Sends the sections of captures no faster than the host writes them. */
export class SectionOutlet {
  readonly #send: (call: number, section: Section, bytes: Uint8Array) => void;
  #untaken = 0;
  #waiting: (() => void)[] = [];

  constructor(send: (call: number, section: Section, bytes: Uint8Array) => void) {
    this.#send = send;
  }

  writerFor(call: number): SectionWriter {
    return {
      section: async (section, bytes) => {
        while (this.#untaken > 0 && this.#untaken + bytes.length > WINDOW_BYTES) await this.#room();
        this.#untaken += bytes.length;
        this.#send(call, section, bytes);
      },
    };
  }

  taken(bytes: number): void {
    this.#untaken -= bytes;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

/** The sections a worker begins with: their names are here, and the bytes are asked for one by one. */
export class AskedSections implements RestoredSections {
  readonly #sections: readonly Section[];
  readonly #ask: (read: number, index: number) => void;
  readonly #open = new Map<number, (bytes: Uint8Array) => void>();
  #last = 0;

  constructor(sections: readonly Section[], ask: (read: number, index: number) => void) {
    this.#sections = sections;
    this.#ask = ask;
  }

  list(): readonly Section[] {
    return this.#sections;
  }

  read(section: Section): Promise<Uint8Array> {
    const index = this.#sections.indexOf(section);
    assert(index >= 0, 'a section is read by what list() gave');
    return new Promise((resolve) => {
      this.#open.set(++this.#last, resolve);
      this.#ask(this.#last, index);
    });
  }

  arrived(read: number, bytes: Uint8Array): void {
    this.#open.get(read)?.(bytes);
    this.#open.delete(read);
  }
}
