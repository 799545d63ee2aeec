import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const OURS = dirname(import.meta.dirname);

/** `parse (shop.ts:12:3)`: the innermost frame in the user's own code; in a package of theirs where there is no other. */
export function userFrame(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined;
  const frames = error.stack.split('\n').flatMap((line) => frameOf(line) ?? []);
  const theirs = frames.filter(({ path }) => !path.startsWith(OURS));
  const frame = theirs.find(({ path }) => !/[/\\]node_modules[/\\]/.test(path)) ?? theirs[0];
  if (frame === undefined) return undefined;
  const place = `${shortPath(frame.path)}:${frame.line}`;
  return frame.name === undefined ? place : `${frame.name} (${place})`;
}

/** A path as the user would type it here. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}

interface Frame {
  readonly name: string | undefined;
  readonly path: string;
  readonly line: string;
}

function frameOf(text: string): Frame | undefined {
  // Generated loops say where they were made; that is our line, not the user's.
  if (!/^\s+at /.test(text) || text.includes('eval at ')) return undefined;
  const parts = /^\s+at (?:(.+) \()?(?:async )?((?:file:\/\/)?[/\\A-Za-z].*?):(\d+:\d+)\)?$/.exec(text);
  if (parts === null || parts[2]!.startsWith('node:')) return undefined;
  const [, name, place, line] = parts;
  return { name, path: place!.startsWith('file://') ? fileURLToPath(place!) : place!, line: line! };
}
