import { basename, dirname, extname, join } from 'node:path';
import { endingOf } from './packing.ts';

/** Which file of an output: its number, of one of its writers, in a folder below that of the path. */
export interface FileName {
  readonly path: string;
  readonly index: number;
  readonly number: number;
  /** '' for the folder of the path itself. */
  readonly folder: string;
}

/** Where a file is while nobody may read it: hidden, beside the path, whatever its folder will be. */
export function temporaryOf({ path, index, number }: Omit<FileName, 'folder'>): string {
  return hidden(path, `${index}-${number}.part`);
}

/** Where it stands once it may be read: the number in front of the ending, in eight digits or more; a second writer has its own. */
export function targetOf({ path, index, number, folder }: FileName): string {
  return numbered({ path, index, number, folder }, endingOf(path));
}

/** Up to token version 1, `.gz` was an ending by itself. */
export function earlierTargetOf({ path, index, number }: Omit<FileName, 'folder'>): string {
  return numbered({ path, index, number, folder: '' }, extname(path));
}

function numbered({ path, index, number, folder }: FileName, ending: string): string {
  const writer = index === 0 ? '' : `.${index}`;
  return join(dirname(path), folder, `${basename(path, ending)}-${String(number).padStart(8, '0')}${writer}${ending}`);
}

/** The number in the name of a file of this writer; undefined for names of others. */
export function numberIn(name: string, path: string, index: number): number | undefined {
  for (const target of [targetOf, earlierTargetOf]) {
    const digits = /-(\d{8,})\./.exec(`${name}.`)?.[1];
    const number = Number(digits);
    if (digits !== undefined && basename(target({ path, index, number, folder: '' })) === name) return number;
  }
  return undefined;
}

/** The one file that a writer of mode 'append' goes on with. */
export function grownOf(path: string, index: number): string {
  const ending = endingOf(path);
  return index === 0 ? path : join(dirname(path), `${basename(path, ending)}.${index}${ending}`);
}

/** Holds the number of the last file that was committed. */
export function markOf(path: string, index: number): string {
  return hidden(path, `${index}.committed`);
}

/** Names the files of one token. */
export function listOf(path: string, index: number, number: number): string {
  return hidden(path, `${index}-${number}.files`);
}

/** Names the folders that committed files are in. */
export function foldersOf(path: string, index: number): string {
  return hidden(path, `${index}.folders`);
}

/** Holds the committed length of a file that grows. */
export function lengthOf(path: string, index: number): string {
  return hidden(path, `${index}.length`);
}

/** What a killed writer, of any index, may leave that nobody counts on. */
export function isLeftover(path: string): (name: string) => boolean {
  const pattern = new RegExp(`^\\.${escaped(basename(path))}\\.\\d+(-\\d+\\.part|-\\d+\\.files|\\.committed\\.part|\\.length\\.part)$`);
  return (name) => pattern.test(name);
}

/** The index in the name of a mark, of a length; undefined for other names. */
export function indexIn(name: string, path: string, kind: 'committed' | 'length'): number | undefined {
  const found = new RegExp(`^\\.${escaped(basename(path))}\\.(\\d+)\\.${kind}$`).exec(name)?.[1];
  return found === undefined ? undefined : Number(found);
}

function hidden(path: string, rest: string): string {
  return join(dirname(path), `.${basename(path)}.${rest}`);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
