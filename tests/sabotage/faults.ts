import { aggregateFaults } from './aggregate-faults.ts';
import { columnFaults } from './column-faults.ts';
import { diskFaults } from './disk-faults.ts';
import { enrichFaults } from './enrich-faults.ts';
import { fileFaults } from './file-faults.ts';
import { processFaults } from './process-faults.ts';
import { sinkFaults } from './sink-faults.ts';
import { sliceFaults } from './slice-faults.ts';
import { storedFaults } from './stored-faults.ts';
import { timeFaults } from './time-faults.ts';
import { windowFaults } from './window-faults.ts';

/** One fault: a piece of a source file, what takes its place, and the suite that must not let it pass. */
export interface Fault {
  readonly name: string;
  /** What is wrong with a product that has it. */
  readonly what: string;
  readonly file: string;
  /** Stands exactly once in the file; when the code has changed, so must the fault. */
  readonly instead: string;
  readonly write: string;
  readonly suite: Suite;
}

/** Test files, and which of their tests; the smallest that must see the fault. */
export interface Suite {
  readonly files: readonly string[];
  readonly tests?: string;
}

const powerCuts: Suite = { files: ['tests/crash/power-cut.test.ts'] };
const fileSinks: Suite = { files: ['src/connectors/files/two-phase-writer.test.ts'] };
const stages: Suite = { files: ['tests/stages/stages.test.ts'] };
const property: Suite = { files: ['tests/property/property.test.ts'], tests: 'a random pipeline does what the interpreter says' };
const rows: Suite = { files: ['tests/property/rows.test.ts'], tests: 'a random pipeline over columns' };
const refusedRecords: Suite = { files: ['src/runtime/refused-records.test.ts'], tests: 'refused|stop' };
const staging: Suite = { files: ['src/log/staging.test.ts'] };
const kills: Suite = { files: ['tests/crash/kept.test.ts'] };
const three: Suite = { files: ['tests/processes/three.test.ts'] };
const remote: Suite = { files: ['src/runtime/remote/remote-failures.test.ts'] };

const units: Suite = { files: ['src/connectors/files/threads-records.test.ts'] };

