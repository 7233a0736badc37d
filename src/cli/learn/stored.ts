/** Learning from what a Prometheus has stored. */
import type { History } from '../../learn/history.ts';
import { createQueryApi } from '../../learn/query-api.ts';
import { addStored } from '../../learn/stored-range.ts';
import { httpUrl } from '../../transport/request.ts';
import { LyrebirdError } from '../../util/errors.ts';
import { UsageError } from '../failure.ts';
import { formatNumber } from '../format.ts';
import { timeLeft, type Live } from './live.ts';
import { DEFAULTS, type SourceOptions } from './options.ts';

/** Takes what is stored, or as much of it as there is time for. */
export async function addRange(
  history: History,
  options: SourceOptions,
  { fetch, signal, teller }: Live,
): Promise<void> {
  const {
    from = '',
    match = [],
    range = DEFAULTS.rangeMs,
    to = Date.now(),
    step,
    dropLabels,
    maxSamples = DEFAULTS.maxSamples,
  } = options;
  const url = httpUrl(from);
  if (url === undefined)
    throw new UsageError(
      `--from is ${from}; needs the address of a Prometheus, such as http://127.0.0.1:9090`,
    );
  if (match.length === 0)
    throw new UsageError(`--from needs --match, which series to learn, such as --match '{job="node"}'`);
  const toS = Math.floor(to / 1000);
  const lengthS = Math.ceil(range / 1000);
  const api = createQueryApi(url, { fetch, signal, warn: (text) => teller.print(text) });
  try {
    const { dropped, series, done, parts } = await addStored(history, api, {
      match,
      fromS: toS - lengthS,
      toS,
      stepS: step === undefined ? undefined : step / 1000,
      dropLabels,
      maxSamples,
      signal,
      nowMs: () => performance.now(),
      tell: (state) =>
        teller.tell(
          () =>
            `part ${formatNumber(state.done)} of ${formatNumber(state.parts)}, ${formatNumber(state.series)} series, ${timeLeft(state.leftMs)}`,
        ),
    });
    teller.print(
      [
        `${formatNumber(history.samples)} samples of ${formatNumber(series)} stored series`,
        ...(dropped.length > 0
          ? [`without ${dropped.length > 1 ? 'labels' : 'the label'} ${dropped.join(', ')}`]
          : []),
        ...(done < parts ? [`ended early, after ${done} of ${parts} parts`] : []),
      ].join(', '),
    );
  } catch (error) {
    if (signal.aborted && error instanceof LyrebirdError && error.code === 'no_answer')
      throw new LyrebirdError('no_series', 'nothing is learnt: it was ended before the first samples came');
    throw error;
  }
}
