import type { Fault, Suite } from './faults.ts';

const log: Suite = { files: ['src/log/log-crash.test.ts'] };
const partition: Suite = { files: ['src/log/partition-writer.test.ts'] };
const limits: Suite = { files: ['tests/faults/file-limit.test.ts'], tests: 'a topic' };
const topics: Suite = { files: ['src/connectors/topics/kept-topics.test.ts'] };
const arbiters: Suite = { files: ['src/runtime/arbiter.test.ts'] };
const redrives: Suite = { files: ['src/runtime/redrive/redrive.test.ts'] };
const checkpoints: Suite = { files: ['src/runtime/checkpointer.test.ts'] };
const stores: Suite = { files: ['src/state/store/log-store.test.ts'] };
const databases: Suite = { files: ['tests/sqlite/commits.test.ts'] };

const captures: Suite = { files: ['src/runtime/incremental-captures.test.ts'], tests: 'any history|many restarts' };
const failedSyncs: Suite = { files: ['src/state/store/log-store-faults.test.ts'], tests: 'sync failed' };
const states: Suite = { files: ['src/runtime/keyed-states.test.ts'] };

/** Faults of what is kept on a disk. */
export const diskFaults: readonly Fault[] = [
  {
    name: 'asleep at the barrier',
    what: 'A state that sleeps at a barrier and is asked for before the capture is written is left out of it.',
    file: 'src/runtime/sleeping-group.ts',
    instead: 'else if (next < 0 && given[-next]! > epoch)',
    write: 'else if (next < 0 && given[-next]! > epoch && false)',
    suite: captures,
  },
  {
    name: 'gone in its sleep',
    what: 'A state that is taken away while it sleeps is in the checkpoint again, since the bytes it came as are.',
    file: 'src/runtime/keyed-states.ts',
    instead: 'this.#sleeping?.take(at - 1, this.#epoch) !== undefined) this.#written.gone.set(at, this.#epoch);',
    write: 'this.#sleeping?.take(at - 1, this.#epoch) !== undefined) return;',
    suite: captures,
  },
  {
    name: 'copied part dropped',
    what: 'Changes that a checkpoint brought are left out when later ones take their place.',
    file: 'src/runtime/written-parts.ts',
    instead: 'if (parts[keeps]?.epoch === COPIED) return ANEW;',
    write: '',
    suite: captures,
  },
  {
    name: 'opening without a sync',
    what: 'What a killed process has written and not synced is built upon, though no dump says that it is safe.',
    file: 'src/state/store/log-recovery.ts',
    instead: 'if (end.isDumped === true && ',
    write: 'if (',
    suite: failedSyncs,
  },
  {
    name: 'later sections unread',
    what: 'Of a group that sleeps only the base counts, and not what has changed since.',
    file: 'src/runtime/sleeping-group.ts',
    instead: 'if (known >= 0) return;',
    write: 'if (known >= 0 || part > 0) return;',
    suite: states,
  },
  {
    name: 'seen before it is safe',
    what: 'Readers of a topic see records that a power cut can still take away.',
    file: 'src/log/partition-writer.ts',
    instead: 'await this.#active.sync();\n      this.#publisher.publish(this.#visible(true));\n    } else if',
    write: 'this.#publisher.publish(this.#visible(true));\n      await this.#active.sync();\n    } else if',
    suite: partition,
  },
  {
    name: 'position of a group',
    what: 'The later batches of appends that are written together say that they begin where the first does.',
    file: 'src/log/append-group.ts',
    instead: 'first += to - from;',
    write: '',
    suite: partition,
  },
  {
    name: 'limit taken for a fault',
    what: 'A log whose file may not grow further ends for good, as if nobody knew what is on the disk.',
    file: 'src/log/log-errors.ts',
    instead: "'EDQUOT', 'EFBIG');",
    write: "'EDQUOT');",
    suite: limits,
  },
  {
    name: 'torn tail accepted',
    what: 'Batches of a write that was cut off stay in the log behind what was acknowledged.',
    file: 'src/log/last-segment.ts',
    instead: 'return Math.min(end, unfinished(batches, findings.safe) ?? end);',
    write: 'return end;',
    suite: log,
  },
  {
    name: 'believes a failed sync',
    what: 'What the kernel takes for clean after a failed sync is not written again.',
    file: 'src/log/recovery.ts',
    instead: 'await rewrite(file, Math.min(from, end), end);',
    write: '',
    suite: log,
  },
  {
    name: 'retention too eager',
    what: 'Records are removed that the topic was told to keep.',
    file: 'src/log/retention.ts',
    instead: 'bytes > keep.bytes;',
    write: 'bytes > keep.bytes / 3;',
    suite: topics,
  },
  {
    name: 'arbiter not first',
    what: 'Other sinks commit a checkpoint that the database has not decided on.',
    file: 'src/runtime/checkpointer.ts',
    instead: 'for (const prepared of taking.prepared) if (prepared[0].isArbiter) await commit(prepared);',
    write: '',
    suite: arbiters,
  },
  {
    name: 'arbiter not asked',
    what: 'A start goes on from the newest checkpoint although the database has not committed it.',
    file: 'src/runtime/arbiter.ts',
    instead: 'await store.takeBack(newest.n);\n  return before;',
    write: 'return newest;',
    suite: arbiters,
  },
  {
    name: 'prepared twice',
    what: 'A sink that ends while the barrier goes into the sources gives two tokens for one checkpoint.',
    file: 'src/runtime/checkpointer.ts',
    instead: 'if (sink.hasEnded && sink.part.passed < taking.n) sink.prepareEnded(taking.n);\n        this.#look();',
    write: 'if (sink.hasEnded) sink.prepareEnded(taking.n);\n        this.#look();',
    suite: checkpoints,
  },
  {
    name: 'redrive forgotten',
    what: 'A run between two redrives forgets how far the letters have come, and they are sent in again.',
    file: 'src/runtime/checkpointer.ts',
    instead: '[...positions, ...this.#options.carried]',
    write: 'positions',
    suite: redrives,
  },
  {
    name: 'staged too soon',
    what: 'What a pipeline writes for a checkpoint can be read before it is committed.',
    file: 'src/connectors/topics/kept-topics.ts',
    instead: "context.checkpoints === true && topic.visible === 'atCommit' ? openAtCommit : openAtOnce",
    write: 'context.checkpoints === true ? openAtOnce : openAtOnce',
    suite: topics,
  },
  {
    name: 'number not with the rows',
    what: 'A database has the rows of a checkpoint without its number.',
    file: 'src/connectors/sqlite/arbiter-writer.ts',
    instead: 'for (const { rows } of due) if (rows !== undefined) await this.#putAll(rows);\n        commits.write(checkpoint, at);',
    write:
      "for (const { rows } of due) if (rows !== undefined) await this.#putAll(rows);\n        await patiently(patience, () => database.exec('commit; begin immediate'));\n        throw new Error('it died here');",
    suite: databases,
  },
  {
    name: 'store without a sync',
    what: 'A transaction of the state store is said to be on the disk before it is.',
    file: 'src/state/store/log-store.ts',
    instead: 'await this.#orBroken(() => this.#file.sync());',
    write: '',
    suite: stores,
  },
];
