import { expect, test } from 'vitest';
import { virtualWorld } from '../../base/virtual-world.ts';
import { text } from '../../codecs/text.ts';
import type { Files, OpenFile } from '../../core/world.ts';
import { testSource } from '../../testing/source-kit.ts';
import { fileSource } from './file-source.ts';
import { failingFiles, over } from './files-rig.ts';
import type { FileSourceOptions } from './source-options.ts';
import { folder, tellAll } from './source-rig.ts';

/** Some files: empty ones, one with a mark, hidden ones, one without a last line end. */
const FILES: Readonly<Record<string, string>> = {
  '/in/a.txt': 'a1\na2\na3\n',
  '/in/b.txt': '',
  '/in/c.csv': '\ufeffc1\nc2',
  '/in/.hidden.txt': 'hidden\n',
  '/in/d.txt': `${'d'.repeat(50)}\n\nd3\n`,
  '/in/deep/e.txt': 'e1\n',
  '/in/deep/er/f.txt': 'f1\nf2\n',
  '/in/.git/g.txt': 'git\n',
  '/in/z.txt': '',
};

/** How many records the first file has: a small one is read whole before anything fails. */
function firstFile(values: readonly string[]): number {
  return values.filter((value) => value[0] === values[0]![0]).length;
}

const inFolder = ['a1', 'a2', 'a3', 'c1', 'c2', 'd'.repeat(50), '', 'd3'];
const cases: readonly (readonly [string, string | readonly string[], readonly string[], FileSourceOptions?])[] = [
  ['a folder', '/in', inFolder],
  ['a folder with a slash', '/in/', inFolder],
  ['a pattern', '/in/*.txt', inFolder.filter((value) => !value.startsWith('c'))],
  ['a pattern with braces', '/in/{c,d}.{csv,txt}', inFolder.slice(3)],
  ['a pattern for folders', '/in/*/?.txt', ['e1']],
  ['all folders below', '/in/**', [...inFolder, 'e1', 'f1', 'f2']],
  ['all folders below, and a name', '/in/**/[d-f].txt', [...inFolder.slice(5), 'e1', 'f1', 'f2']],
  ['several paths', ['/in/d.txt', '/in/a.txt'], [...inFolder.slice(0, 3), ...inFolder.slice(5)]],
  ['paths, patterns and folders that overlap', ['/in/a.txt', '/in/a*', '/in/deep'], [...inFolder.slice(0, 3), 'e1']],
  ['files by time', '/in/**/*.*', [...inFolder, 'e1', 'f1', 'f2'], { order: 'time' }],
];

for (const [name, paths, values, options = {}] of cases) {
  testSource<string>({
    test,
    name: `fileSource of ${name}`,
    replay: true,
    make: async () => ({ source: fileSource(paths, text(), { blockBytes: 16, ...options }), values, world: await folder(FILES) }),
    async broken() {
      const world = await folder(FILES);
      // The second block of the first long file fails, or the only one of any other.
      const before = values.findIndex((value) => value.startsWith('d'.repeat(9)));
      const bad = before === -1 ? '' : 'd.txt';
      const failing = failingFiles(world.files, 'EIO', 'read');
      const files = over<Files>(world.files, { open: (path, mode) => (path.endsWith(bad) ? failing : world.files).open(path, mode) });
      return {
        source: fileSource(paths, text(), { blockBytes: 16, ...options }),
        values: values.slice(0, before === -1 ? firstFile(values) : before),
        world: { ...world, files },
      };
    },
  });
}

test('positions of several files begin with their names below the folder, and those of one are numbers', async () => {
  const world = await folder(FILES);
  expect((await tellAll(fileSource('/in', text()), { world })).positions).toEqual([
    'a.txt:0',
    'a.txt:3',
    'a.txt:6',
    'c.csv:3',
    'c.csv:6',
    'd.txt:0',
    'd.txt:51',
    'd.txt:52',
  ]);
  expect((await tellAll(fileSource('/in/**/*.txt', text()), { world })).positions.slice(6)).toEqual([
    'deep/e.txt:0',
    'deep/er/f.txt:0',
    'deep/er/f.txt:3',
  ]);
  expect((await tellAll(fileSource(['/in/c.csv'], text()), { world })).positions).toEqual(['/in/c.csv:3', '/in/c.csv:6']);
  expect((await tellAll(fileSource('/in/c.csv', text()), { world })).positions).toEqual([3, 6]);
});

test('a file whose name looks like a pattern is that file', async () => {
  const world = await folder({ '/in/a[1].txt': 'itself\n', '/in/a1.txt': 'matched\n' });
  expect((await tellAll(fileSource('/in/a[1].txt', text()), { world })).said).toEqual(['itself']);
});

