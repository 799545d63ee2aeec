import { basename, dirname, join } from 'node:path';
import { HeadraceError } from '../../core/error.ts';
import type { Files } from '../../core/world.ts';
import { earlierTargetOf, foldersOf, indexIn, isLeftover, listOf, markOf, numberIn, targetOf, temporaryOf } from './prepared-names.ts';
import type { FinishedFile } from './rolling-writer.ts';
import { readText, removeAll, replaceText, writeText } from './small-files.ts';
import type { PreparedFile, PreparedShare } from './tokens.ts';

/** How many folders are remembered as noted; one that was forgotten is noted again. */
const NOTED = 4096;

/**
 * The numbered files of a sink. For `out.jsonl` and its writer 0 they are:
 *
 *     .out.jsonl.0-7.part     temporary: written now, or prepared; the seventh
 *     .out.jsonl.0-9.files    list: the files of a token that has several, up to the ninth
 *     out-00000007.jsonl      committed: whole, and never changed again; or in a folder beside it
 *     .out.jsonl.0.committed  mark: the number of the last one committed
 *     .out.jsonl.0.folders    which folders committed files are in
 *
 * A commit is a rename, so each committed file appears at once and whole. The mark lets whoever reads the files move
 * them away: a committed file that is gone is then told from a prepared one that was lost.
 */
export class PreparedFiles {
  readonly #files: Files;
  readonly #id: string;
  readonly #noted = new Set<string>();
  #names: Promise<void> = Promise.resolve();

  constructor(files: Files, id: string) {
    this.#files = files;
    this.#id = id;
  }

