import { hash } from 'node:crypto';
import type { FileStat } from '../../core/world.ts';

/** 96 bits of a name: among a million names two are alike once in 10^17 tries. */
const NAME_CHARS = 16;
/** 36 bits of size and time: a change is missed once in 7 * 10^10. */
const STAMP_CHARS = 6;

/**
 * Which files were read, as a checkpoint keeps it: 22 characters a file. A run adds to the text and never builds it
 * anew but to forget, so a read costs nothing, however many files were read before.
 */
export class SeenNames {
  /** Short name to stamp, in the order they were read. */
  readonly #stamps = new Map<string, string>();
  #text = '';

  constructor(text = '') {
    for (let at = 0; at + NAME_CHARS + STAMP_CHARS <= text.length; at += NAME_CHARS + STAMP_CHARS)
      this.#stamps.set(text.slice(at, at + NAME_CHARS), text.slice(at + NAME_CHARS, at + NAME_CHARS + STAMP_CHARS));
    this.#text = text;
  }

  get size(): number {
    return this.#stamps.size;
  }

  get text(): string {
    return this.#text;
  }

  /** Has it been read as it is, in another form, or never? */
  look(name: string, stamp: string): 'same' | 'changed' | 'new' {
    const known = this.#stamps.get(shortOf(name));
    return known === undefined ? 'new' : known === stamp ? 'same' : 'changed';
  }

  add(name: string, stamp: string): void {
    const short = shortOf(name);
    const isKnown = this.#stamps.has(short);
    this.#stamps.set(short, stamp);
    if (isKnown) this.#write();
    else this.#text += short + stamp;
  }

  /** Forgets files that are not there any more, those first that were read first, until there are `most`. */
  forget(most: number, there: Iterable<string>): void {
    if (this.size <= most) return;
    const kept = new Set<string>();
    for (const name of there) kept.add(shortOf(name));
    for (const short of this.#stamps.keys()) {
      if (this.size <= most) break;
      if (!kept.has(short)) this.#stamps.delete(short);
    }
    this.#write();
  }

  #write(): void {
    this.#text = [...this.#stamps].map(([short, stamp]) => short + stamp).join('');
  }
}

/** Size and time in a few characters. */
export function stampOf({ bytes, modifiedMs }: FileStat): string {
  return hash('sha256', `${bytes} ${modifiedMs}`, 'base64url').slice(0, STAMP_CHARS);
}

function shortOf(name: string): string {
  return hash('sha256', name, 'base64url').slice(0, NAME_CHARS);
}
