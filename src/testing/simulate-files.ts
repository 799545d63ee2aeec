import { type Dying, type DyingFiles, dyingFiles } from '../base/dying-files.ts';
import type { Files, FileWatch, OpenFile } from '../core/world.ts';

/** Who asks for files, and whether there is anybody left to ask. */
export interface Mortal {
  readonly isDead: boolean;
  /** It died just now, in a call of its own. */
  died(): void;
}

/**
 * The disk as one process sees it. Once that is dead its calls change nothing and never answer: an error would let it
 * clear up, and the dead do not. What it left on the disk stays there; a power cut is the caller's.
 */
export class MortalFiles implements Files {
  readonly #disk: Files;
  readonly #of: Mortal;
  #doom: DyingFiles | undefined;

  constructor(disk: Files, of: Mortal) {
    this.#disk = disk;
    this.#of = of;
  }

  /** The process dies in the n-th of the calls to come that change something, counted from 0. */
  dieAt(n: number, dying: Dying): void {
    this.#doom = dyingFiles(this.#disk, n, dying);
  }

  /** True from the fatal call on, which is before its error has come back to us. */
  get isDoomed(): boolean {
    return this.#doom?.isDead === true;
  }

  async open(path: string, mode: 'read' | 'create' | 'extend'): Promise<OpenFile> {
    const file = await this.#call((files) => files.open(path, mode));
    return {
      read: (into, position) => this.#call(() => file.read(into, position)),
      write: (bytes, position) => this.#call(() => file.write(bytes, position)),
      size: () => this.#call(() => file.size()),
      truncate: (bytes) => this.#call(() => file.truncate(bytes)),
      sync: () => this.#call(() => file.sync()),
      close: () => this.#call(() => file.close()),
    };
  }

  async watch(path: string, changed: () => void): Promise<FileWatch> {
    return await this.#call((files) => files.watch(path, () => void (this.#of.isDead || changed())));
  }

  stat: Files['stat'] = (path) => this.#call((files) => files.stat(path));
  list: Files['list'] = (folder) => this.#call((files) => files.list(folder));
  makeFolder: Files['makeFolder'] = (path) => this.#call((files) => files.makeFolder(path));
  rename: Files['rename'] = (from, to) => this.#call((files) => files.rename(from, to));
  remove: Files['remove'] = (path) => this.#call((files) => files.remove(path));
  syncFolder: Files['syncFolder'] = (path) => this.#call((files) => files.syncFolder(path));
  lock: Files['lock'] = (path) => this.#call((files) => files.lock(path));

  async #call<T>(call: (files: Files) => Promise<T>): Promise<T> {
    if (this.#of.isDead) return await never();
    try {
      const answer = await call(this.#doom ?? this.#disk);
      return this.#of.isDead ? await never() : answer;
    } catch (error) {
      if (this.isDoomed) this.#of.died();
      if (this.#of.isDead) return await never();
      throw error;
    }
  }
}

/** What the dead get for an answer. Nobody holds it, so whatever waits for it is forgotten with it. */
export function never(): Promise<never> {
  return new Promise(() => {});
}
