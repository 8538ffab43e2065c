/** What of the exposure is listed: the filters, as they stand in the page's address. */
import type { Exposure } from '../../../api/shapes.ts';
import { withQuery } from '../../navigation/path.ts';

export type Patch = Exposure['patches'][number];
export type Filters = Partial<Record<(typeof KEYS)[number], string>>;

const KEYS = ['q', 'environment', 'severity', 'group', 'state'] as const;

/** The filters that an address names. */
export function filtersOf(query: URLSearchParams): Filters {
  const filters: Filters = {};
  for (const key of KEYS) {
    const value = query.get(key)?.trim() ?? '';
    if (value !== '') filters[key] = value;
  }
  return filters;
}

/** The address of the page with these filters. */
export function exposureAddress(filters: Filters): string {
  return withQuery('/exposure', filters);
}

/** The patches that the filters let through, in the order in which they came. */
export function filtered(patches: readonly Patch[], filters: Filters): Patch[] {
  const { q = '', environment, severity, group, state } = filters;
  const text = q.toLowerCase();
  return patches.filter(
    (patch) =>
      (environment === undefined || patch.environment === environment) &&
      (severity === undefined || patch.severity === severity) &&
      (group === undefined || patch.group === group) &&
      (state === undefined || state === stateOf(patch)) &&
      (text === '' || searched(patch).includes(text)),
  );
}

/** `approved`, or `held`. */
export function stateOf({ approvedSince }: Patch): 'approved' | 'held' {
  return approvedSince === null ? 'held' : 'approved';
}

function searched({ patch, title, group, cves, rule }: Patch): string {
  return [patch, title, group, rule ?? '', ...cves].join('\n').toLowerCase();
}

/** Each value once, in the order in which they come. */
export function valuesOf(patches: readonly Patch[], key: 'environment' | 'severity' | 'group'): string[] {
  return [...new Set(patches.map((patch) => patch[key]))];
}
