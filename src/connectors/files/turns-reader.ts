import { HeadraceError, isHeadraceError } from '../../core/error.ts';
import { isThenable } from '../../core/failure.ts';
import type { Answer, Positions, Reader, ReadMeta, RefusedRecord, Resume } from '../../core/source.ts';
import type { OpenRecords } from './open-records.ts';
import type { Place } from './place.ts';
import { type Given, type Piece, told } from './records.ts';
import type { Turn, Turns } from './turns.ts';

/** Errors that say nothing about the one file they happened at. */
const OF_THE_MACHINE: ReadonlySet<string> = new Set(['HR_FILE_FAILED', 'HR_FILES_TOO_MANY']);

/**
 * Reads files one behind the other; one of them is open at a time. Of several, one that cannot be read is told as one
 * refused record, and reading goes on behind it; a file that is alone throws.
 *
 * What a checkpoint keeps stands behind the last record that was told. It moves on by itself only where a file was read
 * to its end and the next one is still to come: whoever takes the file away then may do so.
 */
export function turnsReader<T>(turns: Turns<T>, from: Resume | undefined, { isLines }: { readonly isLines: boolean }): Reader<T> {
  const nothing = (): Given<T> => (isLines ? { bodies: [] } : { values: [] });
  let resume: Resume = from ?? null;
  let current: { readonly turn: Turn<T>; readonly file: OpenRecords<T>; place: Place } | undefined;
  let isUntold = false;
  let isClosed = false;

  async function go(limit: number, signal: AbortSignal, begun?: Promise<Piece<T>> | Piece<T>): Promise<Answer<T>> {
    let reading = begun;
    for (;;) {
      if (current === undefined) {
        const answer = await turn(signal);
        if (answer !== undefined) return answer;
        continue;
      }
      let piece: Piece<T>;
      try {
        piece = await (reading ?? current.file.records.read(limit, signal));
      } catch (error) {
        if (isClosed) throw error;
        return await refuse(current.turn, current.place, error);
      }
      reading = undefined;
      const answer = await take(piece);
      if (answer !== undefined) return answer;
      // A file that is followed has nothing more for now: that is told, and the next read waits.
      if (current !== undefined && (signal.aborted || (current.turn.isFollowed === true && told(piece) === 0))) return empty();
    }
  }

  /** Goes on to the next file; answers where there is something else to say. */
  async function turn(signal: AbortSignal): Promise<Answer<T> | undefined> {
    if (turns.isOver || (isUntold && !turns.isReady)) return empty();
    const next = await turns.next(signal);
    if (next === undefined) return empty();
    if ('refused' in next) {
      resume = next.resume;
      return answered({ ...nothing(), refused: next.refused }, []);
    }
    let file: OpenRecords<T> | undefined;
    try {
      file = await next.open();
    } catch (error) {
      return await refuse(next, next.from, error);
    }
    if (isClosed) {
      await file?.records.close();
      return empty();
    }
    if (file !== undefined) current = { turn: next, file, place: next.from };
    else if (next.isAlone !== true && !turns.isOver) moveOn(next.done());
    return undefined;
  }

  /** What a piece says; nothing where it holds nothing. */
  async function take(piece: Piece<T>): Promise<Answer<T> | undefined> {
    if (current === undefined) return empty(); // Closed meanwhile.
    const { turn: now, file } = current;
    current.place = piece.place;
    const has = told(piece) > 0;
    if (has) resume = now.kept(file.kept(piece.place));
    if (!piece.end) return has ? answer(piece, now) : undefined;
    current = undefined;
    await file.records.close();
    // With nothing to come, the place of the last record is as good as its end.
    const given = has ? answer(piece, now) : undefined;
    if (!turns.isOver) moveOn(now.done());
    return given;
  }

  function moveOn(to: Resume): void {
    resume = to;
    isUntold = true;
  }

  function answer(piece: Piece<T>, { prefix }: Turn<T>): Answer<T> {
    const { refused } = piece;
    if (prefix === undefined) return answered(piece, piece.columns === undefined ? numbers(piece.at) : { in: '', at: piece.at });
    const placed = refused?.map((record): RefusedRecord => ({ ...record, position: `${prefix}${record.position}` }));
    return answered({ ...piece, refused: placed }, { in: prefix, at: piece.at });
  }

  function answered(given: Given<T> & Pick<ReadMeta, 'refused' | 'lines'>, positions: Positions): Answer<T> {
    isUntold = false;
    const { refused, lines } = given;
    const meta = { positions, resume, end: turns.isOver && current === undefined, ...(refused === undefined ? {} : { refused }) };
    if (given.bodies !== undefined) return { bodies: given.bodies, lines, ...meta };
    if (given.columns !== undefined) return { columns: given.columns, ...meta };
    return { values: given.values, ...meta };
  }

  function empty(): Answer<T> {
    return answered(nothing(), []);
  }

  /** A file of several that cannot be read, or not to its end. */
  async function refuse(now: Turn<T>, place: Place, error: unknown): Promise<Answer<T>> {
    await current?.file.records.close();
    current = undefined;
    if (now.isAlone === true || !isHeadraceError(error) || !isOfFile(error)) throw error;
    resume = now.done();
    const refused = [{ before: 0, position: `${now.prefix}${place.at}`, error: letter(error) }];
    return answered({ ...nothing(), refused }, []);
  }

  return {
    read(limit, signal) {
      if (current === undefined) return go(limit, signal);
      let piece: Piece<T> | Promise<Piece<T>>;
      try {
        piece = current.file.records.read(limit, signal);
      } catch (error) {
        return refuse(current.turn, current.place, error);
      }
      if (isThenable(piece) || piece.end || told(piece) === 0) return go(limit, signal, piece);
      const { turn: now, file } = current;
      current.place = piece.place;
      resume = now.kept(file.kept(piece.place));
      return answer(piece, now);
    },
    async close() {
      isClosed = true;
      const open = current;
      current = undefined;
      try {
        await open?.file.records.close();
      } finally {
        await turns.close();
      }
    },
  };
}

function isOfFile({ code, action }: HeadraceError): boolean {
  return !OF_THE_MACHINE.has(code) && action !== 'retry' && action !== 'reconnect';
}

/** The same error as one that does not stop the run by itself. */
function letter(cause: HeadraceError): HeadraceError {
  const { code, what, todo, where } = cause;
  return new HeadraceError({ code, what, todo, where, action: 'deadLetter', cause });
}

function numbers(at: ArrayLike<number>): readonly number[] {
  if (Array.isArray(at)) return at;
  // 1 ns a record; `Array.from` takes ten times as long.
  const all = new Array<number>(at.length);
  for (let i = 0; i < all.length; i++) all[i] = at[i]!;
  return all;
}
