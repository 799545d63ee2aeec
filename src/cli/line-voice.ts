import type { Timer, World } from '../core/world.ts';
import type { Run } from '../runtime/runtime.ts';
import { Pace } from './pace.ts';
import { FINISHED_BEFORE, sayWhenSlow, type Voice } from './voice.ts';

const EVERY_MS = 1000;

/** One JSON object a line: `metrics` once a second, and at the end a `report` or a `failure`. docs/cli.md has the schema. */
export function lineVoice(world: World, write: (line: string) => void, withStack: boolean): Voice {
  const { clock, scheduler } = world;
  const pace = new Pace();
  let timer: Timer | undefined;
  const say = (type: string, parts: object): void =>
    write(`${JSON.stringify({ type, at: new Date(clock.now()).toISOString(), ...parts })}\n`);
  function speak(running: Run, dueMs: number): void {
    timer = scheduler.after(dueMs - clock.monotonic(), () => {
      const metrics = running.metrics();
      pace.add(metrics);
      const { pipeline, ms, operators, ...rest } = metrics;
      const now = pace.of();
      say('metrics', { pipeline, ms, ...rest, inPerSecond: now.in, outPerSecond: now.out, rssBytes: process.memoryUsage.rss(), operators });
      // In a fixed grid, so that lines of an hour are an hour; moments missed while the loop was busy are left out.
      const next = dueMs + EVERY_MS;
      speak(running, Math.max(next, clock.monotonic()));
    });
  }
  return {
    whileLoading: (file, load) => sayWhenSlow(scheduler, () => say('loading', { file }), load),
    began(running) {
      const { pipeline, checkpoint } = running.metrics();
      if (running.health().state !== 'done' && checkpoint !== undefined && checkpoint.from > 0)
        say('resumed', { pipeline, from: checkpoint.from });
      speak(running, clock.monotonic() + EVERY_MS);
    },
    stopping: (signal) => say('stopping', { signal }),
    gaveUp(signal) {
      timer?.cancel();
      say('failure', { code: 'HR_STOPPED_AT_ONCE', message: `a second ${signal} ended the run at once; records in flight are lost` });
    },
    ended(report, { checkpoint }) {
      timer?.cancel();
      const kept = checkpoint === undefined ? {} : { checkpoint };
      const note = report.ended === 'before' ? { note: FINISHED_BEFORE } : {};
      say('report', { ...report, ...kept, rssBytes: process.memoryUsage.rss(), ...note });
    },
    failed(failure) {
      timer?.cancel();
      const { stack, ...parts } = failure;
      say('failure', withStack ? { ...parts, stack } : parts);
    },
  };
}
