import { expect, test } from 'vitest';
import { crc32c } from '../base/crc32c.ts';
import { VirtualFiles } from '../base/virtual-files.ts';
import { headerBytes, readHeader } from './checkpoint-format.ts';
import { openCheckpoints } from './checkpoints.ts';

test('a header says what it was given', () => {
  expect(readHeader(headerBytes(3))).toEqual({ version: 1, tokens: 3 });
  expect(readHeader(headerBytes(3).subarray(0, 19))).toBeUndefined();
});

test('a file of a newer version is refused, not taken for damaged', async () => {
  const files = new VirtualFiles({ now: () => 0, monotonic: () => 0 });
  const checkpoints = await openCheckpoints(files, '/s', 'p');
  const header = headerBytes(0);
  const view = new DataView(header.buffer);
  view.setUint32(8, 3, true);
  view.setUint32(16, crc32c(header.subarray(0, 16)), true);
  const file = await files.open('/s/pipelines/p/0000000001.ckpt', 'create');
  await file.write(header, 0);
  await file.close();
  await expect(checkpoints.latest()).rejects.toMatchObject({ code: 'HR_CHECKPOINT_VERSION' });
});

// The bytes of version 1, so that a change of the format is noticed and becomes version 2.
test('version 1 has these bytes', async () => {
  const files = new VirtualFiles({ now: () => 0, monotonic: () => 0 });
  const checkpoints = await openCheckpoints(files, '/s', 'p');
  const scope = { kind: 'one' } as const;
  const capture = {
    async write(to: { section(section: object, bytes: Uint8Array): unknown }): Promise<void> {
      await to.section({ operator: 'o', cell: 'c', scope, codec: 'x/1' }, Uint8Array.of(1, 2, 3));
    },
    drop() {},
  };
  const content = { pipeline: 'p', fingerprint: 'f', plan: null, takenAt: 5, maxParallelism: 128, positions: [], tokens: [] };
  await checkpoints.write(1, { ...content, isStop: true, isCompleted: false }, [capture]);
  const file = await files.open('/s/pipelines/p/0000000001.ckpt', 'read');
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, 0);
  await file.close();
  expect(Buffer.from(bytes).toString('latin1').slice(23, -40)).toBe(
    '[{"operator":"o","cell":"c","scope":{"kind":"one"},"codec":"x/1","at":20,"bytes":3,"crc":4046516766}]' +
      '{"n":1,"pipeline":"p","fingerprint":"f","plan":null,"takenAt":5,"maxParallelism":128,"positions":[],"tokens":[],"isStop":true,"isCompleted":false}',
  );
  expect(Buffer.from(bytes.subarray(0, 23)).toString('hex')).toBe('4845414452414345010000000000000061af5b02010203');
});
