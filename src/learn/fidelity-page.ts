/** A fidelity report as a page that needs nothing else: rules, a table of series, and plots of what was held back and what was generated. */
import { roomText, type Compared, type Fidelity, type Figures } from './fidelity.ts';

/** Series that are shown, the least alike first. */
const MOST_SHOWN = 200;
const WIDTH = 220;
const HEIGHT = 40;
/** Points of a plot. */
const MOST_POINTS = 300;

const STYLE = `body{font:14px system-ui,sans-serif;margin:2em;color:#222;background:#fff;overflow-wrap:anywhere}
.box{overflow:auto;max-height:90vh}
table{border-collapse:separate;border-spacing:0;overflow-wrap:normal}td,th{padding:.2em .6em;text-align:right;border-bottom:1px solid #ddd}
thead th{position:sticky;top:0;background:#fff;z-index:1}thead tr+tr th{top:1.7em;font-weight:normal;white-space:nowrap}
td:first-child,thead tr:first-child th:first-child{text-align:left;min-width:min(24em,45vw);max-width:36em;overflow-wrap:anywhere}
thead tr:first-child th[colspan]{text-align:center}
@media(max-width:600px){body{margin:1em .5em}td,th{padding:.2em .3em}}
.holds{color:#176}.fails{color:#b00}svg{background:#f6f6f6;display:block}
.held{stroke:#06c}.generated{stroke:#d60}polyline{fill:none;stroke-width:1}`;

export function fidelityPage(fidelity: Fidelity): string {
  const { rules, compared, pages, series, families, stored, holds } = fidelity;
  const shown = worstFirst(compared).slice(0, MOST_SHOWN);
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Fidelity</title>
<style>${STYLE}</style>
<h1>Generated against held back: <span class="${holds ? 'holds">alike' : 'fails">not alike'}</span></h1>
<p>${pages} pages of ${families} families and ${series} series, of which ${compared.length} move. One half was learnt from, the other held back.</p>
<ul>
${rules.map(({ text, holds: one }) => `<li class="${one ? 'holds' : 'fails'}">${one ? 'holds' : 'fails'}: ${escape(text)}</li>`).join('\n')}
</ul>
${stored === undefined ? '' : `<p>${roomText(stored)}</p>`}
<p>Levels of gauges, increase per second of the rest; ${shown.length} of ${compared.length} series, the least alike first.
Plots: <span style="color:#06c">held back</span>, <span style="color:#d60">generated</span>, one above the other on one scale. Distances are Kolmogorov-Smirnov, to what was held back.</p>
<div class="box"><table><thead><tr><th rowspan="2">series<th colspan="2">distance<th colspan="2">mean<th colspan="2">spread<th colspan="2">lag-1<th colspan="2">zero share<th rowspan="2">plots</tr>
<tr><th>generated<th>learnt from${'<th>held back<th>generated'.repeat(4)}</tr></thead>
${shown.map(rowOf).join('\n')}
</table></div></html>
`;
}

/** Those first whose generated values are farther from the held back than what was learnt from is. */
export function worstFirst(compared: readonly Compared[]): Compared[] {
  return compared.toSorted(
    (a, b) => b.distance - b.trainedDistance - (a.distance - a.trainedDistance) || (a.name < b.name ? -1 : 1),
  );
}

export function seriesName({ name, labels }: Compared): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}

function rowOf(one: Compared): string {
  const { held, generated } = one.figures;
  const figures = (['mean', 'spread', 'lagOne', 'zeroShare'] as const satisfies (keyof Figures)[])
    .flatMap((figure) => [held[figure], generated[figure]])
    .map((value) => `<td>${Number(value.toPrecision(4))}`);
  return `<tr><td>${escape(seriesName(one))}<td>${one.distance.toFixed(3)}<td>${one.trainedDistance.toFixed(3)}${figures.join('')}<td>${plotOf(one)}</tr>`;
}

function plotOf({ held, generated }: Compared): string {
  const all = [...held, ...generated];
  const least = Math.min(...all);
  const range = Math.max(...all) - least;
  const line = (values: readonly number[], top: number, name: string): string => {
    const every = Math.max(1, Math.ceil(values.length / MOST_POINTS));
    const kept = values.filter((_, i) => i % every === 0);
    const points = kept.map((value, i) => {
      const x = (i / Math.max(1, kept.length - 1)) * WIDTH;
      const y = top + HEIGHT - 2 - (range > 0 ? (value - least) / range : 0.5) * (HEIGHT - 4);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    });
    return `<polyline class="${name}" points="${points.join(' ')}"/>`;
  };
  return `<svg width="${WIDTH}" height="${2 * HEIGHT}">${line(held, 0, 'held')}${line(generated, HEIGHT, 'generated')}</svg>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
