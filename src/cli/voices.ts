import { styleText } from 'node:util';
import type { World } from '../core/world.ts';
import { failureText } from './failure.ts';
import { lineVoice } from './line-voice.ts';
import { panelVoice } from './panel-voice.ts';
import type { RunWish } from './usage.ts';
import type { Voice } from './voice.ts';

/** The panel on a terminal that can move its cursor, JSON lines elsewhere. */
export function voiceFor(wish: RunWish, world: World, withStack: boolean): Voice {
  const { stderr, stdout } = process;
  if (wish.json) return lineVoice(world, (line) => stderr.write(line), withStack);
  if (wish.quiet) return quietVoice((text) => stderr.write(text), withStack);
  if (!stderr.isTTY || process.env['TERM'] === 'dumb') return lineVoice(world, (line) => stderr.write(line), withStack);
  return panelVoice({
    world,
    screen: stderr,
    // Output of the user that lands on the same screen; what goes to a file or a pipe disturbs nobody.
    others: stdout.isTTY ? [stdout, stderr] : [stderr],
    paint: (style, text) => styleText(style, text, { stream: stderr }),
    rssBytes: () => process.memoryUsage.rss(),
    withStack,
  });
}

function quietVoice(say: (text: string) => void, withStack: boolean): Voice {
  return {
    whileLoading: (_file, load) => load(),
    began() {},
    stopping() {},
    gaveUp() {},
    ended() {},
    failed: (failure) => say(failureText(failure, withStack)),
  };
}
