import { expect, it } from 'vitest';
import { explainedDeploying, mendsDenial } from '../../../src/orchestrator/deployment/denied.ts';
import { DrydockError } from '../../../src/orchestrator/errors.ts';
import { sdkError } from './cloud-formation.ts';

const denial = (action: string) =>
  `User: arn:aws:iam::123456789012:user/ci is not authorized to perform: ${action} on resource: x`;

it.each([
  ['cloudformation:CreateChangeSet', 'DeployStack'],
  ['lambda:CreateFunction', 'DeployParts'],
  ['ssm:CreatePatchBaseline', 'DeployPartsWithoutNames'],
  ['iam:PassRole', 'DeployPassRoles'],
  ['s3:PutObject', 'DeployAssets'],
  ['states:ListExecutions', 'DeployLook'],
  ['ssm:DescribeMaintenanceWindows', 'DeployWindows'],
])('whoever is denied %s is told of the statement %s', async (action, sid) => {
  await expect(explainedDeploying(Promise.reject(sdkError('AccessDenied', denial(action))))).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining(action),
    next: expect.stringContaining(`the statement ${sid} of drydock doctor --print-policy deploy: it allows ${action}`),
  });
});

it('what the set lacks is named all the same', () => {
  expect(mendsDenial(denial('kms:Decrypt'))).toMatch(/--print-policy deploy prints, and kms:Decrypt/);
  expect(mendsDenial('AccessDenied')).toMatch(/--print-policy deploy prints, and try again/);
  expect(mendsDenial('drydock-shop already exists')).toBeUndefined();
});

it('an error that has its words already keeps them, and one that nobody knows stays as it is', async () => {
  const known = new DrydockError('said', { exitCode: 4, next: 'do' });
  await expect(explainedDeploying(Promise.reject(known))).rejects.toBe(known);
  const unknown = new Error('what?');
  Object.assign(unknown, { name: 'Odd' });
  await expect(explainedDeploying(Promise.reject(unknown))).rejects.toBe(unknown);
});
