import { describe, expect, it } from 'vitest';

import { createLabelSpace, listDimension, rangeDimension } from '../../src/labels/space.ts';
import type { Family } from '../../src/series/family.ts';
import { estimatePage } from '../../src/wire/estimate.ts';
import { renderPage } from '../../src/wire/exposition.ts';
import { createLabelStore } from '../../src/wire/labels.ts';
import { createFrame, type FamilyInput } from '../support/frames.ts';

const labelled = Array.from({ length: 2000 }, (_, i) => ({
  zone: i % 3 === 0 ? 'eu-west-1' : 'b',
  pod: `pod-${i}`,
}));

const INPUTS: FamilyInput[] = [
  {
    name: 'requests',
    type: 'counter',
    series: labelled.map((labels, i) => ({ labels, value: 100_000 + i })),
  },
  {
    name: 'load',
    type: 'gauge',
    series: labelled.map((labels, i) => ({ labels, value: Math.sqrt(i + 0.5) })),
  },
  {
    name: 'latency_seconds',
    type: 'histogram',
    bounds: [0.1, 0.5, 1],
    series: labelled.map((labels, i) => ({ labels, counts: [1e5, 2e4, i, 1], sum: Math.PI * 1e4 + i })),
  },
  {
    name: 'size',
    type: 'summary',
    quantiles: [0.5, 0.99],
    series: labelled.map((labels, i) => ({
      labels,
      quantiles: [Math.E + i, Math.PI * i],
      count: 123_456,
      sum: i / 7,
    })),
  },
];

describe('the estimate of a page', () => {
  it('is within 5 % of its bytes and of the memory for labels, and exact in samples', () => {
    const frame = createFrame(INPUTS);
    const families = frame.families.map(({ family }) => family);
    for (const options of [{ format: 'text' }, { format: 'openmetrics', created: true }] as const) {
      const page = renderPage(frame, options);
      const estimate = estimatePage(families, options);
      expect(estimate.samples).toBe(
        page
          .toString()
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('#')).length,
      );
      expect(Math.abs(estimate.bytes / page.length - 1)).toBeLessThan(0.05);
    }
    const store = createLabelStore();
    for (const steps = store.follow(families); steps.next().done !== true;);
    const held = store.byteLength;
    const { preparedBytes } = estimatePage(families, { format: 'text' });
    expect(Math.abs(preparedBytes / held - 1)).toBeLessThan(0.05);
  });

  it('builds nothing: ten million label sets out of 10^15 take no time to speak of', () => {
    const [base] = createFrame([INPUTS[0] as FamilyInput]).families;
    const dimensions = [
      listDimension('zone', ['a', 'b']),
      rangeDimension('pod', 1, 1e15 / 2, (value) => `pod-${value}`),
    ];
    const labels = createLabelSpace({ cap: 1e7, sampling: 'hash', permutationKey: 'test', dimensions });
    let asked = 0;
    const counted = { ...labels, value: (slot: number, d: number) => (asked++, labels.value(slot, d)) };
    const family = { ...(base?.family as Family), labels: counted, size: 1e7 };
    expect(estimatePage([family], { format: 'text' }).samples).toBe(1e7);
    expect(asked).toBeLessThanOrEqual(2000);
  });
});
