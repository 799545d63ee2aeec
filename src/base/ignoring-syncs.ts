import type { Files } from '../core/world.ts';
import { passing, passingFile } from './files-passing.ts';

/**
 * Files that forget to sync: of a file its content, of a folder its names. A test of what survives a power cut has to
 * fail on them, or it tests nothing.
 */
export function ignoringSyncs(files: Files, which: 'file' | 'folder'): Files {
  if (which === 'folder') return { ...passing(files), syncFolder: async () => {} };
  return passing(files, (file) => ({ ...passingFile(file), sync: async () => {} }));
}
