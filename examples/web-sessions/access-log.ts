import { Chance } from '../chance.ts';

const START = Date.UTC(2026, 5, 1, 8);
const PAGES = ['/', '/hats', '/caps', '/hats/red', '/basket', '/help'];

/** A morning of a small shop's access log, written by several servers and so not quite in order, with two damaged lines. */
export function accessLog(seed: number): string[] {
  const chance = new Chance(seed);
  const hits: { readonly writtenAt: number; readonly line: string }[] = [];
  for (const visitor of ['10.0.0.4', '10.0.0.9', '10.0.0.23', '10.0.0.7']) {
    for (let at = chance.below(3600); at < 3 * 3600; at += 2400 + chance.below(3600)) {
      const pages = 1 + chance.below(6);
      for (let page = 0; page < pages; page++) {
        const path = page === 0 ? '/' : chance.of(PAGES);
        const time = new Date(START + at * 1000).toISOString();
        hits.push({ writtenAt: at + chance.below(5), line: `${visitor} [${time}] "GET ${path} HTTP/1.1" 200 ${500 + chance.below(9000)}` });
        if (page < pages - 1) at += 10 + chance.below(240);
      }
    }
  }
  const lines = hits.sort((one, other) => one.writtenAt - other.writtenAt).map(({ line }) => line);
  lines.splice(7, 0, '10.0.0.9 [2026-06-01T08:3');
  lines.splice(20, 0, '\u0000\u0000\u0000');
  return lines;
}
