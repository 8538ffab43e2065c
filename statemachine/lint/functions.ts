/** The functions that an expression in a state machine may call. */

/** JSONata 2.0's, but `$eval`, which Step Functions does not have. */
const JSONATA = `abs append assert average base64decode base64encode boolean ceil contains count decodeUrl decodeUrlComponent
  distinct each encodeUrl encodeUrlComponent error exists filter floor formatBase formatInteger formatNumber fromMillis join keys
  length lookup lowercase map match max merge millis min not now number pad parseInteger power random reduce replace reverse round
  shuffle sift single sort split spread sqrt string substring substringAfter substringBefore sum toMillis trim type uppercase zip`;

/** What Step Functions adds. `$random` takes a seed there. */
const STEP_FUNCTIONS = 'partition range hash uuid parse';

export const JSONATA_FUNCTIONS: ReadonlySet<string> = new Set(JSONATA.split(/\s+/));
export const FUNCTIONS: ReadonlySet<string> = new Set([...JSONATA_FUNCTIONS, ...STEP_FUNCTIONS.split(' ')]);
