import { deepStrictEqual as equal, ok, rejects } from 'node:assert';
import type { Files, FileWatch } from '../core/world.ts';
import type { Check } from './files-conformance.ts';

/** What every implementation keeps for processes that share a disk: locks. */
export function checkLocks(check: Check): void {
  check('a lock is had by one at a time, makes its file and leaves it', async (files, at) => {
    const first = await files.lock(at('a'));
    ok(first);
    equal(await files.lock(at('a')), undefined);
    const other = await files.lock(at('b'));
    ok(other);
    equal(await files.list(at('')), ['a', 'b']);
    await first.release();
    const second = await files.lock(at('a'));
    ok(second);
    await first.release(); // Again, which takes nothing from the one who has it now.
    equal(await files.lock(at('a')), undefined);
    await second.release();
    await other.release();
    equal(await files.list(at('')), ['a', 'b']);
  });

  check('of many who want a lock at once, one gets it', async (files, at) => {
    const taken = (await Promise.all(Array.from({ length: 4 }, () => files.lock(at('a'))))).filter((lock) => lock !== undefined);
    equal(taken.length, 1);
    await taken[0]?.release();
  });

  check('a lock in a folder that is not there, or on a folder, says so', async (files, at) => {
    await rejects(files.lock(at('missing/a')), { code: 'ENOENT' });
    await files.makeFolder(at('folder'));
    await rejects(files.lock(at('folder')), { code: 'EISDIR' });
    await put(files, at('file'), '');
    await rejects(files.lock(at('file/a')), { code: 'ENOTDIR' });
  });
}

/** And watches. */
export function checkWatches(check: Check): void {
  check('who watches a file is told of a write in place, a cut and a growth, after the call that made it', async (files, at) => {
    await put(files, at('a'), 'abc');
    const file = await files.open(at('a'), 'extend');
    const watching = new Watching(files, at('a'));
    await watching.begun;
    for (const change of [() => file.write(bytes('X'), 1), () => file.truncate(1), () => file.write(bytes('yz'), 1)]) {
      const told = watching.next();
      await change();
      await told;
    }
    await file.close();
    watching.close();
    await rejects(
      files.watch(at('missing'), () => {}),
      { code: 'ENOENT' },
    );
  });

  check('after the last of many changes who watches is told once more, and finds them all', async (files, at) => {
    const file = await files.open(at('a'), 'create');
    const watching = new Watching(files, at('a'));
    await watching.begun;
    for (let i = 0; i < 100; i++) await file.write(bytes('x'), i);
    while ((await file.size()) < 100) await watching.next();
    const told = watching.next();
    await file.write(bytes('x'), 100);
    await told;
    equal(await file.size(), 101);
    await file.close();
    watching.close();
  });

  check('who watches a folder is told of a name that is new, gone or given to another file', async (files, at) => {
    await put(files, at('a'), 'a');
    const watching = new Watching(files, at(''));
    await watching.begun;
    for (const change of [
      () => put(files, at('b'), 'b'),
      () => files.rename(at('b'), at('c')),
      () => files.rename(at('c'), at('a')),
      () => files.remove(at('a')),
    ]) {
      const told = watching.next();
      await change();
      await told;
    }
    watching.close();
  });

  check('a watch that was closed is told nothing, and one beside it still is', async (files, at) => {
    const file = await files.open(at('a'), 'create');
    const [closed, open] = [new Watching(files, at('a')), new Watching(files, at('a'))];
    await Promise.all([closed.begun, open.begun]);
    closed.close();
    const told = open.next();
    await file.write(bytes('x'), 0);
    await told;
    equal(closed.calls, 0);
    await file.close();
    open.close();
  });
}

class Watching {
  calls = 0;
  readonly begun: Promise<void>;
  #watch: FileWatch | undefined;
  #tell = (): void => {};

  constructor(files: Files, path: string) {
    const changed = (): void => {
      this.calls++;
      this.#tell();
    };
    this.begun = files.watch(path, changed).then((watch) => {
      this.#watch = watch;
    });
  }

  /** Settles with the next call. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  close(): void {
    this.#watch?.close();
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function put(files: Files, path: string, text: string): Promise<void> {
  const file = await files.open(path, 'create');
  await file.write(bytes(text), 0);
  await file.close();
}
