import { expect, test } from 'vitest';
import { realScheduler } from '../base/scheduler.ts';
import { Chunk, cut } from '../core/chunk.ts';
import type { Stage } from '../core/stage.ts';
import type { Capture, Section } from '../core/state.ts';
import { NO_ORIGIN } from '../runtime/junctions.ts';
import { FaultyStage } from './faulty-stage.ts';
import type { StageOfPlan } from './stage-fleet.ts';
import { stagePromises } from './stage-promises.ts';

type Spoil = (stage: FaultyStage) => void;

const empty: Capture = { write: () => Promise.resolve(), drop() {} };
const failing = (): never => {
  throw new RangeError('something failed');
};
const swallowed = (call: () => void | Promise<void>, then: () => void): void | Promise<void> => {
  try {
    return call();
  } catch {
    return then();
  }
};

/** One fault or more for every promise; the kit must see each. */
const sabotage: [id: string, what: string, spoil: Spoil][] = [];
function fault(...of: [id: string, what: string, spoil: Spoil]): void {
  sabotage.push(of);
}

fault('T1', 'the last record of each chunk lost', (stage) => {
  stage.emit = (output, { values, origin, ...lineage }) =>
    stage.context.emit(output, new Chunk(values.slice(0, -1), origin, lineage, lineage.control));
});
fault('T1', 'records emitted twice', (stage) => {
  stage.emit = (output, chunk) => {
    stage.context.emit(output, chunk);
    if (chunk.values.length > 0) stage.context.emit(output, new Chunk(chunk.values, chunk.origin, chunk));
  };
});
fault('T1', 'keys left behind', (stage) => {
  stage.emit = (output, { values, origin, rows, paths, times, control }) =>
    stage.context.emit(output, new Chunk(values, origin, { rows, paths, times }, control));
});
fault('T2', 'emitted outside of a call', (stage) => {
  stage.emit = (output, chunk) => queueMicrotask(() => stage.context.emit(output, chunk));
});
fault('T2', 'a barrier in a chunk', (stage) => {
  stage.barrier = (n) => {
    const capture = stage.good.barrier(n);
    stage.context.emit(stage.outputs[0]!, new Chunk([], NO_ORIGIN, {}, { barrier: n }));
    return capture;
  };
});
fault('T3', 'what nobody comes for is dropped', (stage) => {
  let rest: (() => void)[] = [];
  stage.emit = (output, { values, origin, ...lineage }) => {
    const half = (from: number, to: number): Chunk =>
      new Chunk(values.slice(from, to), origin, cut(new Chunk(values, origin, lineage), from, to));
    if (values.length < 2) return stage.context.emit(output, new Chunk(values, origin, lineage, lineage.control));
    stage.context.emit(output, half(0, 1));
    rest.push(() => stage.context.emit(output, half(1, values.length)));
    realScheduler().soon(() => {
      rest = [];
    });
    return stage.context.wake();
  };
  stage.advance = (nowMs) => {
    for (const give of rest.splice(0)) give();
    return stage.good.advance(nowMs);
  };
});
fault('T4', 'a watermark that runs ahead', (stage) => {
  stage.watermark = (input, ms) => stage.good.watermark(input, ms + 100);
});
fault('T4', 'watermarks kept', (stage) => {
  stage.emit = (output, { values, origin, ...lineage }) => stage.context.emit(output, new Chunk(values, origin, lineage));
});
fault('T4', 'a watermark that goes back', (stage) => {
  stage.watermark = (_input, ms) =>
    stage.context.emit(stage.outputs[0]!, new Chunk([], NO_ORIGIN, {}, { watermark: ms === 40 ? 40 : ms - 100 }));
});
fault('T5', 'an idle input that holds back the others', (stage) => {
  stage.idle = () => {};
});
fault('T5', 'the greatest watermark instead of the least', (stage) => {
  stage.watermark = async (_input, ms) => {
    for (const input of stage.inputs) await stage.good.watermark(input, ms);
  };
});
fault('T6', 'something emitted by barrier()', (stage) => {
  stage.barrier = (n) => {
    const capture = stage.good.barrier(n);
    stage.context.emit(stage.outputs[0]!, new Chunk([], NO_ORIGIN, {}, { watermark: n }));
    return capture;
  };
});
fault('T6', 'a barrier with a promise', (stage) => {
  stage.barrier = (n) => Promise.resolve(stage.good.barrier(n)) as never;
});
fault('T6', 'what comes behind a barrier lost', (stage) => {
  let isBehind = false;
  stage.barrier = (n) => {
    isBehind = true;
    return stage.good.barrier(n);
  };
  stage.process = (input, chunk) => {
    const lost = isBehind;
    isBehind = false;
    return lost ? undefined : stage.good.process(input, chunk);
  };
});
fault('T7', 'pending records left out', (stage) => {
  stage.section = (section) => (section.cell === 'pending' ? undefined : section);
});
fault('T7', 'state taken when it is written', (stage) => {
  let newest: Capture;
  let isWritten: Promise<[Section, Uint8Array][]> | undefined;
  const write = async (): Promise<[Section, Uint8Array][]> => {
    const sections: [Section, Uint8Array][] = [];
    await newest.write({ section: (section, bytes) => void sections.push([section, bytes]) });
    return sections;
  };
  stage.barrier = (n) => {
    newest = stage.good.barrier(n);
    return {
      async write(to) {
        for (const [section, bytes] of await (isWritten ??= write())) await to.section(section, bytes);
      },
      drop() {},
    };
  };
});
fault('T7', 'state forgotten at the start', (stage) => {
  stage.restored = () => undefined;
});
fault('T8', 'state by key in one piece', (stage) => {
  stage.section = (section) => ({ ...section, scope: { kind: 'one' } });
});
fault('T8', 'groups of another copy', (stage) => {
  stage.section = ({ scope, ...section }) => ({
    ...section,
    scope: scope.kind === 'group' ? { kind: 'group', group: 127 - scope.group } : scope,
  });
});
fault('T9', 'the state of every second group lost', (stage) => {
  stage.restored = (all) =>
    all && {
      list: () => all.list().filter(({ scope }) => scope.kind !== 'group' || scope.group % 2 === 0),
      read: (section) => all.read(section),
    };
});
fault('T10', 'nothing taken any more after a checkpoint was given up', (stage) => {
  stage.aborted = () => {
    stage.process = () => {};
  };
});
fault('T10', 'an error where a capture is dropped', (stage) => {
  stage.captured = (capture) => ({ write: (to) => capture.write(to), drop: failing });
});
fault('T11', 'windows closed by a stop', (stage) => {
  stage.stop = async () => {
    for (const input of stage.inputs) await stage.good.end(input);
  };
});
fault('T11', 'nothing kept by a stop', (stage) => {
  stage.closing = () => empty;
});
fault('T12', 'an end that does not wait', (stage) => {
  stage.end = (input) => void stage.good.end(input);
});
fault('T13', 'an abort that nobody hears', (stage) => {
  stage.abort = () => {};
});
fault('T14', 'errors swallowed', (stage) => {
  stage.process = (input, chunk) =>
    swallowed(
      () => stage.good.process(input, chunk),
      () => {},
    );
  stage.watermark = () => {};
  stage.end = () => {};
});
fault('T14', 'an error without a name', (stage) => {
  stage.process = (input, chunk) => swallowed(() => stage.good.process(input, chunk), failing);
});
fault('T15', 'dead letters lost', (stage) => {
  stage.emit = (output, chunk) => (output === 'dead letters' ? undefined : stage.context.emit(output, chunk));
});
fault('T15', 'dead letters that come behind the barrier', (stage) => {
  const kept: Chunk[] = [];
  stage.emit = (output, chunk) => (output === 'dead letters' ? void kept.push(chunk) : stage.context.emit(output, chunk));
  stage.end = async (input) => {
    for (const chunk of kept) stage.context.emit('dead letters', chunk);
    await stage.good.end(input);
  };
});

fault('T16', 'time that begins anew', (stage) => {
  stage.section = (section) => (section.cell === 'watermark' ? undefined : section);
});

const promises = stagePromises();

test.each(sabotage)('%s sees %s', async (id, _fault, spoil) => {
  const make = (of: StageOfPlan): { readonly stage: Stage } => {
    const stage = new FaultyStage(of);
    spoil(stage);
    return { stage };
  };
  const promised = promises.find((one) => one.id === id);
  await expect(promised!.check(() => make, 300)).rejects.toThrow();
});

test('a stage without a fault passes through the same hands', async () => {
  for (const promised of promises) await promised.check(() => (of) => ({ stage: new FaultyStage(of) }), 2000);
}, 60_000);

test('every promise has a fault that breaks it', () => {
  expect(promises.map(({ id }) => id).filter((id) => !sabotage.some(([broken]) => broken === id))).toEqual([]);
});
