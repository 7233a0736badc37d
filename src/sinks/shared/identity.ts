/** The resource that metrics are sent under, and what must be left out of it so that labels stay as they are. */
import { hostname } from 'node:os';

import type { Family } from '../../series/family.ts';

/** Backends make these labels of these resource attributes, over those that a series has by itself. */
const BECOMES: Readonly<Record<string, string>> = {
  'service.name': 'job',
  'service.namespace': 'job',
  'service.instance.id': 'instance',
};

export interface Identity {
  readonly resource: Readonly<Record<string, string>>;
  /** One line for each attribute that was left out, saying why. */
  readonly leftOut: readonly string[];
}

/**
 * Given attributes over `service.name` and `service.instance.id`. An attribute that would replace a label which some
 * family has, and so merge its series, is left out, even one that was asked for.
 */
export function identityOf(given: Readonly<Record<string, string>>, families: readonly Family[]): Identity {
  return leaveOut({ 'service.name': 'lyrebird', 'service.instance.id': hostname(), ...given }, families);
}

/** Attributes without those that would replace a label of some family. */
export function leaveOut(wanted: Identity['resource'], families: readonly Family[]): Identity {
  const resource: Record<string, string> = {};
  const leftOut: string[] = [];
  for (const [name, value] of Object.entries(wanted)) {
    const label = BECOMES[name];
    const owner = families.find(({ labels }) => label !== undefined && labels.names.includes(label));
    if (owner === undefined) resource[name] = value;
    else
      leftOut.push(`${name} is not sent: backends would put it in place of label ${label} of ${owner.name}`);
  }
  return { resource, leftOut };
}
