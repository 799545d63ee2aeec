import fc from 'fast-check';
import { expect, test } from 'vitest';
import { virtualWorld, type VirtualWorld } from '../../base/virtual-world.ts';
import { text } from '../../codecs/text.ts';
import type { Position, Resume, Source } from '../../core/source.ts';
import type { Files, World } from '../../core/world.ts';
import { testSource } from '../../testing/source-kit.ts';
import { fileSource } from './file-source.ts';
import { over, put } from './files-rig.ts';
import { SeenNames } from './seen-names.ts';
import type { FileSourceOptions } from './source-options.ts';
import { tell, type Told } from './source-rig.ts';

async function emptyFolder(): Promise<VirtualWorld> {
  const world = virtualWorld({ start: Date.UTC(2026, 0, 1) });
  await world.files.makeFolder('/in');
  return world;
}

/** A watched source that is read in the background. */
class Watching implements Told {
  readonly said: string[] = [];
  readonly positions: Position[] = [];
  readonly resumes: Resume[] = [];
  /** Of the last answer, empty or not. */
  resume: Resume = null;
  failure: unknown;
  reads = 0;
  readonly #reading = new AbortController();
  readonly #world: World;
  readonly #source: Source<string>;
  readonly done: Promise<void>;

  constructor(world: World, options: FileSourceOptions & { readonly path?: string } = {}, resume?: Resume) {
    const { path = '/in', ...rest } = options;
    this.#world = world;
    this.#source = fileSource(path, text(), { watch: true, ...rest });
    this.done = this.#run(resume).catch((error: unknown) => {
      this.failure = error;
    });
  }

  async #run(resume: Resume | undefined): Promise<void> {
    const { signal } = this.#reading;
    const reader = await this.#source.open(0, resume, { world: this.#world, signal });
    try {
      while (!signal.aborted) {
        const answer = await reader.read(2, signal);
        this.reads++;
        tell(this.#source, answer, this);
        this.resume = answer.resume;
      }
    } finally {
      await reader.close();
    }
  }

  async stop(): Promise<void> {
    this.#reading.abort();
    await this.done;
  }
}

testSource<string>({
  test,
  name: 'fileSource of a watched folder',
  replay: true,
  endless: true,
  patienceMs: 300,
  async make() {
    const world = await emptyFolder();
    await put(world, 'a1\na2\na3\n', '/in/a');
    await put(world, '', '/in/b');
    await put(world, 'c1\nc2', '/in/c');
    await put(world, Array.from({ length: 9 }, (_, i) => `d${i}\n`).join(''), '/in/d');
    const values = ['a1', 'a2', 'a3', 'c1', 'c2', ...Array.from({ length: 9 }, (_, i) => `d${i}`)];
    return { source: fileSource('/in', text(), { watch: true, blockBytes: 16 }), values, world, advance: () => world.advance(100) };
  },
  async quiet() {
    const world = await emptyFolder();
    return { source: fileSource('/in', text(), { watch: true }), values: [], world };
  },
});

test('a file is read once it has not changed for as long as it takes to settle, and those that are still written are not', async () => {
  const world = await emptyFolder();
  const watching = new Watching(world, { settle: '2s' });
  await world.advance(10_000);
  const slow = await world.files.open('/in/slow', 'create');
  await slow.write(Buffer.from('slow 1\n'), 0);
  await put(world, 'quick\n', '/in/quick');
  await put(world, 'part\n', '/in/x.part');
  await put(world, 'tmp\n', '/in/x.tmp');
  await put(world, 'hidden\n', '/in/.x');
  await world.advance(1900);
  expect(watching.said).toEqual([]);
  await slow.write(Buffer.from('slow 2\n'), 7);
  await slow.close();
  await world.advance(200);
  expect(watching.said).toEqual(['quick']);
  await world.advance(2000);
  expect(watching.said).toEqual(['quick', 'slow 1', 'slow 2']);
  // What was written under another name is there whole, and old enough at once.
  await world.files.rename('/in/x.part', '/in/done');
  await world.advance(100);
  expect(watching.said.slice(3)).toEqual(['part']);
  expect(watching.positions).toEqual(['quick:0', 'slow:0', 'slow:7', 'done:0']);
  await watching.stop();
});

