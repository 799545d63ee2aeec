import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { realWorld } from '../base/real-world.ts';
import { codecPromises } from './codec-promises.ts';
import { modelPromises } from './model-promises.ts';
import { runtimePromises } from './runtime-promises.ts';
import { sinkPromises } from './sink-promises.ts';
import { sourcePromises } from './source-promises.ts';
import { stagePromises } from './stage-promises.ts';
import { stationPromises } from './station-promises.ts';
import { stepPromises } from './step-promises.ts';

const specs = [
  { page: 'connector.md', promises: [...sourcePromises(), ...sinkPromises(), ...codecPromises()] },
  { page: 'operator.md', promises: [...stepPromises(), ...stationPromises()] },
  { page: 'stage.md', promises: stagePromises() },
  { page: 'model.md', promises: modelPromises() },
  { page: 'runtime.md', promises: runtimePromises() },
];

test.each(specs)('docs/specs/$page lists the promises that the kits check, in the same words and order', async ({ page, promises }) => {
  const file = await realWorld().files.open(fileURLToPath(new URL(`../../docs/specs/${page}`, import.meta.url)), 'read');
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, 0);
  await file.close();
  const spec = new TextDecoder().decode(bytes);
  const written = [...spec.matchAll(/^\| ([A-Z]\d+) \| (.+?) \|/gm)].map(([, id, says]) => `${id} ${says}`);
  const checked = promises.map(({ id, says }) => `${id} ${says}`);
  expect(written).toEqual(checked);
  expect(new Set(checked.map((promise) => promise.split(' ')[0])).size).toBe(checked.length);
});

test('a kit needs nothing of a runner but a function that takes a name and a test', async () => {
  const { testCodec } = await import('./codec-kit.ts');
  const { text } = await import('../codecs/text.ts');
  const names: string[] = [];
  const runs: Promise<void>[] = [];
  testCodec<string>({
    test: (name, fn) => (names.push(name), runs.push(fn())),
    name: 'text',
    make: () => ({ codec: text(), values: ['a'] }),
  });
  await Promise.all(runs);
  expect(names).toEqual(codecPromises().map(({ id, says }) => `text: ${id} ${says}`));
});
