// Sources to JavaScript and declarations, into a clean dist: `npm run build`.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { command, root } from './command.ts';

const wasm = await command('node', ['scripts/wasm.ts']);
process.stderr.write(wasm.stdout + wasm.stderr);
rmSync(join(root, 'dist'), { recursive: true, force: true });
const { exit, stdout, stderr } = await command('tsc', ['-p', 'tsconfig.build.json']);
process.stderr.write(stdout + stderr);
process.exitCode = exit === 0 && wasm.exit === 0 ? 0 : 1;
