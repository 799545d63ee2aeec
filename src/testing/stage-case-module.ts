// What a worker imports to run the stage of a case: the name of the case stands behind the question mark.
import type { Pipeline } from '../pipeline/pipeline.ts';
import { caseNamed } from './stage-cases.ts';

const plan: Pipeline = caseNamed(new URL(import.meta.url).searchParams.get('case') ?? '').build();
export default plan;
