import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { explainAwsError } from '../../../src/orchestrator/aws/explain.ts';
import { sdkCloud } from '../../../src/orchestrator/aws/sdk-cloud.ts';

/** An endpoint that answers every call alike and keeps what it was asked. */
async function endpoint(status: number, body: string) {
  const asked: { url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    asked.push({ url: request.url ?? '', headers: request.headers, body: text });
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked };
}

async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent/credentials');
  vi.stubEnv('AWS_REGION', undefined);
  vi.stubEnv('AWS_DEFAULT_REGION', undefined);
  vi.stubEnv('AWS_PROFILE', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const EMPTY =
  '<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups/></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>';

describe('the cloud over the AWS SDK', () => {
  it('sends calls to the endpoint that was named, as Drydock', async () => {
    const { url, asked } = await endpoint(200, EMPTY);
    const cloud = sdkCloud({ region: 'eu-west-1', endpointUrl: url });
    const answer = await cloud.autoscaling.describeAutoScalingGroups({ AutoScalingGroupNames: ['web'] });
    expect(answer.AutoScalingGroups).toEqual([]);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.body).toContain('Action=DescribeAutoScalingGroups');
    expect(asked[0]?.headers['user-agent']).toMatch(/drydock\/\d+\.\d+\.\d+/);
    expect(asked[0]?.headers.authorization).toContain('/eu-west-1/autoscaling/');
  });

  it('names buckets in the path at such an endpoint', async () => {
    const { url, asked } = await endpoint(200, '');
    await sdkCloud({ region: 'eu-west-1', endpointUrl: url }).s3.putObject({
      Bucket: 'lists',
      Key: 'run-1.yaml',
      Body: 'x',
    });
    expect(asked[0]?.url).toMatch(/^\/lists\/run-1\.yaml/);
  });

  it('rejects with the code that AWS gave as the name', async () => {
    const denied = '<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>';
    const { url } = await endpoint(403, denied);
    const cloud = sdkCloud({ region: 'eu-west-1', endpointUrl: url });
    const error = await rejection(cloud.autoscaling.describeAutoScalingGroups({}));
    expect(error).toMatchObject({ name: 'AccessDenied', message: 'not you' });
    expect(explainAwsError(error)?.message).toBe('AWS denies the call: not you');
  });
});

describe('what a person is told', () => {
  const told = async (options: Parameters<typeof sdkCloud>[0]) => {
    const error = explainAwsError(await rejection(sdkCloud(options).autoscaling.describeAutoScalingGroups({})));
    return { message: error?.message ?? 'nothing', exitCode: error?.exitCode, next: error?.next };
  };

  it('when no region is set', async () => {
    expect(await told({})).toMatchObject({ message: expect.stringContaining('No AWS region is set'), exitCode: 2 });
  });

  it('when there are no credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    const { message, exitCode, next } = await told({ region: 'eu-west-1' });
    expect(message).toContain('There are no AWS credentials');
    expect([exitCode, next]).toEqual([2, expect.stringContaining('--profile')]);
  });

  it('when nothing answers at the endpoint', async () => {
    const { message, exitCode } = await told({ region: 'eu-west-1', endpointUrl: 'http://127.0.0.1:1' });
    expect(message).toContain('AWS cannot be reached: connect ECONNREFUSED');
    expect(exitCode).toBe(2);
  });

  it('when the region is none, or has no such service', async () => {
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND states.eu-nowhere-1.amazonaws.com'), {
      code: 'ENOTFOUND',
    });
    expect(explainAwsError(error)).toMatchObject({
      message: expect.stringMatching(/no such host: .*states\.eu-nowhere-1/),
      exitCode: 2,
      next: expect.stringMatching(/^Check the name of the region, and whether AWS has this service there/),
    });
  });

  it.each([
    ['ExpiredToken', 'expired'],
    ['ExpiredTokenException', 'expired'],
    ['UnauthorizedOperation', 'AWS denies the call'],
    ['InvalidClientTokenId', 'does not accept your credentials'],
    ['ThrottlingException', 'throttles'],
  ])('when AWS answers %s', (name, words) => {
    expect(explainAwsError(Object.assign(new Error('said AWS'), { name }))?.message).toMatch(
      new RegExp(`${words}.*: said AWS$`),
    );
  });

  it.each([new TypeError('a defect'), Object.assign(new Error('x'), { name: 'ValidationError' }), 'text', undefined])(
    'nothing made up, for what only a developer or the reader of the message can mend: %s',
    (error) => {
      expect(explainAwsError(error)).toBeUndefined();
    },
  );
});
