// The beginning of a thread that reads units of a file. It does nothing else until it is ended.
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { PartModule } from '../../core/format.ts';
import { Board } from './threads-board.ts';
import { type Grid, type ThreadSetup, UnitReader } from './threads-unit.ts';

const setup = workerData as ThreadSetup;
const module = (await import(setup.module)) as PartModule;
const reader = new UnitReader(setup, module, (into, position) => readSync(setup.descriptor, into, 0, into.length, position));
const board = new Board(setup.board);
parentPort!.once('message', (grid: Grid) => {
  for (;;) {
    const answer = reader.unit(board.wait(), grid, board.rows);
    parentPort!.postMessage(answer, [...answer.memories]);
  }
});
