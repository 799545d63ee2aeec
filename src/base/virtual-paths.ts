/** The same few paths are asked for again and again. */
const known = new Map<string, readonly string[]>();
const MOST_KNOWN = 4096;

/** Only '/' parts names, and every path starts at the one root: 'a', '/a' and './a' are the same. */
export function partsOf(path: string): readonly string[] {
  let parts = known.get(path);
  if (parts === undefined) {
    if (known.size === MOST_KNOWN) known.clear();
    known.set(path, (parts = parted(path)));
  }
  return parts;
}

function parted(path: string): readonly string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts;
}

/** Is the path below the folder, by their names? */
export function isInside(path: string, folder: string): boolean {
  const outer = partsOf(folder);
  const inner = partsOf(path);
  return inner.length > outer.length && outer.every((name, i) => inner[i] === name);
}

const MEANING = {
  ENOENT: 'no such file or directory',
  EISDIR: 'illegal operation on a directory',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  EEXIST: 'file already exists',
  EBADF: 'bad file descriptor',
  EINVAL: 'invalid argument',
  EIO: 'i/o error',
  ENOSPC: 'no space left on device',
};

/** An error as Node gives it. */
export function failed(code: keyof typeof MEANING, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${MEANING[code]}, ${syscall} '${path}'`), { code, syscall, path });
}
