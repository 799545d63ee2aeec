import type { Capture } from '../../core/state.ts';

/** Several captures as one. */
export function joined(captures: readonly Capture[]): Capture {
  return {
    async write(to) {
      for (const capture of captures) await capture.write(to);
    },
    drop() {
      for (const capture of captures) capture.drop();
    },
  };
}
