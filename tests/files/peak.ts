// Preloaded into the programs of these tests: says at the end how much memory the process ever had, in kilobytes.
import { readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const told = process.env['HEADRACE_PEAK'];

// resourceUsage().maxRSS begins with that of the process that started this one, so Linux is asked itself.
function peak(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}

if (told !== undefined && isMainThread) process.on('exit', () => writeFileSync(told, String(peak())));
