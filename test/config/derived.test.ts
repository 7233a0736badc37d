import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { renderPage } from '../../src/simulation/render.ts';
import { ConfigError } from '../../src/util/errors.ts';

const labels = { node: { range: [1, 3] } };
const gauge = (name: string, fields: object = {}) => ({ name, type: 'gauge', labels, ...fields });
const derived = (name: string, expression: string, fields: object = {}) =>
  gauge(name, { algorithm: 'derived', expression, ...fields });

function problemsOf(...metrics: readonly object[]): string[] {
  try {
    parseConfig({ metrics });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path ?? ''}: ${message}`);
  }
}

describe('a metric that follows from others', () => {
  it.each([
    [
      'one that is not there',
      [gauge('used'), derived('free', '8 - usde')],
      'metrics[1].expression: unknown metric usde, did you mean used? Allowed: used',
    ],
    [
      'one with other labels',
      [{ name: 'used', type: 'gauge' }, derived('free', '8 - used')],
      'metrics[1].expression: used has other labels; values follow series by series, so profile and labels must be the same',
    ],
    [
      'a histogram',
      [{ name: 'used', type: 'histogram', labels }, derived('free', '8 - used')],
      'metrics[1].expression: used is a histogram; values follow from counters and gauges',
    ],
    [
      'a gauge, as a counter',
      [gauge('used'), derived('all', 'used', { type: 'counter' })],
      'metrics[1].expression: used is a gauge, which may fall; a counter follows from counters',
    ],
    ['itself', [derived('free', 'free + 1')], 'metrics[0].expression: leads back to the metric itself'],
    [
      'what could fall, as a counter',
      [derived('all', '5 - time', { type: 'counter' })],
      'metrics[0].expression: could fall: of a counter it is a sum of counters, and of positive multiples of them',
    ],
  ])('does not follow from %s', (_, metrics, message) => {
    expect(problemsOf(...metrics)).toEqual([message]);
  });

  it('has at every tick the value that follows, wherever it stands in the file', async () => {
    const config = parseConfig({
      exporters: { prometheus: { prefix: '' } },
      metrics: [
        derived('free', 'total - used'),
        {
          name: 'all_total',
          type: 'counter',
          labels,
          algorithm: 'derived',
          expression: 'reads_total + 2 * writes_total',
        },
        gauge('used', { start: 5, step: 1, clamp: [0, 16], decimals: 3 }),
        gauge('total', { algorithm: 'constant', start: 16 }),
        { name: 'reads_total', type: 'counter', labels, base_rate: 9 },
        { name: 'writes_total', type: 'counter', labels, base_rate: 4 },
      ],
    });
    for (const tick of [0, 1, 7]) {
      const values = new Map<string, number>();
      for await (const chunk of renderPage(config, { tick, format: 'text' }))
        for (const [, series = '', value] of chunk.toString().matchAll(/^([a-z_]+\{.*\}) (.*)$/gm))
          values.set(series, Number(value));
      for (const node of [1, 2, 3]) {
        const of = (name: string) => values.get(`${name}{node="${node}"}`) as number;
        expect(of('used') + of('free')).toBeCloseTo(16, 9);
        expect(of('all_total')).toBe(of('reads_total') + 2 * of('writes_total'));
      }
      expect(values.get('reads_total{node="1"}') === 0).toBe(tick === 0);
    }
  });
});