test('a file whose time lies ahead settles by our own clock', async () => {
  const world = await emptyFolder();
  await put(world, 'ahead\n', '/in/ahead');
  world.clock.jump(-3_600_000);
  const watching = new Watching(world, { settle: '2s' });
  await world.advance(1900);
  expect(watching.said).toEqual([]);
  await world.advance(200);
  expect(watching.said).toEqual(['ahead']);
  await watching.stop();
});

test('new files wake it, and while nothing happens it looks as seldom as it was told', async () => {
  const world = await emptyFolder();
  let lists = 0;
  const files = over<Files>(world.files, {
    list(folder) {
      lists++;
      return world.files.list(folder);
    },
  });
  const watching = new Watching({ ...world, files }, { settle: 0, lookEvery: '1m' });
  await world.advance(1000);
  const before = lists;
  await world.advance(3_600_000);
  expect(lists - before).toBe(60);
  await put(world, 'new\n', '/in/new');
  await world.advance(100);
  expect(watching.said).toEqual(['new']);
  // A thousand changes of the folder within a second are not a thousand looks.
  const busy = lists;
  for (let i = 0; i < 1000; i++) {
    await put(world, `${i}\n`, `/in/${i}`);
    if (i % 10 === 0) await world.advance(10);
  }
  await world.advance(1000);
  expect(watching.said.length).toBe(1001);
  expect(lists - busy).toBeLessThan(60);
  await watching.stop();
});