test('finding nothing says what was looked for, unless that is allowed', async () => {
  const world = await folder(FILES);
  for (const paths of ['/in/*.json', '/nowhere/*', ['/in/no', '/in/none'], '/in/deep/*/*/*']) {
    const looked = typeof paths === 'string' ? paths : paths[0]!;
    await expect(tellAll(fileSource(paths, text()), { world })).rejects.toMatchObject({
      code: 'HR_FILES_NONE',
      what: expect.stringContaining(looked),
    });
    expect((await tellAll(fileSource(paths, text(), { allowNone: true }), { world })).said).toEqual([]);
  }
});

test('files are spread over partitions by their names, each to one of them', async () => {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`/in/${i}.txt`, `${i}\n`]));
  const world = await folder(files);
  const source = fileSource('/in', text(), { partitions: 4 });
  expect(await source.partitions({ world, signal: new AbortController().signal })).toEqual([0, 1, 2, 3]);
  const told = await Promise.all([0, 1, 2, 3].map((partition) => tellAll(source, { world, partition })));
  expect(told.flatMap(({ said }) => said).sort()).toEqual(Array.from({ length: 40 }, (_, i) => String(i)).sort());
  for (const { said } of told) expect(said.length).toBeGreaterThan(3);
  // Which file goes where does not depend on the others.
  await world.files.remove('/in/7.txt');
  const without = await Promise.all([0, 1, 2, 3].map((partition) => tellAll(source, { world, partition })));
  expect(without.map(({ said }) => said)).toEqual(told.map(({ said }) => said.filter((value) => value !== '7')));
});

test('a file that cannot be read is one refused record, and reading goes on behind it', async () => {
  const world = await folder({
    '/in/a': 'a1\n',
    '/in/b': 'b1\n',
    '/in/c': 'c1\n',
    '/in/d': '\ufffe',
    '/in/e': Uint8Array.of(0xff, 0xfe, 0x61, 0),
    '/in/f': 'f1\n',
  });
  const files = over<Files>(world.files, {
    open: (path, mode) =>
      path === '/in/b' ? Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' })) : world.files.open(path, mode),
  });
  const source = fileSource('/in', text());
  const all = await tellAll(source, { world: { ...world, files }, limit: 1 });
  expect(all.said).toEqual(['a1', 'HR_FILE_DENIED file:/in/b', 'c1', '\ufffe', 'HR_FILE_UTF16 file:/in/e', 'f1']);
  expect(all.positions).toEqual(['a:0', 'b:0', 'c:0', 'd:0', 'e:0', 'f:0']);
  // And never told again behind a checkpoint that has it.
  for (const [i, resume] of all.resumes.entries()) {
    expect((await tellAll(source, { world: { ...world, files }, resume })).said).toEqual(all.said.slice(i + 1));
  }
});

test('a file that is gone when its turn comes is told, and one that was found as a folder is passed over', async () => {
  const world = await folder({ '/in/a': 'a1\na2\n', '/in/b': 'b1\n', '/in/c/deep': 'deep\n', '/in/d': 'd1\n' });
  const source = fileSource('/in', text());
  const { signal } = new AbortController();
  const reader = await source.open(0, undefined, { world, signal });
  await reader.read(1, signal);
  await world.files.remove('/in/b');
  const told = [];
  for (let hasEnded = false; !hasEnded; ) {
    const answer = await reader.read(5, signal);
    told.push(...answer.bodies!.map((body) => text().decode(body)), ...(answer.refused ?? []).map(({ error }) => error.code));
    hasEnded = answer.end === true;
  }
  await reader.close();
  expect(told).toEqual(['a2', 'HR_FILE_MISSING', 'd1']);
});

test('behind a checkpoint: read files may go, the one it stands in may not, and files that came before it are told of', async () => {
  const content = { '/in/b': 'b1\nb2\nb3\n', '/in/c': 'c1\n', '/in/d': 'd1\n' };
  const source = fileSource('/in', text());
  const { resumes } = await tellAll(source, { world: await folder(content), limit: 1 });
  const inMiddle = resumes[1]!;
  const atEnd = resumes[2]!;
  const without = async (path: string, resume: typeof inMiddle): Promise<string[]> => {
    const world = await folder(content);
    await world.files.remove(path);
    return (await tellAll(source, { world, resume })).said;
  };
  expect(await without('/in/b', inMiddle)).toEqual(['HR_FILE_MISSING file:b', 'c1', 'd1']);
  expect(await without('/in/b', atEnd)).toEqual(['c1', 'd1']);
  expect(await without('/in/b', resumes[3]!)).toEqual(['d1']);
  for (const resume of [inMiddle, atEnd, resumes[3]!]) {
    expect((await tellAll(source, { world: await folder(content), resume })).said.join()).not.toContain('HR_');
    const one = await folder({ '/in/a': 'a1\n', ...content });
    expect((await tellAll(source, { world: one, resume })).said[0]).toBe('HR_FILES_LATE file:/in');
  }
  const late = await tellAll(source, { world: await folder({ '/in/a': 'a1\n', '/in/a2': '', ...content }), resume: inMiddle, limit: 1 });
  expect(late.said).toEqual(['HR_FILES_LATE file:/in', 'b3', 'c1', 'd1']);
  for (const [i, resume] of late.resumes.entries()) {
    const world = await folder({ '/in/a': 'a1\n', '/in/a2': '', ...content });
    expect((await tellAll(source, { world, resume })).said).toEqual(late.said.slice(i + 1));
  }
});

