import { type ByteOrder, MACHINE_ORDER, swapBytes } from '../../codecs/arrays/dtype.ts';
import type { PageFile } from '../../core/format.ts';
import type { FileStat, SyncFile } from '../../core/world.ts';
import { explain } from '../disk-errors.ts';
import { changed, closed } from './errors.ts';

/**
 * A file that is read without a promise, and must stay as it was when it was opened: after each read it is asked whether
 * it was written to, so that no answer mixes old and new. That costs 1 µs beside the 12 of a page of 64 KiB.
 */
export class ArrayFile implements PageFile {
  readonly bytes: number;
  readonly where: string;
  /** How often the disk was asked, and for how much. */
  reads = 0;
  readBytes = 0;
  readonly #file: SyncFile;
  readonly #opened: FileStat;
  #isOpen = true;

  constructor(file: SyncFile, where: string) {
    this.#file = file;
    this.#opened = file.statSync();
    if (this.#opened.isFolder) {
      file.closeSync();
      throw explain({ code: 'EISDIR' }, where);
    }
    this.bytes = this.#opened.bytes;
    this.where = where;
  }

  get opened(): FileStat {
    return this.#opened;
  }

  async read(at: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    this.fill(bytes, at);
    return bytes;
  }

  /** Exactly these bytes, or an error. */
  fill(into: Uint8Array, at: number): void {
    this.check();
    this.reads++;
    this.readBytes += into.length;
    let got: number;
    let now: FileStat;
    try {
      got = this.#file.readSync(into, at);
      now = this.#file.statSync();
    } catch (error) {
      throw explain(error, this.where);
    }
    if (now.bytes !== this.bytes || got < into.length)
      throw changed(this.where, `the file had ${this.bytes} bytes when it was opened and has ${now.bytes} now`);
    if (now.modifiedMs !== this.#opened.modifiedMs) throw changed(this.where, 'the file was written to since it was opened');
  }

  /** The same for elements, which come out in the order of this machine. */
  fillElements(into: Uint8Array, at: number, order: ByteOrder, elementBytes: number): void {
    this.fill(into, at);
    if (order !== MACHINE_ORDER) swapBytes(into, elementBytes);
  }

  check(): void {
    if (!this.#isOpen) throw closed(this.where);
  }

  close(): void {
    if (this.#isOpen) this.#file.closeSync();
    this.#isOpen = false;
  }
}
