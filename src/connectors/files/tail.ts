import { hasCode, HeadraceError } from '../../core/error.ts';
import type { Resume } from '../../core/source.ts';
import type { World } from '../../core/world.ts';
import { Bell } from './bell.ts';
import { packingOf } from './compression.ts';
import { explain } from '../disk-errors.ts';
import { statOf } from './errors.ts';
import { contentRecords, type OpenRecords } from './open-records.ts';
import { BEGINNING, firstBytes, foreign, headOf, type KeptPlace, placeOf } from './place.ts';
import { findRotated, laterRotated, type Rotated } from './rotated-files.ts';
import type { Looking, Settings } from './source-options.ts';
import { TailContent } from './tail-content.ts';
import type { Notice, Turn, Turns } from './turns.ts';

export interface TailedOptions<T> {
  readonly world: World;
  readonly id: string;
  readonly path: string;
  readonly settings: Settings<T>;
  readonly looking: Looking;
  readonly kept: unknown;
}

/** Which file of those that had the name, and where in it. */
interface KeptTail {
  /** How many there were before it. */
  readonly nth: number;
  readonly identity: string | undefined;
  readonly place: KeptPlace;
  /** The file before it, where nothing of it was read yet. */
  readonly after: Pick<Rotated, 'identity' | 'modifiedMs' | 'head'> | undefined;
}

/** A file that was opened to be followed. */
interface Followed {
  readonly content: TailContent;
  readonly identity: string | undefined;
  readonly modifiedMs: number;
}

/**
 * One file after the other under one name: each is followed to its end, which it has when it was renamed or cut. Their
 * positions begin with how many there were before, since the same byte comes again in each.
 */
export class Tailed<T> implements Turns<T> {
  readonly isReady = false;
  readonly isOver = false;
  readonly #options: TailedOptions<T>;
  readonly #bell: Bell;
  #nth = 0;
  /** Where a checkpoint stands, until its file was looked for. */
  #kept: KeptTail | undefined;
  /** Renamed files that are read first, from where each goes on. */
  #rotated: { readonly file: Rotated; readonly from: KeptPlace }[] = [];
  /** Where the file goes on that has the name now. */
  #from: KeptPlace = BEGINNING;
  #last: Followed | undefined;

  constructor(options: TailedOptions<T>) {
    this.#options = options;
    this.#bell = new Bell(options.world);
    if (options.kept !== undefined) this.#kept = keptTail(options.kept, options.id);
    this.#nth = this.#kept?.nth ?? 0;
  }

  async next(signal: AbortSignal): Promise<Turn<T> | Notice | undefined> {
    const { world, path, looking } = this.#options;
    if (this.#kept !== undefined) {
      const notice = await this.#find(this.#kept);
      this.#kept = undefined;
      if (notice !== undefined) return notice;
    }
    if (this.#last !== undefined) await this.#passed(this.#last);
    this.#last = undefined;
    const rotated = this.#rotated.shift();
    if (rotated !== undefined) return this.#turn(rotated.file.path, rotated.from);
    for (;;) {
      const stat = await statOf(world.files, path);
      if (stat?.isFolder === true) throw explain(Object.assign(new Error('a folder'), { code: 'EISDIR' }), this.#options.id);
      await this.#watch(stat?.identity);
      if (stat !== undefined) return this.#turn(path, this.#from);
      if (signal.aborted) return undefined;
      await this.#bell.wait(signal, looking.lookEveryMs);
    }
  }

  close(): void {
    this.#bell.close();
  }

  /** The file a checkpoint stands in, under whatever name; those that were renamed behind it are read, too. */
  async #find({ nth, identity, place, after }: KeptTail): Promise<Notice | undefined> {
    const { world, path, id } = this.#options;
    if (after !== undefined) {
      this.#rotated = (await laterRotated(world.files, path, after)).map((file) => ({ file, from: BEGINNING }));
      return undefined;
    }
    const found = await findRotated(world.files, path, { identity, place });
    if (found === 'itself') {
      this.#from = place;
      return undefined;
    }
    if (found === undefined) {
      this.#nth = nth + 1;
      const resume = JSON.stringify({ nth: nth + 1, ...BEGINNING });
      return { refused: [{ before: 0, position: `${nth}:${place.at}`, error: lost(id, place.at) }], resume };
    }
    this.#rotated = [{ file: found, from: place }];
    return undefined;
  }

  /** Files may have come and been renamed while the last one was read to its end. */
  async #passed({ content, identity, modifiedMs }: Followed): Promise<void> {
    this.#from = BEGINNING;
    // Those behind this one are known already.
    if (content.ending !== 'renamed' || identity === undefined || this.#rotated.length > 0) return;
    const { world, path } = this.#options;
    const head = headOf(content.first, content.first.length);
    const own = await statOf(world.files, path);
    const later = (await laterRotated(world.files, path, { identity, modifiedMs, head })).filter((file) => file.identity !== own?.identity);
    this.#rotated = later.map((file) => ({ file, from: BEGINNING }));
  }

  #turn(path: string, from: KeptPlace): Turn<T> {
    const nth = this.#nth;
    let identity: string | undefined;
    return {
      prefix: `${nth}:`,
      isAlone: true,
      isFollowed: true,
      from,
      open: async () => {
        const opened = await this.#open(path, from);
        identity = opened?.identity;
        return opened;
      },
      kept: ({ isEnd: _, ...place }): Resume => JSON.stringify({ nth, identity, ...place }),
      done: (): Resume => {
        this.#nth = nth + 1;
        const { content, modifiedMs } = this.#last!;
        const isRenamed = content.ending === 'renamed' && identity !== undefined;
        const after = isRenamed ? { identity, modifiedMs, head: headOf(content.first, content.first.length) } : undefined;
        return JSON.stringify({ nth: nth + 1, after, ...BEGINNING });
      },
    };
  }

