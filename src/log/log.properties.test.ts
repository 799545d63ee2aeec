import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyDisk, FOLDER, readAll, record, rest, worldOf } from './log-rig.ts';
import { PartitionReader } from './partition-reader.ts';
import { PartitionWriter } from './partition-writer.ts';

const step = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), sizes: fc.array(fc.nat(300), { maxLength: 6 }) }),
  fc.record({ kind: fc.constant('stage' as const), sizes: fc.array(fc.nat(300), { maxLength: 6 }) }),
  fc.record({ kind: fc.constant('reopen' as const), cut: fc.boolean() }),
  fc.record({ kind: fc.constant('read' as const), records: fc.integer({ min: 1, max: 9 }) }),
);

test('any history of appends, commits, restarts and power cuts reads like an array', async () => {
  const run = async (steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[], blockBytes: number): Promise<void> => {
    const disk = emptyDisk();
    const world = worldOf(disk);
    const options = { segmentBytes: 1_000 };
    const oracle: string[] = [];
    let writer = await PartitionWriter.open(world, FOLDER, options);
    let reader = await PartitionReader.open(world, FOLDER, 0, { blockBytes });
    let n = 0;
    const make = (sizes: readonly number[]): string[] => sizes.map((size) => `${n++}:${'x'.repeat(size)}`);
    for (const each of steps) {
      if (each.kind === 'append') {
        const values = make(each.sizes);
        expect(await writer.append(values.map((value) => record(value)))).toBe(oracle.length);
        oracle.push(...values);
      } else if (each.kind === 'stage') {
        const values = make(each.sizes);
        const staged = writer.stage('by', n);
        for (const value of values) await staged.write([record(value)]);
        await writer.commit(await staged.seal());
        oracle.push(...values);
      } else if (each.kind === 'reopen') {
        const { position } = reader;
        if (each.cut) {
          disk.powerCut();
        } else {
          await reader.close();
          await writer.close();
        }
        // The files of a process that lost its power are of no use, and neither is what it held.
        const next = each.cut ? worldOf(disk) : world;
        if (each.cut) await Promise.allSettled([reader.close(), writer.close()]);
        writer = await PartitionWriter.open(next, FOLDER, options);
        reader = await PartitionReader.open(next, FOLDER, position, { blockBytes });
      } else {
        const { position } = reader;
        const batch = await reader.read({ records: each.records });
        const values = (batch?.values() ?? []).map((value) => new TextDecoder().decode(value));
        expect(values).toEqual(oracle.slice(position, position + values.length));
        expect(batch === undefined).toBe(position === oracle.length);
      }
    }
    const { position } = reader;
    expect(await rest(reader)).toEqual(oracle.slice(position));
    expect(await readAll(disk, Math.floor(oracle.length / 2))).toEqual(oracle.slice(Math.floor(oracle.length / 2)));
    await reader.close();
    await writer.close();
    expect(await readAll(disk)).toEqual(oracle);
    expect(disk.openFiles).toBe(0);
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.constantFrom(64, 256, 1 << 20), run), { numRuns: 150 });
});
