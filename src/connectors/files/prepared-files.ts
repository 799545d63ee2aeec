import { basename, dirname, extname, join } from 'node:path';
import { HeadraceError } from '../../core/error.ts';
import type { Token } from '../../core/sink.ts';
import type { Files } from '../../core/world.ts';

/** What a token says: everything another process needs to commit what this one prepared. */
interface Prepared {
  readonly version: 1;
  readonly path: string;
  readonly index: number;
  /** Counts the files of one writer. */
  readonly number: number;
  /** 0 when there was nothing to prepare: then no file has the number. */
  readonly bytes: number;
}

/**
 * The files of a sink under checkpoints. For `out.jsonl` and its writer 0 they are:
 *
 *     .out.jsonl.0-7.part     temporary: written now, or prepared; the seventh
 *     out-00000007.jsonl      committed: whole, and never changed again
 *     .out.jsonl.0.committed  mark: the number of the last one committed
 *
 * A commit is a rename, so each committed file appears at once and whole. The mark lets whoever reads the files move
 * them away: a committed file that is gone is then told from a prepared one that was lost.
 */
export class PreparedFiles {
  readonly #files: Files;
  readonly #id: string;

  constructor(files: Files, id: string) {
    this.#files = files;
    this.#id = id;
  }

  temporary({ path, index, number }: Pick<Prepared, 'path' | 'index' | 'number'>): string {
    return join(dirname(path), `.${basename(path)}.${index}-${number}.part`);
  }

  token(prepared: Omit<Prepared, 'version'>): Token {
    return JSON.stringify({ version: 1, ...prepared } satisfies Prepared);
  }

  read(token: Token): Prepared {
    try {
      const prepared = JSON.parse(token) as Prepared;
      if (prepared.version === 1 && typeof prepared.path === 'string') return prepared;
    } catch {
      // Told below: text that is no JSON is as foreign as JSON that is no token.
    }
    throw new HeadraceError({
      code: 'HR_TOKEN_UNKNOWN',
      where: this.#id,
      what: 'the checkpoint holds a token that is not one of a file sink',
      todo: 'It was written by another kind of sink under this name, or by a newer Headrace. Give the new sink a name of its own.',
    });
  }

  /** In order, and again as often as one likes. */
  async commit(tokens: readonly Token[]): Promise<void> {
    for (const token of tokens) {
      const prepared = this.read(token);
      if (prepared.bytes > 0) await this.#commitOne(prepared);
    }
  }

  /** The number of the last file that was committed; 0 before one. */
  async lastCommitted(path: string, index: number): Promise<number> {
    const mark = markOf(path, index);
    if ((await this.#files.stat(mark)) === undefined) return 0;
    const file = await this.#files.open(mark, 'read');
    try {
      const bytes = new Uint8Array(20);
      const number = Number(new TextDecoder().decode(bytes.subarray(0, await file.read(bytes, 0))));
      return Number.isSafeInteger(number) ? number : 0;
    } finally {
      await file.close();
    }
  }

  /** Everything that was never committed, of any writer. */
  async removeLeftovers(path: string): Promise<void> {
    const isLeftover = new RegExp(`^\\.${escaped(basename(path))}\\.\\d+(-\\d+|\\.committed)\\.part$`);
    await this.#removeAll(path, (name) => isLeftover.test(name));
  }

  /** What earlier runs committed. The marks say which files these are: others may have names of the same shape. */
  async removeCommitted(path: string): Promise<void> {
    const isMark = new RegExp(`^\\.${escaped(basename(path))}\\.(\\d+)\\.committed$`);
    const indices = (await this.#files.list(dirname(path))).flatMap((name) => isMark.exec(name)?.[1] ?? []).map(Number);
    for (const index of indices) {
      const last = await this.lastCommitted(path, index);
      const ours = new Set(Array.from({ length: last }, (_, i) => basename(targetOf({ path, index, number: i + 1 }))));
      await this.#removeAll(path, (name) => ours.has(name));
      await this.#removeAll(path, (name) => name === basename(markOf(path, index)));
    }
  }

  async #commitOne(prepared: Prepared): Promise<void> {
    const { path, index, number, bytes } = prepared;
    const temporary = this.temporary(prepared);
    const target = targetOf(prepared);
    const found = await this.#files.stat(temporary);
    if (found !== undefined) {
      if (found.bytes !== bytes) throw this.#lost(temporary, `it has ${found.bytes} bytes of ${bytes}`);
      await this.#files.rename(temporary, target);
    } else if ((await this.lastCommitted(path, index)) < number && (await this.#files.stat(target))?.bytes !== bytes) {
      throw this.#lost(temporary, `neither it nor ${target} is there`);
    }
    if ((await this.lastCommitted(path, index)) < number) await this.#mark(path, index, number);
    // Both names, and also where nothing was left to do: a process may have been killed before it came to this line,
    // and what it renamed must stay before the next checkpoint forgets this token. Should the mark alone survive a power
    // cut, the temporary is there still and goes first.
    await this.#files.syncFolder(dirname(path));
  }

  async #mark(path: string, index: number, number: number): Promise<void> {
    const mark = markOf(path, index);
    const file = await this.#files.open(`${mark}.part`, 'create');
    try {
      await file.write(new TextEncoder().encode(String(number)), 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await this.#files.rename(`${mark}.part`, mark);
  }

  async #removeAll(path: string, isOne: (name: string) => boolean): Promise<void> {
    const folder = dirname(path);
    const names = (await this.#files.list(folder)).filter(isOne);
    for (const name of names) await this.#files.remove(join(folder, name));
    if (names.length > 0) await this.#files.syncFolder(folder);
  }

  #lost(temporary: string, why: string): HeadraceError {
    return new HeadraceError({
      code: 'HR_OUTPUT_LOST',
      where: this.#id,
      what: `the checkpoint has prepared ${temporary} and ${why}`,
      todo: 'Start the program in the folder it was started in before, and put the file back if somebody moved it. Without it, begin anew or from an older checkpoint.',
    });
  }
}

/** Where a committed file stands: the number in front of the ending, in eight digits or more; a second writer has its own. */
export function targetOf({ path, index, number }: { readonly path: string; readonly index: number; readonly number: number }): string {
  const ending = extname(path);
  const writer = index === 0 ? '' : `.${index}`;
  return join(dirname(path), `${basename(path, ending)}-${String(number).padStart(8, '0')}${writer}${ending}`);
}

function markOf(path: string, index: number): string {
  return join(dirname(path), `.${basename(path)}.${index}.committed`);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
