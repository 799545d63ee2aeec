import { expect, test } from 'vitest';
import { virtualWorld } from '../base/virtual-world.ts';
import { each } from '../connectors/values/each.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import { tumblingCount } from '../windows/count.ts';
import type { Source } from '../core/source.ts';
import { embedded } from './embedded.ts';

const TEXT = 'x'.repeat(4096);

/** Without an end, sixteen values a read. */
const texts: Source<string> = {
  kind: 'texts',
  id: 'texts',
  partitions: () => [0],
  open(_partition, resume) {
    let next = typeof resume === 'number' ? resume : 0;
    return {
      read() {
        const first = next;
        next += 16;
        return { values: Array.from({ length: 16 }, (_, i) => `${first + i} ${TEXT}`), positions: { first }, resume: next };
      },
      close() {},
    };
  },
};

test('windows that hold all memory end the run, also when a call was under way while the source asked', async () => {
  const world = virtualWorld();
  const made = pipeline('full');
  const all = made.from(texts);
  all
    .window('all', tumblingCount(1_000_000))
    .toArray()
    .to(
      each(() => {}),
      { name: 'windows' },
    );
  const slowly = all.mapAsync(
    async () => {
      await new Promise<void>((go) => void world.scheduler.after(50, go));
      return 0;
    },
    { concurrency: 4 },
  );
  slowly.to(
    each(() => {}),
    { name: 'calls' },
  );
  const running = await embedded({ world, memory: '256KiB', chunk: 16 }).start(made, {});
  await expect(world.until(running.done, 60_000)).rejects.toMatchObject({ code: 'HR_MEMORY_FULL' });
  expect(world.clock.pendingTimers).toBe(0);
});
