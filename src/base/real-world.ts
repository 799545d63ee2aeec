import type { World } from '../core/world.ts';
import { realClock } from './clock.ts';
import { realFiles } from './files.ts';
import { realSyncFiles } from './files-sync.ts';
import { realRandom, type SeededRandom } from './random.ts';
import { realScheduler } from './scheduler.ts';

/** This machine: its clock, its timers, its disks, and random numbers whose seed can be printed. */
export function realWorld(): World & { readonly random: SeededRandom } {
  return { clock: realClock, scheduler: realScheduler(), random: realRandom(), files: realFiles, syncFiles: realSyncFiles };
}
