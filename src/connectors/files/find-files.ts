import { HeadraceError } from '../../core/error.ts';
import type { Files, FileStat } from '../../core/world.ts';
import { explain } from '../disk-errors.ts';
import { statOf } from './errors.ts';
import { globParts, hasWildcards, NamePattern, type PathPart } from './glob.ts';

/** A file that was looked for. */
export interface FoundFile {
  /** What it is called in positions: its path below the folder that was searched, or the path it was given by. */
  readonly name: string;
  readonly path: string;
  /** There when it was asked for. */
  readonly stat?: FileStat;
}

export interface Finding {
  /** In the order of their names. */
  readonly files: readonly FoundFile[];
  /** The folders that were looked through, to be watched; not more than `MOST_FOLDERS` of them. */
  readonly folders: readonly string[];
}

export interface Search {
  /** One path, folder or pattern, whose files are named by what stands below it; several are named by their paths. */
  readonly paths: string | readonly string[];
  /** Whether sizes and times are wanted: a call of the disk for each file. */
  readonly withStats: boolean;
  /** Names that are passed over as if they were hidden. */
  isPassedOver?(name: string): boolean;
}

const MOST_FOLDERS = 64;
/** How deep `**` goes, should links go round in a way that identities do not show. */
const DEEPEST = 100;
/** How many calls of the disk are under way at once. */
const AT_ONCE = 32;

/** The files that paths, folders and patterns stand for. What is not there is not an error here. */
export async function findFiles(files: Files, { paths, withStats, isPassedOver }: Search): Promise<Finding> {
  const walk = new Walk(files, isPassedOver);
  for (const path of typeof paths === 'string' ? [paths] : paths) await walk.path(path, typeof paths === 'string');
  // By the units of UTF-16, as `Files.list` sorts: the same order on every machine.
  let found = [...walk.found].sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([path, name]): FoundFile => ({ name, path }));
  if (withStats) found = (await inTurns(found, (file) => withStat(files, file))).filter((file) => file !== undefined);
  return { files: found, folders: [...walk.folders] };
}

/** A file with what the disk says of it; nothing where it is a folder, or gone again. */
async function withStat(files: Files, file: FoundFile): Promise<FoundFile | undefined> {
  const stat = await statOf(files, file.path);
  return stat === undefined || stat.isFolder ? undefined : { ...file, stat };
}

class Walk {
  /** Path and name of what was found, each path once. */
  readonly found = new Map<string, string>();
  readonly folders = new Set<string>();
  readonly #files: Files;
  readonly #isPassedOver: (name: string) => boolean;

  constructor(files: Files, isPassedOver: (name: string) => boolean = () => false) {
    this.#files = files;
    this.#isPassedOver = (name) => name.startsWith('.') || isPassedOver(name);
  }

  async path(path: string, isOnly: boolean): Promise<void> {
    // A file whose name looks like a pattern is that file.
    const stat = await statOf(this.#files, path);
    if (stat?.isFolder === true) {
      const names = (await this.#list(path)).filter((name) => !this.#isPassedOver(name));
      for (const name of names) this.#add(joined(path, name), isOnly ? name : undefined);
    } else if (stat !== undefined) {
      this.#add(path, undefined);
    } else if (hasWildcards(path)) {
      for (const { root, parts } of globParts(path)) {
        const identity = (await statOf(this.#files, root === '' ? '.' : root))?.identity;
        await this.#below(root, parts, isOnly ? '' : undefined, identity === undefined ? [] : [identity]);
      }
    }
  }

  /** What the parts of a pattern match below a folder. `name` is what leads there from the root of the pattern. */
  async #below(folder: string, parts: readonly PathPart[], name: string | undefined, above: readonly string[]): Promise<void> {
    const [part, ...rest] = parts;
    if (part === undefined) return;
    const into = (child: string): [string, string | undefined] => [
      joined(folder, child),
      name === undefined ? undefined : joined(name, child),
    ];
    if (typeof part === 'string' && part !== '**') {
      const [path, called] = into(part);
      const stat = await statOf(this.#files, path);
      if (stat?.isFolder === true && rest.length > 0) await this.#below(path, rest, called, above);
      else if (stat?.isFolder === false && rest.length === 0) this.#add(path, called);
      return;
    }
    const names = await this.#list(folder);
    if (part instanceof NamePattern) {
      const matching = names.filter((child) => part.matches(child) && (child.startsWith('.') || !this.#isPassedOver(child)));
      for (const child of matching) {
        const [path, called] = into(child);
        if (rest.length === 0) this.#add(path, called);
        else if ((await statOf(this.#files, path))?.isFolder === true) await this.#below(path, rest, called, above);
      }
      return;
    }
    // `**`: nothing, which is what follows it in this folder, or any folder below. At the end it is every file.
    await this.#below(folder, rest.length === 0 ? [new NamePattern('*')] : rest, name, above);
    if (above.length >= DEEPEST) return;
    const children = names.filter((child) => !this.#isPassedOver(child));
    const stats = await inTurns(children, (child) => statOf(this.#files, joined(folder, child)));
    for (const [i, child] of children.entries()) {
      const stat = stats[i];
      // A link to a folder above would lead round for ever.
      const identity = stat?.identity ?? '';
      if (stat?.isFolder !== true || (identity !== '' && above.includes(identity))) continue;
      const [path, called] = into(child);
      await this.#below(path, parts, called, [...above, identity]);
    }
  }

  async #list(folder: string): Promise<readonly string[]> {
    const place = folder === '' ? '.' : folder;
    if (this.folders.size < MOST_FOLDERS) this.folders.add(place);
    try {
      return await this.#files.list(place);
    } catch (error) {
      const told = explain(error, `file:${place}`);
      // Not there, or gone between two calls.
      if (told.code === 'HR_FILE_MISSING') return [];
      throw told;
    }
  }

  #add(path: string, name: string | undefined): void {
    if (!this.found.has(path)) this.found.set(path, name ?? path);
  }
}

/** Calls for each, some at once, and answers in their order. */
async function inTurns<A, B>(items: readonly A[], call: (item: A) => Promise<B>): Promise<B[]> {
  const answers: B[] = [];
  for (let i = 0; i < items.length; i += AT_ONCE) answers.push(...(await Promise.all(items.slice(i, i + AT_ONCE).map(call))));
  return answers;
}

function joined(folder: string, name: string): string {
  return folder === '' || folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

export function noneFound(id: string, paths: string | readonly string[]): HeadraceError {
  const looked = (typeof paths === 'string' ? [paths] : paths).slice(0, 3).map((path) => `'${path}'`);
  return new HeadraceError({
    code: 'HR_FILES_NONE',
    where: id,
    what: `no file was found where it looked for ${looked.join(', ')}${typeof paths === 'string' || paths.length <= 3 ? '' : ', …'}`,
    todo: 'Check the path, which counts from the folder the program was started in, or say allowNone: true where that is fine. Names that begin with a dot are passed over.',
  });
}
