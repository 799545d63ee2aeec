import { expect, test } from 'vitest';
import { testSource } from '../../testing/source-kit.ts';
import { fileSource } from './file-source.ts';
import { folder, fours, foursFile, parts, tellAll } from './source-rig.ts';

for (const form of ['values', 'columns'] as const) {
  testSource<unknown>({
    test,
    name: `fileSource of blocks as ${form}`,
    replay: true,
    async make() {
      const words = ['a', 'bb', '"c;c"', '', 'd'.repeat(40), 'e', '"f;;;f"', 'g', 'h', 'last'];
      const world = await folder({ '/in/1': words.join(';'), '/in/2': '', '/in/3': words.join(';') });
      const values = [...words, ...words].map((word, i) => ({ n: i % words.length, word }));
      return { source: fileSource('/in', parts(form, form === 'columns'), { blockBytes: 16 }), values, world };
    },
  });
  testSource<unknown>({
    test,
    name: `fileSource of one file of blocks as ${form}`,
    replay: true,
    async make() {
      const words = Array.from({ length: 30 }, (_, i) => `w${i}`);
      const world = await folder({ '/in/1': words.join(';') });
      return {
        source: fileSource('/in/1', parts(form, form === 'columns'), { blockBytes: 16 }),
        values: words.map((word, n) => ({ n, word })),
        world,
      };
    },
  });
}

for (const path of ['/in', '/in/1']) {
  testSource<string>({
    test,
    name: `fileSource of pages in ${path}`,
    replay: true,
    async make() {
      const world = await folder({ '/in/1': foursFile(17), ...(path === '/in' ? { '/in/2': foursFile(0), '/in/3': foursFile(6) } : {}) });
      const rows = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i).padStart(4, '0'));
      return { source: fileSource(path, fours), values: path === '/in' ? [...rows(17), ...rows(6)] : rows(17), world };
    },
  });
}

test('a format that is read anywhere gets exactly the bytes there are, and refuses what is packed', async () => {
  const lying = foursFile(9);
  lying[lying.length - 1] = 200;
  const world = await folder({ '/in/lying': lying, '/in/packed': Uint8Array.of(0x1f, 0x8b, 8, 0, 1, 2, 3) });
  const told = await tellAll(fileSource('/in', fours), { world });
  expect(told.said.slice(0, 9)).toEqual(Array.from({ length: 9 }, (_, i) => String(i).padStart(4, '0')));
  expect(told.said.slice(9).map((said) => said.split(' ')[0])).toEqual(['HR_FILE_TRUNCATED', 'HR_FILE_PACKED']);
});

test('bad records of a format are told in their place, with the name of their file in their position', async () => {
  const world = await folder({ '/in/a': 'x;!;y;!;!', '/in/b': '!;z' });
  const told = await tellAll(fileSource('/in', parts('columns')), { world, limit: 2 });
  expect(told.positions).toEqual(['a:0', 'a:2', 'a:4', 'a:6', 'a:8', 'b:0', 'b:2']);
  expect(told.said[1]).toBe('HR_DECODE_INVALID file:/in/a, part 1, byte 2');
  const again = await tellAll(fileSource('/in', parts('columns')), { world, limit: 1 });
  for (const [i, resume] of again.resumes.entries()) {
    expect((await tellAll(fileSource('/in', parts('columns')), { world, resume })).said).toEqual(again.said.slice(i + 1));
  }
});