export const faults: readonly Fault[] = [
  {
    name: 'offsets before the sink',
    what: 'A checkpoint with the positions is written before the sinks have prepared what was read.',
    file: 'src/runtime/checkpointer.ts',
    instead: '!this.#run.parts.every(isPast) || taking.prepared.size < this.#run.sinks.length) return;',
    write: '!this.#run.parts.every(isPast)) return;',
    suite: powerCuts,
  },
  {
    name: 'commit not idempotent',
    what: 'A token that is committed a second time writes its records a second time.',
    file: 'src/connectors/files/prepared-files.ts',
    instead: 'if (last < number) await this.mark(path, index, number);',
    write: `if (last < number) await this.mark(path, index, number);
    else {
      const [target, again] = [number, number + 50_000_000].map((its) => targetOf({ path, index, number: its, folder: '' }));
      const [from, to] = [await this.#files.open(target, 'read'), await this.#files.open(again, 'create')];
      const content = new Uint8Array(files[0].bytes);
      await from.read(content, 0);
      await to.write(content, 0);
      await to.sync();
      await from.close();
      await to.close();
    }`,
    suite: powerCuts,
  },
  {
    name: 'snapshot at the sink',
    what: 'State is captured when the barrier has come to the sinks, and not when it passes the operator.',
    file: 'src/runtime/fused.ts',
    instead: 'this.#host.passed(this.#part, chunk.control.barrier, this.#captures());',
    write: `this.#host.passed(this.#part, chunk.control.barrier, [
          {
            write: async (to) => {
              for (const late of this.#captures()) await late.write(to);
            },
            drop() {},
          },
        ]);`,
    suite: powerCuts,
  },
  {
    name: 'late barrier',
    what: 'Where streams meet, records behind the barrier of one stream overtake the barrier of the other.',
    file: 'src/runtime/junctions.ts',
    instead: 'if (port.barrier !== undefined) return port.hold(chunk);',
    write: '',
    suite: powerCuts,
  },
  {
    name: 'stale key group',
    what: 'The state of one key is kept under the group of another, so its new owner does not get it.',
    file: 'src/runtime/state-writing.ts',
    instead: 'of(group).ids.push(at);',
    write: 'of(at === 1 ? ([...next.keys()].find((other) => other !== group) ?? group) : group).ids.push(at);',
    suite: stages,
  },
  {
    name: 'duplicate replay',
    what: 'A file is read on one record too early.',
    file: 'src/connectors/files/line-records.ts',
    instead: 'toldTo = cutter.position;',
    write: 'toldTo = cutter.lineAt;',
    suite: powerCuts,
  },
  {
    name: 'pending left out',
    what: 'Records that wait for an asynchronous answer are not in the checkpoint.',
    file: 'src/runtime/station-inlet.ts',
    instead: 'pendingBytes([...this.#station.pending!(), ...atTheDoor], this.#codec, this.#host)',
    write: 'pendingBytes([...this.#station.pending!(), ...atTheDoor].slice(0, 0), this.#codec, this.#host)',
    suite: powerCuts,
  },
  {
    name: 'leftovers kept',
    what: 'A sink leaves on the disk what a killed process wrote and never committed.',
    file: 'src/connectors/files/two-phase-writer.ts',
    instead: 'await prepared.removeLeftovers(place);',
    write: '',
    suite: fileSinks,
  },
  {
    name: 'siblings lost',
    what: 'With a child that fails, the children of the same record behind it are dropped.',
    file: 'src/runtime/generated-loop.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a template.
    instead: 'break outer;\n            i${down}++;',
    write: 'break outer;\n            break;',
    suite: property,
  },
  {
    name: 'fingerprint ignored',
    what: 'A worker runs another plan than its host has.',
    file: 'src/runtime/remote/serve-stage.ts',
    instead: 'if (plan.fingerprint !== start.fingerprint) throw planDiffers(where, start.module);',
    write: '',
    suite: remote,
  },
  {
    name: 'topic commit skipped',
    what: 'A start does not finish what a checkpoint has committed to a topic, and removes it as left behind.',
    file: 'src/connectors/topics/write-at-commit.ts',
    instead: 'await commit(committed);',
    write: '',
    suite: kills,
  },
  {
    name: 'topic commit twice',
    what: 'A transaction that is in the log, and whose staged file a killed process had no time to remove, is committed again.',
    file: 'src/log/recovery.ts',
    instead: 'await removeCommitted(files, folder, findings.origins);',
    write: '',
    suite: staging,
  },
  {
    name: 'staged file forgotten',
    what: 'A checkpoint has the tokens of all partitions of a topic but one.',
    file: 'src/connectors/topics/write-at-commit.ts',
    instead: '[...done].map(async ([partition, part])',
    write: '[...done].slice(1).map(async ([partition, part])',
    suite: kills,
  },
  {
    name: 'second process twice',
    what: 'What is staged for a topic comes into the log twice.',
    file: 'src/log/partition-writer.ts',
    instead: 'await this.#orTakeBack(() => copyStaged(staged, token, this.#active, clock.now()));',
    write: 'for (const _time of [1, 2]) await this.#orTakeBack(() => copyStaged(staged, token, this.#active, clock.now()));',
    suite: three,
  },
  {
    name: 'number apart from rows',
    what: 'The number of the checkpoint comes into the database in a transaction of its own, behind that of the rows.',
    file: 'src/connectors/sqlite/arbiter-writer.ts',
    instead: `commits.write(checkpoint, at);
      }
      await patiently(patience, () => database.exec('commit'));`,
    write: `}
      await patiently(patience, () => database.exec('commit'));
      commits.write(checkpoint, at);`,
    suite: kills,
  },
  {
    name: 'before the arbiter',
    what: 'Other sinks commit a checkpoint that the database has not decided yet.',
    file: 'src/runtime/checkpointer.ts',
    instead: 'for (const prepared of taking.prepared) if (prepared[0].isArbiter) await commit(prepared);',
    write: 'for (const prepared of [...taking.prepared].reverse()) if (!prepared[0].isArbiter || true) await commit(prepared);',
    suite: kills,
  },
  {
    name: 'letters sent in twice',
    what: 'A redrive that is asked for again begins with the first letter that is kept.',
    file: 'src/runtime/redrive/redrive.ts',
    instead: "const from = Math.max(first, typeof kept === 'number' ? kept : 0);",
    write: 'const from = Math.max(first, kept === null ? 1 : 0);',
    suite: kills,
  },
  {
    name: 'nulls taken for values',
    what: 'A generated loop reads what stands in a column where a row has nothing.',
    file: 'src/runtime/column-shape.ts',
    instead: "${this.#hasNulls[at] ? `u${at}[${i}] === 1 ? null : ` : ''}${entry(",
    write: '${entry(',
    suite: rows,
  },
  {
    name: 'records behind a bad line',
    what: 'With stop, records that stand behind a refused one in its read go on.',
    file: 'src/runtime/intake.ts',
    instead: 'if (this.#refuse(one)) return slice(chunk, 0, Math.min(chunk.length, one.before));',
    write: 'if (this.#refuse(one)) return chunk;',
    suite: refusedRecords,
  },
  {
    name: 'a split inside quotes',
    what: 'Whether a part of a file that a thread has read begins where the part before it ends is not looked at.',
    file: 'src/connectors/files/threads-records.ts',
    instead: 'if (begun.at !== at.byte) {',
    write: 'if (begun.at < 0) {',
    suite: units,
  },
  {
    name: 'quotes not counted',
    what: 'Threads take every part of a file to begin outside of quotes, so most of it is read a second time.',
    file: 'src/connectors/files/threads-unit.ts',
    instead: 'this.#quotes.pass(unit, isOdd) !== (turns % 2 === 1)',
    write: 'this.#quotes.pass(unit, isOdd) && false',
    suite: units,
  },
  ...aggregateFaults,
  ...columnFaults,
  ...enrichFaults,
  ...fileFaults,
  ...diskFaults,
  ...storedFaults,
  ...sinkFaults,
  ...processFaults,
  ...windowFaults,
  ...sliceFaults,
  ...timeFaults,
];
