import type { Origin } from '../core/chunk.ts';
import { MixedOrigin } from '../core/mixed-origin.ts';

/** Of a chunk that is nothing but control. */
export const NOWHERE: Origin = new MixedOrigin([], new Int32Array(0), new Int32Array(0));
