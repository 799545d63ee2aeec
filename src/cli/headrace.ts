import { realWorld } from '../base/real-world.ts';
import { HeadraceError } from '../core/error.ts';
import { checkpointCommand } from './checkpoint-command.ts';
import { dlqCommand } from './dlq-command.ts';
import { doctorCommand } from './doctor-command.ts';
import { ExitCode } from './exit-code.ts';
import { failureOf, failureText } from './failure.ts';
import { helpFor } from './help.ts';
import { logCommand } from './log-command.ts';
import { nearest } from './nearest.ts';
import { planCommand } from './plan-command.ts';
import { runCommand } from './run-command.ts';
import { schemaCommand } from './schema-command.ts';
import { wantsStack } from './usage.ts';

/** What the commands need to know of the package they belong to. */
export interface Manifest {
  readonly version: string;
  readonly engines: { readonly node: string };
}

const COMMANDS = ['run', 'plan', 'checkpoint', 'log', 'dlq', 'schema', 'doctor', 'help'];

/** The whole program: finds the command, and ends the process with its exit code. */
export async function main(argv: readonly string[], manifest: Manifest): Promise<void> {
  // A reader that has gone (`| head`) is a matter of the sink that writes there, not an error out of nowhere.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  let exitCode: number | undefined;
  try {
    exitCode = await commandOf(argv, manifest);
  } catch (error) {
    exitCode = ExitCode.usage;
    process.stderr.write(failureText(failureOf(error), wantsStack(argv, process.env)));
  }
  if (exitCode === undefined) return; // Another copy of Headrace has taken over.
  process.exitCode = exitCode;
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  // A timer or a server that the module has left open must not keep a finished command alive.
  process.exit();
}

async function commandOf(argv: readonly string[], manifest: Manifest): Promise<number | undefined> {
  const [command, ...rest] = argv;
  switch (command) {
    case 'run':
      return await runCommand(rest, realWorld());
    case 'plan':
      return await planCommand(rest, realWorld());
    case 'checkpoint':
      return await checkpointCommand(rest, realWorld());
    case 'log':
      return await logCommand(rest, realWorld());
    case 'dlq':
      return await dlqCommand(rest, realWorld());
    case 'schema':
      return await schemaCommand(rest, realWorld());
    case 'doctor':
      return await doctorCommand(rest, manifest, realWorld());
    case 'help':
    case '--help':
    case '-h':
      return print(helpFor(rest[0]));
    case '--version':
    case '-v':
      return print(`${manifest.version}\n`);
    case undefined:
      process.stderr.write(helpFor(undefined));
      return ExitCode.usage;
    default:
      throw unknown(command);
  }
}

function unknown(command: string): HeadraceError {
  const isFile = /\.[cm]?[jt]s$/.test(command);
  const close = nearest(command, COMMANDS);
  const guess = isFile ? `To run a file, write: headrace run ${command}. ` : close === undefined ? '' : `Did you mean '${close}'? `;
  return new HeadraceError({
    code: 'HR_USAGE',
    what: `there is no command '${command}'`,
    todo: `${guess}\`headrace --help\` lists the commands.`,
  });
}

function print(text: string): number {
  process.stdout.write(text);
  return ExitCode.ok;
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
