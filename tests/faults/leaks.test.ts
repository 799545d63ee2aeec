import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { virtualWorld } from '../../src/base/virtual-world.ts';
import { each, every, pipeline, type Run, values } from '../../src/index.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { guardRejections, keeping, upTo } from './rig.ts';

guardRejections();

const isFull = process.env['HEADRACE_TEST'] === 'full';
const PIPELINES = isFull ? 100_000 : 5000;
/** Per pipeline, after garbage collection. One that stayed would be kilobytes; what is left of 5,000 runs of the runner itself is about 100 each. */
const BYTES_EACH = 250;

const collectGarbage = (): void => (globalThis as unknown as { gc(): void }).gc();
function heap(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
/** The runner has a timer or two of its own that come and go. */
const RUNNERS = 3;
function handles(): { readonly resources: number; readonly listeners: number } {
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return { resources: process.getActiveResourcesInfo().length, listeners };
}

const numbers = upTo(20);

/** Runs of all endings in turn: to the end, stopped, aborted, failed, skipping. */
async function one(i: number, runtime: ReturnType<typeof embedded>, signal: AbortSignal): Promise<void> {
  const kind = i % 5;
  const made = pipeline(`p${i % 7}`, { onError: 'skip' });
  const stream = kind === 1 ? made.from(every('1ms')).map((tick) => tick.index) : made.from(values(numbers)).map((n) => n + 1);
  stream
    .mapAsync(async (n) => n, { concurrency: 2 })
    .batch(4)
    .map((batch) => batch.length, kind === 3 ? { onError: 'stop' } : {})
    .tap(
      (n) => {
        if (kind === 3) throw new Error('on purpose');
        return n;
      },
      kind === 3 ? { onError: 'stop' } : {},
    )
    .to(each(() => {}));
  const own = new AbortController();
  const running: Run = await runtime.start(made, { signal: kind === 2 ? own.signal : signal });
  if (kind === 1) await running.stop();
  if (kind === 2) own.abort(new Error('on purpose'));
  await running.done.catch((error: unknown) => {
    if (!String(error).includes('on purpose')) throw error as Error;
  });
  expect(getEventListeners(own.signal, 'abort')).toHaveLength(0);
}

test(
  `${PIPELINES.toLocaleString('en')} pipelines started and ended leave no timer, listener, handle or memory`,
  async () => {
    const runtime = embedded();
    const controller = new AbortController();
    for (let i = 0; i < 500; i++) await one(i, runtime, controller.signal);
    await new Promise((resolve) => setImmediate(resolve));
    const before = { heap: heap(), handles: handles() };
    for (let i = 0; i < PIPELINES; i++) await one(i, runtime, controller.signal);
    await new Promise((resolve) => setImmediate(resolve));
    expect(handles().listeners).toBe(before.handles.listeners);
    expect(handles().resources).toBeLessThanOrEqual(before.handles.resources + RUNNERS);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect((heap() - before.heap) / PIPELINES).toBeLessThan(BYTES_EACH);
  },
  isFull ? 280_000 : 20_000,
);

test('generated loops are given back with their pipelines', async () => {
  const runtime = embedded({ codegen: 'always' });
  const rounds = isFull ? 20_000 : 2000;
  const generated = async (): Promise<void> => {
    const running = await runtime.start(
      pipeline('generated')
        .from(values(numbers))
        .map((n) => n + 1)
        .filter((n) => n > 3)
        .to(each(() => {})),
      {},
    );
    await running.done;
  };
  for (let i = 0; i < 500; i++) await generated();
  const before = heap();
  for (let i = 0; i < rounds; i++) await generated();
  expect((heap() - before) / rounds).toBeLessThan(BYTES_EACH);
}, 60_000);

test('in virtual time no timer is left, whatever the ending', async () => {
  const world = virtualWorld();
  const runtime = embedded({ world });
  const controller = new AbortController();
  for (let i = 0; i < 200; i++) await world.until(one(i, runtime, controller.signal));
  expect(world.clock.pendingTimers).toBe(0);
});

test('this measure can fail: a pipeline that somebody keeps is seen', async () => {
  const kept: unknown[] = [];
  const runtime = embedded();
  const before = heap();
  for (let i = 0; i < 300; i++) {
    const running = await runtime.start(
      pipeline('kept')
        .from(values(numbers))
        .map((n) => n)
        .to(keeping()),
      {},
    );
    await running.done;
    kept.push(running);
  }
  expect((heap() - before) / 300).toBeGreaterThan(BYTES_EACH);
  expect(kept).toHaveLength(300);
});
