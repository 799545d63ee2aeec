import { expect, test } from 'vitest';
import { csv } from '../../codecs/csv.ts';
import { json } from '../../codecs/json.ts';
import { realFiles } from '../../base/files.ts';
import { refuseBundled } from './threads-bundled.ts';
import { threadModule } from './threads-lane.ts';

const { module } = csv().blocks!.split!;

test.each([csv(), json({ columns: { a: 'string' } })])('what a thread loads is there ($kind)', async (format) => {
  await refuseBundled(realFiles, format.blocks!.split!.module);
});

test.each([
  ['the beginning of a thread', module, threadModule('file:///srv/app/bundle.js')],
  ['the reader', 'file:///srv/app/csv-part.js', threadModule()],
  ['any address, as in CommonJS', undefined, threadModule()],
  ['any place on a disk', module, threadModule('blob:nodedata:1')],
])('a bundle without %s is refused', async (_, part, begin) => {
  await expect(refuseBundled(realFiles, part, begin ?? null)).rejects.toMatchObject({ code: 'HR_WORKERS_BUNDLED' });
});