  /** Makes files that are safe by themselves safe by their names, and writes down which they are where one token cannot say it. */
  async seal(path: string, index: number, number: number, files: readonly FinishedFile[]): Promise<PreparedShare> {
    const share = { version: 2, kind: 'files', path, index, number, count: files.length } as const;
    // That a folder cannot be made is said before the checkpoint counts on it.
    for (const folder of new Set(files.map((file) => file.folder)))
      if (folder !== '') await this.#files.makeFolder(join(dirname(path), folder));
    const lines = files.map((file) => `${JSON.stringify([file.number, file.bytes, file.folder])}\n`);
    const bytes = files.length === 1 ? files[0]!.bytes : await writeText(this.#files, listOf(path, index, number), lines.join(''));
    await this.#alone(() => this.#files.syncFolder(dirname(path)));
    return { ...share, bytes, ...(files.length === 1 && files[0]!.folder !== '' ? { folder: files[0]!.folder } : {}) };
  }

  /** Again as often as one likes. */
  async commit(prepared: PreparedFile | PreparedShare): Promise<void> {
    const isEmpty = prepared.version === 1 ? prepared.bytes === 0 : prepared.count === 0;
    if (!isEmpty) await this.#alone(() => this.#commit(prepared));
  }

  /** The number of the last file that was committed; 0 before one. */
  async lastCommitted(path: string, index: number): Promise<number> {
    const number = Number((await readText(this.#files, markOf(path, index)))?.slice(0, 20));
    return Number.isSafeInteger(number) ? number : 0;
  }

  /** From here on files up to the number are committed. */
  async mark(path: string, index: number, number: number): Promise<void> {
    await replaceText(this.#files, markOf(path, index), String(number));
  }

  /** Everything that was never committed, of any writer. */
  async removeLeftovers(path: string): Promise<void> {
    await removeAll(this.#files, dirname(path), isLeftover(path));
  }

  /** What earlier runs committed. The marks and lists of folders say which files these are: others may have names of the same shape. */
  async removeCommitted(path: string): Promise<void> {
    const home = dirname(path);
    const indices = (await this.#files.list(home)).flatMap((name) => indexIn(name, path, 'committed') ?? []);
    for (const index of indices) {
      const last = await this.lastCommitted(path, index);
      const isOurs = (name: string): boolean => (numberIn(name, path, index) ?? Number.POSITIVE_INFINITY) <= last;
      for (const folder of await this.#foldersWithFiles(path, index)) await removeAll(this.#files, folder, isOurs);
      await removeAll(this.#files, home, (name) => name === basename(foldersOf(path, index)));
      await removeAll(this.#files, home, (name) => name === basename(markOf(path, index)));
    }
  }

  /** Writes down that files are in these folders, for the run that replaces them. */
  async noteFolders(path: string, index: number, folders: Iterable<string>): Promise<void> {
    const fresh = [...new Set(folders)].filter((folder) => folder !== '' && !this.#noted.has(`${index} ${folder}`));
    if (fresh.length === 0) return;
    const file = await this.#files.open(foldersOf(path, index), 'extend');
    try {
      // A line that a kill tore is ended first.
      const lines = `\n${fresh.map((folder) => JSON.stringify(folder)).join('\n')}\n`;
      await file.write(new TextEncoder().encode(lines), await file.size());
      await file.sync();
    } finally {
      await file.close();
    }
    if (this.#noted.size + fresh.length > NOTED) this.#noted.clear();
    for (const folder of fresh) this.#noted.add(`${index} ${folder}`);
  }

  async #foldersWithFiles(path: string, index: number): Promise<ReadonlySet<string>> {
    const folders = new Set([dirname(path)]);
    for (const line of ((await readText(this.#files, foldersOf(path, index))) ?? '').split('\n')) {
      // A torn line is none, and nothing outside is ours whatever the text says.
      if (!/^"[^\\"]+"$/.test(line) || /(^"|\/)\.*(\/|"$)/.test(line)) continue;
      const folder = join(dirname(path), line.slice(1, -1));
      if ((await this.#files.stat(folder))?.isFolder === true) folders.add(folder);
    }
    return folders;
  }

  async #commit(prepared: PreparedFile | PreparedShare): Promise<void> {
    const { path, index, number } = prepared;
    const last = await this.lastCommitted(path, index);
    const files = await this.#filesOf(prepared, last);
    const folders = new Set(files.map(({ folder }) => folder));
    await this.noteFolders(path, index, folders);
    for (const file of files) await this.#rename(prepared, file, last);
    // A file must not lose its old name for good before it has its new one for good: the folder it leaves comes last.
    for (const folder of chains(folders)) {
      const whole = join(dirname(path), folder);
      // Whoever took a committed file may have taken its folder too.
      if ((await this.#files.stat(whole)) !== undefined) await this.#files.syncFolder(whole);
    }
    if (last < number) await this.mark(path, index, number);
    // Also where nothing was left to do: a process may have been killed before it came to this line, and what it renamed
    // must stay before the next checkpoint forgets this token. Should the mark alone survive a power cut, the temporary
    // files are there still and go first.
    await this.#files.syncFolder(dirname(path));
    if (prepared.version === 2 && prepared.count > 1) await this.#files.remove(listOf(path, index, number));
  }

  async #filesOf(prepared: PreparedFile | PreparedShare, last: number): Promise<readonly FinishedFile[]> {
    const { path, index, number, bytes } = prepared;
    if (prepared.version === 1) return [{ number, bytes, folder: '' }];
    if (prepared.count === 1) return [{ number, bytes, folder: prepared.folder ?? '' }];
    const list = listOf(path, index, number);
    const text = await readText(this.#files, list);
    // It is removed when everything in it is committed.
    if (text === undefined && last >= number) return [];
    const isWhole = text !== undefined && new TextEncoder().encode(text).length === bytes;
    if (!isWhole) throw this.#lost(list, text === undefined ? 'it is not there' : 'it has another length');
    const lines = text.split('\n').slice(0, -1);
    return lines.map((line) => {
      const [its, length, folder] = JSON.parse(line) as [number, number, string];
      return { number: its, bytes: length, folder };
    });
  }

  async #rename(prepared: PreparedFile | PreparedShare, { number, bytes, folder }: FinishedFile, last: number): Promise<void> {
    const { path, index } = prepared;
    const temporary = temporaryOf({ path, index, number });
    const target = (prepared.version === 1 ? earlierTargetOf : targetOf)({ path, index, number, folder });
    const found = await this.#files.stat(temporary);
    if (found !== undefined) {
      if (found.bytes !== bytes) throw this.#lost(temporary, `it has ${found.bytes} bytes of ${bytes}`);
      if (folder !== '') await this.#files.makeFolder(dirname(target));
      await this.#files.rename(temporary, target);
    } else if (last < number && (await this.#files.stat(target))?.bytes !== bytes) {
      throw this.#lost(temporary, `neither it nor ${target} is there`);
    }
  }

  /** A sync of the folder that a rename leaves, while the folder it goes to is not synced, could lose the file. */
  #alone<R>(work: () => Promise<R>): Promise<R> {
    const done = this.#names.then(work);
    this.#names = done.then(
      () => {},
      () => {},
    );
    return done;
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

/** Folders with those above them, up to where the output is and without it, the deepest first. */
function chains(folders: Iterable<string>): string[] {
  const all = new Set<string>();
  for (const folder of folders) for (let at = folder; at !== '' && at !== '.'; at = dirname(at)) all.add(at);
  return [...all].sort((a, b) => b.split('/').length - a.split('/').length);
}
