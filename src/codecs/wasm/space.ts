import { WASM_BASE, type WasmMemory } from './host.ts';

const PAGE = 65_536;
const LEAST = 1024;

/** Node has them, its types do not; toString with the same arguments takes half as long again. */
export interface TextSlices {
  latin1Slice(begin: number, end: number): string;
  utf8Slice(begin: number, end: number): string;
}

/** Hands out parts of a memory, each a power of two, and takes them back. Views are made anew once the memory has grown. */
export class WasmSpace {
  readonly #memory: WasmMemory;
  readonly #free = new Map<number, number[]>();
  #top = WASM_BASE;
  bytes: Buffer & TextSlices;
  words: Uint32Array;

  constructor(memory: WasmMemory) {
    this.#memory = memory;
    this.bytes = bytesOf(memory);
    this.words = new Uint32Array(memory.buffer);
  }

  /** How many bytes a part for so many has. */
  static room(bytes: number): number {
    return Math.max(LEAST, 2 ** Math.ceil(Math.log2(bytes)));
  }

  /** The address of a part that may hold anything; there are always 64 bytes behind it that may be read. */
  take(bytes: number): number {
    const room = WasmSpace.room(bytes);
    const free = this.#free.get(room)?.pop();
    if (free !== undefined) return free;
    const at = this.#top;
    this.#top += room;
    const missing = this.#top + 64 - this.#memory.buffer.byteLength;
    if (missing > 0) {
      this.#memory.grow(Math.ceil(missing / PAGE));
      this.bytes = bytesOf(this.#memory);
      this.words = new Uint32Array(this.#memory.buffer);
    }
    return at;
  }

  giveBack(at: number, bytes: number): void {
    const room = WasmSpace.room(bytes);
    const free = this.#free.get(room);
    if (free === undefined) this.#free.set(room, [at]);
    else free.push(at);
  }
}

function bytesOf(memory: WasmMemory): Buffer & TextSlices {
  return Buffer.from(memory.buffer) as Buffer & TextSlices;
}
