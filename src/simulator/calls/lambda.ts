import type { InvokeCommandInput, InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { AwsError } from '../aws-error.ts';
import type { FunctionBehaviour, SimulatedClock, World } from '../world.ts';
import type { Caller } from './caller.ts';

/** Lambda's calls: a function is begun, takes its time on `clock`, and then answers. */
export function lambdaCalls(world: World, call: Caller, clock: SimulatedClock) {
  return {
    invoke: async (input: InvokeCommandInput): Promise<Omit<InvokeCommandOutput, '$metadata'>> => {
      const called = await call('lambda', 'invoke', input, () => functionNamed(world, input.FunctionName));
      const { seconds = 1, fails } = called;
      await clock.sleep(seconds * 1000);
      if (fails === undefined) return { StatusCode: 200, Payload: bytes('{}') };
      const Payload = bytes(JSON.stringify({ errorType: 'Error', errorMessage: fails, trace: [] }));
      return { StatusCode: 200, FunctionError: 'Unhandled', Payload };
    },
  };
}

function functionNamed(world: World, name: string | undefined): FunctionBehaviour {
  const found = world.functions.get(name ?? '');
  if (found === undefined) throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, 404);
  return found;
}

/** As the SDK gives a payload: bytes that can say what they are as text. */
function bytes(text: string): NonNullable<InvokeCommandOutput['Payload']> {
  const encoded = new Uint8Array(Buffer.from(text));
  return Object.assign(encoded, { transformToString: () => text });
}
