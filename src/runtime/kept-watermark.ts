import type { Control } from '../core/chunk.ts';
import type { Capture, Scope } from '../core/state.ts';
import type { RestoredPiece } from './flow-host.ts';

/** The piece of state that says how far time had come at an operator; time-sections.ts says whom it is about. */
export const WATERMARK = 'watermark';
const FORMAT = 'watermark/1';

/**
 * How far time has come at one operator that works by it. Whoever says so says it again after a restore, but records that
 * had no answer further up may arrive before that, and what was late must stay late.
 */
export class KeptWatermark {
  /** What was captured, to be heard before anything else. */
  readonly restored: number | undefined;
  #heard: number;
  readonly #scope: Scope;

  constructor(pieces: readonly RestoredPiece[], scope: Scope) {
    this.#scope = scope;
    const known = pieces.flatMap(({ cell, codec, bytes }) => (cell === WATERMARK && codec === FORMAT ? [numberOf(bytes)] : []));
    this.restored = known.length === 0 ? undefined : Math.min(...known);
    this.#heard = this.restored ?? Number.NEGATIVE_INFINITY;
  }

  hear(control: Control | undefined): void {
    if (control?.watermark !== undefined && control.watermark > this.#heard) this.#heard = control.watermark;
  }

  capture(operator: string): Capture {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, this.#heard, true);
    return {
      write: async (to) => {
        await to.section({ operator, cell: WATERMARK, scope: this.#scope, codec: FORMAT }, bytes);
      },
      drop() {},
    };
  }
}

function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
}
