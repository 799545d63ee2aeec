// AssemblyScript to TypeScript modules that hold the WebAssembly: `node scripts/wasm.ts`; with --check it only compares.
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, root } from './command.ts';

/**
 * No runtime: no heap, no garbage, nothing imported but the memory. Whoever makes an instance says what lies where, from
 * byte 65,536 on; what stands before belongs to constants of the source.
 */
const FLAGS = ['--runtime', 'stub', '--importMemory', '--use', 'abort=', '-O3', '--converge', '--noAssert', '--enable', 'simd'];
const SOURCES = 'assembly';
const MODULES = 'src/codecs/wasm';
const LETTERS = 160;

/** `assembly/<name>.ts` and everything in `assembly/<name>/`, with what all share, become `src/codecs/wasm/<name>-wasm.ts`. */
export interface WasmEntry {
  readonly name: string;
  readonly source: string;
  readonly module: string;
}

export function wasmEntries(): readonly WasmEntry[] {
  return globSync(`${SOURCES}/*.ts`, { cwd: root })
    .sort()
    .map((source) => {
      const name = source.slice(SOURCES.length + 1, -'.ts'.length);
      return { name, source, module: `${MODULES}/${name}-wasm.ts` };
    });
}

/** Names everything the bytes depend on: the sources, how they are compiled, and by which compiler. */
function fingerprint({ name, source }: WasmEntry): string {
  const hash = createHash('sha256');
  hash.update(readFileSync(join(root, 'node_modules/assemblyscript/package.json'), 'utf8').match(/"version": "[^"]+"/)?.[0] ?? '');
  hash.update(FLAGS.join(' '));
  for (const file of [source, ...globSync(`${SOURCES}/{${name},shared}/**/*.ts`, { cwd: root }).sort()])
    hash.update(`${file.replaceAll('\\', '/')}\n${readFileSync(join(root, file), 'utf8').replaceAll('\r\n', '\n')}`);
  return hash.digest('hex');
}

/** The text of the module as it should be. */
export async function wasmModuleText(entry: WasmEntry): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-wasm-'));
  try {
    const out = join(folder, 'out.wasm');
    const { exit, stdout, stderr } = await command('asc', [entry.source, '--outFile', out, ...FLAGS]);
    if (exit !== 0) throw new Error(`asc cannot compile ${entry.source}:\n${stdout}${stderr}`);
    const base64 = readFileSync(out).toString('base64');
    const lines = base64.match(new RegExp(`.{1,${LETTERS}}`, 'g')) ?? [];
    return [
      `// Written by scripts/wasm.ts from ${entry.source}. Do not edit.`,
      "import type { WasmCode } from './host.ts';",
      '',
      `export const ${entry.name.toUpperCase()}_WASM: WasmCode = {`,
      `  source: '${fingerprint(entry)}',`,
      '  base64:',
      `${lines.map((line) => `    '${line}'`).join(' +\n')},`,
      '};',
      '',
    ].join('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is there now; empty where there is nothing. */
export function wasmModuleNow(entry: WasmEntry): string {
  const path = join(root, entry.module);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

async function main(onlyCompare: boolean): Promise<void> {
  for (const entry of wasmEntries()) {
    const now = wasmModuleNow(entry);
    if (!onlyCompare && now.includes(`'${fingerprint(entry)}'`)) continue;
    const text = await wasmModuleText(entry);
    if (text === now) continue;
    if (onlyCompare) {
      console.log(`${entry.module} is not what ${entry.source} compiles to: run node scripts/wasm.ts`);
      process.exitCode = 1;
    } else {
      writeFileSync(join(root, entry.module), text);
      console.log(`${entry.module} written`);
    }
  }
}

if (import.meta.main) await main(process.argv.includes('--check'));
