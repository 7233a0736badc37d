/** dashboards/lyrebird.json as its tests see it. */
import { readText } from './files.ts';

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: unknown;
  readonly options?: unknown;
  readonly targets?: readonly Target[];
}

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query: string }[];
  };
}

export function readDashboard(): Dashboard {
  return JSON.parse(readText('dashboards/lyrebird.json')) as Dashboard;
}

/** Every expression with its panel. */
export function expressionsOf({ panels }: Dashboard): { readonly panel: string; readonly target: Target }[] {
  return panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ panel: title, target })));
}

/** An expression as Grafana would send it, with `$__rate_interval` being so long. */
export function expand(expression: string, rateInterval: string): string {
  return expression.replaceAll('$__rate_interval', rateInterval);
}
