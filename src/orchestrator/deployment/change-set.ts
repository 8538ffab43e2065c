/** A change set as a person reads it before it is executed. */
import type { Change, ResourceChange as SdkResourceChange } from '@aws-sdk/client-cloudformation';

/** `may-replace`: CloudFormation knows only while it works. */
export type ChangeAction = 'add' | 'modify' | 'may-replace' | 'replace' | 'remove' | 'import' | 'unknown';

export interface ResourceChange {
  action: ChangeAction;
  logicalId: string;
  /** `AWS::IAM::Role` … */
  type: string;
  /** Absent: it does not exist yet. */
  physicalId?: string;
  /** The properties that change, by name. */
  properties: string[];
  /** Whether it changes who may do what. */
  iam: boolean;
  /** Whether the old one stays when it is replaced or removed. */
  retained: boolean;
}

/** What is worst for whoever uses the stack comes first. */
const ORDER: ChangeAction[] = ['remove', 'replace', 'may-replace', 'unknown', 'modify', 'add', 'import'];

/** The changes of `DescribeChangeSet`, those first that take something away, then by type and logical id. */
export function resourceChanges(changes: readonly Change[]): ResourceChange[] {
  return changes
    .flatMap(({ ResourceChange: change }) => (change === undefined ? [] : [resourceChange(change)]))
    .sort((a, b) => ORDER.indexOf(a.action) - ORDER.indexOf(b.action) || compare(a, b));
}

function compare(a: ResourceChange, b: ResourceChange): number {
  return a.type === b.type ? (a.logicalId < b.logicalId ? -1 : 1) : a.type < b.type ? -1 : 1;
}

function resourceChange(change: SdkResourceChange): ResourceChange {
  const { LogicalResourceId = '', PhysicalResourceId, ResourceType = '', Details = [], PolicyAction = '' } = change;
  const names = Details.flatMap(({ Target }) => Target?.Name ?? Target?.Attribute ?? []);
  return {
    action: actionOf(change),
    logicalId: LogicalResourceId,
    type: ResourceType,
    ...(PhysicalResourceId === undefined ? {} : { physicalId: PhysicalResourceId }),
    properties: [...new Set(names)].sort(),
    iam: isIam(ResourceType),
    retained: PolicyAction.endsWith('Retain'),
  };
}

function actionOf({ Action, Replacement }: SdkResourceChange): ChangeAction {
  switch (Action) {
    case 'Add':
      return 'add';
    case 'Remove':
      return 'remove';
    case 'Import':
      return 'import';
    case 'Modify':
      return Replacement === 'True' ? 'replace' : Replacement === 'Conditional' ? 'may-replace' : 'modify';
    default:
      return 'unknown';
  }
}

/** Types that say who may do what: roles, and policies of resources. */
function isIam(type: string): boolean {
  return type.startsWith('AWS::IAM::') || /(Permission|Policy)$/.test(type);
}

/** How many there are of each kind, in the order of the kinds: `2 to modify, 1 to add`; an empty text for none. */
export function countChanges(changes: readonly ResourceChange[]): string {
  return ORDER.map((action) => ({ action, count: changes.filter((change) => change.action === action).length }))
    .filter(({ count }) => count > 0)
    .map(({ action, count }) => `${count} ${IN_WORDS[action]}`)
    .join(', ');
}

const IN_WORDS: Record<ChangeAction, string> = {
  add: 'to add',
  modify: 'to modify',
  'may-replace': 'that may be replaced',
  replace: 'to replace',
  remove: 'to remove',
  import: 'to import',
  unknown: 'of which CloudFormation cannot tell yet',
};

/** Whether CloudFormation gave a change set up because there is nothing to change. It says so only in words. */
export function saysNoChanges(reason: string | undefined): boolean {
  return /didn't contain changes|No updates are to be performed/i.test(reason ?? '');
}

/** What has to be granted for a template, by what it makes: CloudFormation refuses it otherwise. */
export function capabilitiesOf(resources: Record<string, TemplateResource>): Capability[] {
  const iam = Object.values(resources).filter(({ Type }) => Type.startsWith('AWS::IAM::'));
  if (iam.length === 0) return [];
  const named = iam.some(({ Properties = {} }) => NAMES.some((name) => name in Properties));
  return [named ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM'];
}

export type Capability = 'CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM';

/** Properties by which a template chooses the name of something of IAM. */
const NAMES = ['GroupName', 'InstanceProfileName', 'ManagedPolicyName', 'RoleName', 'UserName'];

/** A resource as a template says it. */
export interface TemplateResource {
  Type: string;
  Properties?: Record<string, unknown> | undefined;
  DeletionPolicy?: string | undefined;
}