test('a file that was replaced or cut under a checkpoint is told, alone and among others', async () => {
  const long = 'x'.repeat(300);
  for (const [content, code] of [
    [`other\n${long}\n${long}\n`, 'HR_FILE_REPLACED'],
    ['one\n', 'HR_FILE_SHORTER'],
    ['onX\n', 'HR_FILE_SHORTER'],
  ] as const) {
    const before = await folder({ '/in/a': `one\n${long}\nthree\n` });
    const after = await folder({ '/in/a': content });
    const { resumes } = await tellAll(fileSource('/in/a', text()), { world: before, limit: 1 });
    await expect(tellAll(fileSource('/in/a', text()), { world: after, resume: resumes[1] })).rejects.toMatchObject({ code });
    const among = await tellAll(fileSource('/in', text()), { world: before, limit: 1 });
    expect((await tellAll(fileSource('/in', text()), { world: after, resume: among.resumes[1] })).said).toEqual([`${code} file:/in/a`]);
  }
  // One that only grew is the same.
  const { resumes } = await tellAll(fileSource('/in/a', text()), { world: await folder({ '/in/a': 'one\ntwo\n' }), limit: 1 });
  const grown = await folder({ '/in/a': 'one\ntwo\nthree\n' });
  expect((await tellAll(fileSource('/in/a', text()), { world: grown, resume: resumes[0] })).said).toEqual(['two', 'three']);
});

test('a checkpoint of another kind of source is refused', async () => {
  const world = await folder(FILES);
  const one = (await tellAll(fileSource('/in/a.txt', text()), { world, limit: 1 })).resumes[0]!;
  const many = (await tellAll(fileSource('/in', text()), { world, limit: 1 })).resumes[0]!;
  const code = 'HR_FILE_POSITION_FOREIGN';
  await expect(tellAll(fileSource('/in/a.txt', text()), { world, resume: many })).rejects.toMatchObject({ code });
  for (const options of [{}, { order: 'time' }, { watch: true }] as const) {
    await expect(tellAll(fileSource('/in', text(), options), { world, resume: one })).rejects.toMatchObject({ code });
  }
  await expect(tellAll(fileSource('/in', text(), { order: 'time' }), { world, resume: many })).rejects.toMatchObject({ code });
  await expect(tellAll(fileSource('/in/a.txt', text()), { world, resume: 'no JSON' })).rejects.toMatchObject({ code });
});

test('100,000 files are read with one of them open at a time', async () => {
  const names = Array.from({ length: 100_000 }, (_, i) => String(i).padStart(6, '0'));
  let open = 0;
  let most = 0;
  const files: Pick<Files, 'stat' | 'list' | 'open'> = {
    stat: async () => ({ bytes: 0, modifiedMs: 0, isFolder: true }),
    list: async () => names,
    async open(path) {
      most = Math.max(most, ++open);
      const content = new TextEncoder().encode(path.endsWith('99999') ? `${path}\n` : '');
      const file: Pick<OpenFile, 'read' | 'size' | 'close'> = {
        async read(into, position) {
          const rest = content.subarray(position);
          into.set(rest);
          return rest.length;
        },
        size: async () => content.length,
        async close() {
          open--;
        },
      };
      return file as OpenFile;
    },
  };
  const world = { ...virtualWorld(), files: files as Files };
  expect((await tellAll(fileSource('/in', text()), { world })).said).toEqual(['/in/099999']);
  expect([most, open]).toEqual([1, 0]);
});

test('a file of the system that says it is empty is read to its end', async () => {
  const world = await folder({ '/in/a': 'line\n'.repeat(3000) });
  const files = over<Files>(world.files, { open: async (path, mode) => over(await world.files.open(path, mode), { size: async () => 0 }) });
  for (const blockBytes of [1000, 10_000]) {
    const told = await tellAll(fileSource('/in/a', text(), { blockBytes }), { world: { ...world, files }, limit: 1000 });
    expect(told.said.length).toBe(3000);
  }
});
