import { WASM_BASE, wasmInstance } from '../../codecs/wasm/host.ts';
import { QUOTES_WASM } from '../../codecs/wasm/quotes-wasm.ts';

const LF = 10;

/** Memory for so many bytes of a file, and whether an odd number of them are quotes: 20 us a MiB, where a scan takes 1,500. */
export interface QuotedBytes {
  readonly bytes: Buffer;
  isOdd(from: number, to: number, quote: number): boolean;
}

export function quotedBytes(length: number): QuotedBytes {
  const instance = wasmInstance<{ isOdd(at: number, end: number, quote: number): number }>(QUOTES_WASM, WASM_BASE + length);
  if (instance === undefined) return plainQuotedBytes(length);
  const { exports, memory } = instance;
  return {
    bytes: Buffer.from(memory.buffer, WASM_BASE, length),
    isOdd: (from, to, quote) => exports.isOdd(WASM_BASE + from, WASM_BASE + to, quote) === 1,
  };
}

/** The same where there is no WebAssembly. */
export function plainQuotedBytes(length: number): QuotedBytes {
  const bytes = Buffer.alloc(length);
  return {
    bytes,
    isOdd(from, to, quote) {
      let odd = 0;
      for (let i = from; i < to; i++) if (bytes[i] === quote) odd ^= 1;
      return odd === 1;
    },
  };
}

/** Behind the first line end of bytes[from, to) that is not between quotes; -1 where there is none. */
export function behindLine(bytes: Uint8Array, { from, to, quote, isQuoted }: Looked): number {
  let isInside = isQuoted;
  for (let i = from; i < to; i++) {
    if (bytes[i] === quote) isInside = !isInside;
    else if (bytes[i] === LF && !isInside) return i + 1;
  }
  return -1;
}

interface Looked {
  readonly from: number;
  readonly to: number;
  readonly quote: number;
  /** It begins behind a quote that is not closed. */
  readonly isQuoted: boolean;
}

/** More units than are ever under way at once. */
const RING = 1024;
/** How often the guess was found wrong: whether a quote somewhere stood for itself. */
const TURNS = RING;

/**
 * Whether each unit of a file begins between quotes, handed on from thread to thread: each counts the quotes of its unit
 * and adds those of all before it. It is a guess, which a quote that stands for itself makes wrong.
 */
export class Quotes {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer((RING + 1) * 4)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** How often the guess has been turned round. */
  get turns(): number {
    return Atomics.load(this.#words, TURNS);
  }

  get isTurned(): boolean {
    return this.turns % 2 === 1;
  }

  turn(): void {
    Atomics.add(this.#words, TURNS, 1);
  }

  /**
   * Says what a unit has, and answers whether the quotes before it are odd. It waits for the units before it, each of which
   * another thread has begun or ended, since units are given out in order.
   */
  pass(unit: number, isOdd: boolean): boolean {
    const before = unit === 0 ? 0 : this.#wait(unit - 1);
    this.tell(unit, (before === 1) !== isOdd);
    return before === 1;
  }

  /** Says how many there are up to the end of a unit. */
  tell(unit: number, isOdd: boolean): void {
    Atomics.store(this.#words, unit % RING, (unit + 1) * 2 + (isOdd ? 1 : 0));
    Atomics.notify(this.#words, unit % RING);
  }

  #wait(unit: number): number {
    const at = unit % RING;
    for (;;) {
      const found = Atomics.load(this.#words, at);
      if (found >> 1 === unit + 1) return found & 1;
      Atomics.wait(this.#words, at, found);
    }
  }
}