  /** Opens what the name stands for. Undefined where that changes at this moment: the next turn looks again. */
  async #open(path: string, from: KeptPlace): Promise<(OpenRecords<T> & { readonly identity: string | undefined }) | undefined> {
    const { world, settings, looking, id } = this.#options;
    const where = `file:${path}`;
    const told = (error: unknown): HeadraceError => explain(error, where);
    const before = await statOf(world.files, path);
    const file = await world.files.open(path, 'read').catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw told(error);
    });
    if (file === undefined) return undefined;
    try {
      const stat = await statOf(world.files, path);
      // One of the two is the file that was opened only where they are the same.
      if (stat === undefined || stat.identity !== before?.identity) {
        await file.close();
        return undefined;
      }
      const first = await firstBytes(file);
      if (settings.compression === 'auto' && packingOf(first) !== undefined) throw packed(where);
      const { identity, modifiedMs } = stat;
      const content = new TailContent({
        world,
        path: this.#options.path,
        file,
        identity,
        from: from.at,
        first,
        bell: this.#bell,
        blockBytes: settings.blockBytes,
        settleMs: path === this.#options.path ? looking.settleMs : 0,
        lookEveryMs: looking.lookEveryMs,
        explain: told,
      });
      this.#last = { content, identity, modifiedMs };
      return {
        records: contentRecords(content, { where: id, settings, from }),
        identity,
        kept: (place) => ({ ...place, head: headOf(content.first, place.at) }),
      };
    } catch (error) {
      await file.close();
      throw told(error);
    }
  }

  async #watch(identity: string | undefined): Promise<void> {
    const { path } = this.#options;
    const slash = path.lastIndexOf('/');
    const folder = slash === -1 ? '.' : path.slice(0, slash) || '/';
    await this.#bell.watch([{ path: folder }, ...(identity === undefined ? [] : [{ path, identity }])]);
  }
}

function keptTail(kept: unknown, id: string): KeptTail {
  const { nth, identity, after, file, seen } = kept as Record<string, unknown>;
  if (file !== undefined || seen !== undefined || (identity !== undefined && typeof identity !== 'string')) throw foreign(id);
  const place = placeOf(kept, id);
  // A checkpoint of the file when it was not followed: it is the first one.
  if (nth === undefined) return { nth: 0, identity: undefined, place, after: undefined };
  if (!Number.isSafeInteger(nth)) throw foreign(id);
  return { nth: nth as number, identity, place, after: after as KeptTail['after'] };
}

function lost(where: string, at: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_FILE_LOST',
    action: 'deadLetter',
    where: `${where}, byte ${at}`,
    what: 'the file the checkpoint stands in is not there any more, under this name or one beside it',
    todo: 'It was removed, packed or moved elsewhere before it was read to its end. Put it back beside the file; with onError skip or deadLetter reading goes on with the file of today.',
  });
}

function packed(where: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_FILE_PACKED',
    where,
    what: 'the file is packed, and a packed file cannot be followed',
    todo: 'Read it without tail.',
  });
}
