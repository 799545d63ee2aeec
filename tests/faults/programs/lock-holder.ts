// Takes the folder of a pipeline as a run does, says so, and keeps it until it is killed: as a process or as a thread.
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { realFiles } from '../../../src/base/files.ts';
import { lockFolder } from '../../../src/runtime/folder-lock.ts';

const said = await lockFolder(realFiles, isMainThread ? process.argv[2]! : String(workerData), 'one').then(
  () => 'held',
  (error: unknown) => String(error),
);
if (isMainThread) process.stdout.write(said);
else parentPort!.postMessage(said);
(isMainThread ? process.stdin : parentPort!).on(isMainThread ? 'data' : 'message', () => {});
