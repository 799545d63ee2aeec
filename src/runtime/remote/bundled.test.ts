import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { realWorld } from '../../base/real-world.ts';
import { virtualWorld } from '../../base/virtual-world.ts';
import { refuseBundled } from './bundled.ts';

const { files } = realWorld();

test('the files of a worker are found beside this one', async () => {
  await expect(refuseBundled(files)).resolves.toBeUndefined();
});

test.each([
  ['a bundle in a folder without them', pathToFileURL('/srv/app/bundle.js').href],
  ['a bundle that is a CommonJS module, which has no address', undefined],
  ['a bundle that was not loaded from a file', 'data:text/javascript,0'],
])('%s is refused with what to write', async (_what, from) => {
  await expect(refuseBundled(virtualWorld().files, { from })).rejects.toMatchObject({
    code: 'HR_WORKERS_BUNDLED',
    todo: expect.stringContaining('--external:headrace') as string,
  });
});

test('a file of the same name beside a bundle does not make it fit', async () => {
  const { files } = virtualWorld();
  await files.makeFolder('/srv/app');
  await (await files.open(join('/srv/app', 'worker-main.js'), 'create')).close();
  await expect(refuseBundled(files, { from: pathToFileURL('/srv/app/bundle.js').href })).rejects.toMatchObject({
    code: 'HR_WORKERS_BUNDLED',
  });
});
