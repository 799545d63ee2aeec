import type { Files, World } from '../../core/world.ts';

/** Where the tests of files read and write. */
export const PATH = '/in.txt';

/** Some records of different lengths. */
export const records: readonly { readonly i: number; readonly name: string }[] = Array.from({ length: 40 }, (_, i) => ({
  i,
  name: 'x'.repeat((i * 7) % 50),
}));

export async function put({ files }: Pick<World, 'files'>, content: string | Uint8Array, path: string = PATH): Promise<void> {
  const file = await files.open(path, 'create');
  await file.write(typeof content === 'string' ? new TextEncoder().encode(content) : content, 0);
  await file.close();
}

export async function read({ files }: Pick<World, 'files'>, path: string = PATH): Promise<string> {
  const file = await files.open(path, 'read');
  const content = new Uint8Array(await file.size());
  await file.read(content, 0);
  await file.close();
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(content);
}

/** A disk that fails from some moment on. */
export function failingFiles(files: Files, code: string, when: 'read' | 'write' | 'sync'): Files {
  const fail = (): Promise<never> => Promise.reject(Object.assign(new Error(`${code}: it failed`), { code }));
  return over(files, {
    async open(path, mode) {
      const file = await files.open(path, mode);
      // What is read before the first line is fine: the size, the mark, the first block.
      const read = (into: Uint8Array, position: number): Promise<number> => (position === 0 ? file.read(into, 0) : fail());
      return over(file, when === 'read' ? { read } : { [when]: fail });
    },
  });
}

/** An object with some of its methods replaced. */
export function over<T extends object>(object: T, changes: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      const member: unknown = Reflect.get(name in changes ? changes : target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
