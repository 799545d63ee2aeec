import { openTopic, run } from '../../src/index.ts';
import { deadLetterTopic } from '../../src/pipeline/unread-letters.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import late from './late-plan.ts';

// Functions are told apart by their text, so that what threads import must be loaded by Node itself.
const module = new URL('./late-plan.ts', import.meta.url);
const [dir = ''] = process.argv.slice(2);
const without = await run(late, { runtime: embedded({ parallelism: 2 }), module, signals: false });
const kept = await run(late, { runtime: embedded({ parallelism: 2, dir }), module, signals: false });
await using topic = await openTopic(deadLetterTopic('late'), { dir });
const letters: string[] = [];
for await (const { value } of topic.read({ until: 'caughtUp' })) letters.push(`${value.operator} ${value.error.code} ${value.id}`);
console.log(JSON.stringify({ without, kept, letters }));
