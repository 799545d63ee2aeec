import { assert, HeadraceError } from '../../core/error.ts';
import type { FileEncoder, FileFormat } from '../../core/format.ts';

export interface ToyOptions {
  /** Records of a group; they are held until it is full. */
  readonly group?: number;
  /** Without an end, and without a count in its head, a file can be continued. */
  readonly isOpenEnded?: boolean;
}

const HEAD = 'head ?????\n';

/** A format of text with everything a format may have: a head with a count that is written last, groups, and an end. */
export function toyFormat({ group = 3, isOpenEnded = false }: ToyOptions = {}): FileFormat<string> {
  return { kind: 'toy', writing: { canAppend: isOpenEnded, open: ({ isEmpty }) => new ToyEncoder(group, isOpenEnded, isEmpty) } };
}

class ToyEncoder implements FileEncoder<string> {
  readonly #group: number;
  readonly #isOpenEnded: boolean;
  #ready: string[];
  #held: string[] = [];
  #count = 0;
  readonly patch?: () => Uint8Array;

  constructor(group: number, isOpenEnded: boolean, isEmpty: boolean) {
    this.#group = group;
    this.#isOpenEnded = isOpenEnded;
    this.#ready = isEmpty ? [HEAD] : [];
    if (!isOpenEnded) this.patch = () => bytes(`head ${String(this.#count).padStart(5, '0')}\n`);
  }

  get heldBytes(): number {
    return [...this.#ready, ...this.#held].reduce((sum, text) => sum + text.length, 0);
  }

  add(value: string): void {
    if (value.includes('!'))
      throw new HeadraceError({ code: 'HR_VALUE_UNENCODABLE', action: 'deadLetter', what: 'too loud', todo: 'Whisper.' });
    this.#held.push(`${value}\n`);
    this.#count++;
    if (this.#held.length >= this.#group) this.#close();
  }

  take(): readonly Uint8Array[] {
    return this.#ready.splice(0).map(bytes);
  }

  end(): readonly Uint8Array[] {
    if (this.#held.length > 0) this.#close();
    if (!this.#isOpenEnded) this.#ready.push(`end ${this.#count}\n`);
    return this.take();
  }

  #close(): void {
    this.#ready.push(`group ${this.#held.length}\n`, ...this.#held);
    this.#held = [];
  }
}

/** The records of a toy file; one that says it is whole has to be. */
export function readToy(text: string): string[] {
  const lines = text.split('\n').slice(0, -1);
  const records: string[] = [];
  let left = 0;
  for (const [i, line] of lines.entries()) {
    const count = Number(line.split(' ')[1]);
    if (left-- > 0) records.push(line);
    else if (line.startsWith('group ')) left = count;
    else if (line.startsWith('end ')) {
      assert(i === lines.length - 1 && count === records.length && Number(lines[0]!.slice(5)) === count, `a file is whole: ${text}`);
    } else assert(i === 0 && line.startsWith('head '), `a line has a meaning: ${text}`);
  }
  return records;
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