test('where the system tells of no changes it finds new files when it looks', async () => {
  const world = await emptyFolder();
  const files = over<Files>(world.files, { watch: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOSYS' })) });
  const watching = new Watching({ ...world, files }, { settle: 0, lookEvery: '5s' });
  await world.advance(100);
  await put(world, 'new\n', '/in/new');
  await world.advance(4000);
  expect(watching.said).toEqual([]);
  await world.advance(2000);
  expect(watching.said).toEqual(['new']);
  await watching.stop();
});

test('a folder that is not there yet, and patterns with folders that come to be', async () => {
  const world = await emptyFolder();
  const watching = new Watching(world, { path: '/later/**/*.txt', settle: 0, lookEvery: '1s' });
  await world.advance(1500);
  await world.files.makeFolder('/later/deep');
  await put(world, 'a\n', '/later/deep/a.txt');
  await world.advance(1500);
  await put(world, 'b\n', '/later/deep/b.txt');
  await world.advance(100);
  expect(watching.positions).toEqual(['deep/a.txt:0', 'deep/b.txt:0']);
  await watching.stop();
});

test('a file that was changed after it had been read is told once, and not read again', async () => {
  const world = await emptyFolder();
  await put(world, 'old\n', '/in/a');
  const watching = new Watching(world, { settle: '1s' });
  await world.advance(5000);
  await put(world, 'new and longer\n', '/in/a');
  await world.advance(20_000);
  expect(watching.said).toEqual(['old', 'HR_FILE_CHANGED file:/in/a']);
  await watching.stop();
  const again = new Watching(world, { settle: '1s' }, watching.resume);
  await world.advance(20_000);
  expect(again.said).toEqual([]);
  await put(world, 'once more\n', '/in/a');
  await world.advance(20_000);
  expect(again.said).toEqual(['HR_FILE_CHANGED file:/in/a']);
  expect(again.positions[0]).not.toBe(watching.positions[1]);
  await again.stop();
});

test('behind any record it goes on there, whatever names came meanwhile', async () => {
  const world = await emptyFolder();
  await put(world, 'm1\nm2\nm3\n', '/in/m');
  await put(world, 'n1\n', '/in/n');
  const watching = new Watching(world, { settle: 0 });
  await world.advance(1000);
  await watching.stop();
  expect(watching.said).toEqual(['m1', 'm2', 'm3', 'n1']);
  await put(world, 'early\n', '/in/a');
  await put(world, 'late\n', '/in/z');
  for (const [resume, said] of [
    [watching.resumes[1], ['m3', 'early', 'n1', 'late']],
    [watching.resumes[3], ['early', 'late']],
    [watching.resume, ['early', 'late']],
  ] as const) {
    const again = new Watching(world, { settle: 0 }, resume);
    await world.advance(1000);
    await again.stop();
    expect(again.said).toEqual(said);
  }
});

test('a file may go once it was read, and is told of if it went before', async () => {
  const world = await emptyFolder();
  await put(world, 'a1\na2\na3\n', '/in/a');
  const watching = new Watching(world, { settle: 0 });
  await world.advance(1000);
  await watching.stop();
  await world.files.remove('/in/a');
  for (const [resume, said] of [
    [watching.resumes[0], ['HR_FILE_MISSING file:a']],
    [watching.resumes[2], []],
    [watching.resume, []],
  ] as const) {
    const again = new Watching(world, { settle: 0 }, resume);
    await world.advance(1000);
    await again.stop();
    expect(again.said).toEqual(said);
    // Either way its name is done with.
    await put(world, 'a1\na2\na3\n', '/in/a');
    const third = new Watching(world, { settle: 0 }, again.resume);
    await world.advance(1000);
    await third.stop();
    expect(third.said.filter((said2) => !said2.startsWith('HR_FILE_CHANGED'))).toEqual([]);
    await world.files.remove('/in/a');
  }
});

test('as many names are remembered as it was told: those of files that are gone are forgotten first, and no others', async () => {
  const world = await emptyFolder();
  const watching = new Watching(world, { settle: 0, remember: 10 });
  for (let i = 0; i < 50; i++) {
    await put(world, `${i}\n`, `/in/${i}`);
    await world.advance(200);
    if (i >= 5) await world.files.remove(`/in/${i - 5}`);
  }
  await world.advance(20_000);
  expect(watching.said.length).toBe(50);
  expect(String(watching.resume).length).toBeLessThan(11 * 22 + 20);
  for (let i = 50; i < 56; i++) await put(world, `${i}\n`, `/in/${i}`);
  await world.advance(20_000);
  expect(watching.failure).toMatchObject({ code: 'HR_FILES_REMEMBERED' });
  // It stops when all that is there was read and nothing was lost of it.
  expect(new Set(watching.said).size).toBe(56);
});

test('what is remembered is found again from its text, also after it was forgotten in part', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ name: fc.constantFrom<string>('a', 'b', 'c', 'd', 'e', 'f'), stamp: fc.constantFrom<string>('111111', '222222') }),
      ),
      fc.nat(8),
      (adds, most) => {
        const seen = new SeenNames();
        for (const { name, stamp } of adds) seen.add(name, stamp);
        seen.forget(most, ['a', 'b']);
        const again = new SeenNames(seen.text);
        for (const name of 'abcdefgh')
          for (const stamp of ['111111', '222222']) expect(again.look(name, stamp)).toBe(seen.look(name, stamp));
        const last = new Map(adds.map(({ name, stamp }) => [name, stamp]));
        for (const name of ['a', 'b']) if (last.has(name)) expect(seen.look(name, last.get(name)!)).toBe('same');
        expect(seen.size).toBeLessThanOrEqual(Math.max(most, 2));
      },
    ),
  );
});

test('a watch of one file is refused, and so are options that would do nothing', async () => {
  const world = await emptyFolder();
  await put(world, 'a\n', '/in/a');
  const watching = new Watching(world, { path: '/in/a' });
  await world.advance(100);
  expect(watching.failure).toMatchObject({ code: 'HR_OPTION_INVALID' });
  for (const options of [{ settle: '1s' }, { remember: 5 }, { lookEvery: '1s' }] as const)
    expect(() => fileSource('/in', text(), options)).toThrow(/is for watch/);
});
