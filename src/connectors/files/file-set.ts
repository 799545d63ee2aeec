import { HeadraceError } from '../../core/error.ts';
import type { Resume } from '../../core/source.ts';
import type { Files } from '../../core/world.ts';
import { type FoundFile, findFiles, noneFound } from './find-files.ts';
import { openOf } from './open-of-many.ts';
import { BEGINNING, foreign, type KeptPlace, placeOf } from './place.ts';
import type { Looking, Settings } from './source-options.ts';
import { inPartition } from './spread.ts';
import type { Turn, Turns } from './turns.ts';

export interface FileSetOptions<T> {
  readonly files: Files;
  readonly id: string;
  readonly paths: string | readonly string[];
  readonly settings: Settings<T>;
  readonly looking: Looking;
  readonly partition: number;
  /** What a checkpoint kept. */
  readonly kept: unknown;
}

/** Where a set of files is read on: in one of them, or behind it. */
interface KeptSet {
  readonly file: string;
  /** When it was last changed, where files are read by that. */
  readonly time: number | undefined;
  /** How many files came before it. */
  readonly nth: number;
  /** Undefined: behind its end. */
  readonly place: KeptPlace | undefined;
}

/** The files that are there now, one behind the other. In memory are their names, and one file is open. */
export async function fileSet<T>(options: FileSetOptions<T>): Promise<Turns<T>> {
  const { files, id, paths, settings, looking, partition } = options;
  const byTime = looking.order === 'time';
  const found = (await findFiles(files, { paths, withStats: byTime })).files;
  if (found.length === 0 && !looking.allowNone) throw noneFound(id, paths);
  const kept = options.kept === undefined ? undefined : keptSet(options.kept, id);
  if (kept !== undefined && (kept.time !== undefined) !== byTime) throw foreign(id);
  const all = found.filter(({ name }) => inPartition(name, partition, looking.partitions)).sort(byTime ? inTime : () => 0);
  let next = kept === undefined ? 0 : all.findIndex((file) => compare(file, kept) >= 0);
  if (next === -1) next = all.length;
  const late = kept !== undefined && next > kept.nth ? next - kept.nth : 0;
  let isLateTold = late === 0;
  // The file itself may have been touched since, and then stands elsewhere by its time.
  const itself = kept === undefined ? undefined : all.find(({ name }) => name === kept.file);
  const rest = kept === undefined ? all : all.slice(next).filter((file) => file !== itself);
  // Gone behind its end, it was read.
  const isBegun = kept?.place !== undefined && (itself !== undefined || kept.place.isEnd !== true);
  const begun = isBegun ? { file: itself ?? { name: kept.file, path: undefined }, from: kept.place } : undefined;
  let at = begun === undefined ? 0 : -1;
  // Of a set that begins behind a file, that file is one of those before.
  const base = kept === undefined ? 0 : kept.nth + late + 1;

  function turn(index: number): Turn<T> {
    const isFirst = index === -1;
    const { name, path } = isFirst ? begun!.file : rest[index]!;
    const from = isFirst ? begun!.from : BEGINNING;
    const time = isFirst ? kept!.time : rest[index]!.stat?.modifiedMs;
    const mark = { file: name, time, nth: base + index };
    return {
      prefix: `${name}:`,
      from,
      open: path === undefined ? () => Promise.reject(gone(name)) : openOf(files, { path, where: `file:${path}`, settings, from }),
      kept: (place): Resume => JSON.stringify({ ...mark, ...place }),
      done: (): Resume => JSON.stringify({ ...mark, done: true }),
    };
  }

  return {
    isReady: true,
    get isOver() {
      return at >= rest.length && isLateTold;
    },
    async next() {
      if (!isLateTold) {
        isLateTold = true;
        return {
          refused: [{ before: 0, position: `${kept!.file}:late ${late}`, error: tooLate(id, late, kept!.file) }],
          resume: resumeOf(kept!, late),
        };
      }
      return turn(at++);
    },
    close() {},
  };
}

/** A set as it was kept, with the files that were told of counted in. */
function resumeOf({ file, time, nth, place }: KeptSet, late: number): Resume {
  return JSON.stringify({ file, time, nth: nth + late, ...(place === undefined ? { done: true } : place) });
}

function keptSet(kept: unknown, id: string): KeptSet {
  const { file, time, nth, done } = kept as Record<string, unknown>;
  if (typeof file !== 'string' || !Number.isSafeInteger(nth) || (time !== undefined && typeof time !== 'number')) throw foreign(id);
  return { file, time, nth: nth as number, place: done === true ? undefined : placeOf(kept, id) };
}

/** A file that is not there any more and was not read to its end. */
export function gone(name: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_FILE_MISSING',
    where: `file:${name}`,
    what: 'the checkpoint stands in the middle of this file, and it is not there any more',
    todo: 'Put it back under its name; its records behind the checkpoint are not read otherwise.',
  });
}

function inTime(a: FoundFile, b: FoundFile): number {
  return a.stat!.modifiedMs - b.stat!.modifiedMs || (a.name < b.name ? -1 : 1);
}

/** Below 0: the file comes before the place that was kept. */
function compare(file: FoundFile, { file: name, time }: KeptSet): number {
  const byTime = time === undefined ? 0 : file.stat!.modifiedMs - time;
  return byTime || (file.name < name ? -1 : file.name === name ? 0 : 1);
}

function tooLate(id: string, count: number, file: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_FILES_LATE',
    action: 'deadLetter',
    where: id,
    what: `${count} of the files before '${file}', where the checkpoint stands, were not there when it was taken`,
    todo: 'They are not read. Read them by a run of their own, or use watch: true, which remembers each file.',
  });
}
