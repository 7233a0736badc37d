/**
 * Expressions over the values of other families, slot by slot: numbers, names, `+ - *`, `/` by a number, brackets, `min`, `max` and
 * `floor` of them, and `time`, the model time in seconds since 1970.
 */
import type { Batch } from './generator.ts';

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'time' }
  | { readonly kind: 'call'; readonly call: Call; readonly args: readonly Expression[] };

const OPERATIONS = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
  min: (a: number, b: number) => Math.min(a, b),
  max: (a: number, b: number) => Math.max(a, b),
  floor: (a: number) => Math.floor(a),
} as const;

type Call = keyof typeof OPERATIONS;

const TOKEN = /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([a-zA-Z_:][a-zA-Z0-9_:.]*)|([-+*/(),]))/y;
const END = '';

/** Throws a RangeError that says where it is wrong. */
export function parseExpression(text: string): Expression {
  let at = 0;
  let token = END;
  const refuse = (message: string): never => {
    throw new RangeError(`"${text}": ${message}`);
  };
  const advance = (): string => {
    const taken = token;
    if (text.slice(at).trim() === '') {
      token = END;
      return taken;
    }
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) {
      const position = at + text.slice(at).search(/\S/) + 1;
      return refuse(`character ${position} is none of a number, a name, + - * / ( ) ,`);
    }
    at = TOKEN.lastIndex;
    token = match[0].trim();
    return taken;
  };
  const expect = (wanted: string): void => {
    if (token !== wanted) refuse(`needs ${wanted} ${token === END ? 'at its end' : `in place of ${token}`}`);
    advance();
  };

  const parseSum = (): Expression => {
    let left = parseProduct();
    while (token === '+' || token === '-') left = call(advance() as Call, left, parseProduct());
    return left;
  };
  const parseProduct = (): Expression => {
    let left = parseAtom();
    while (token === '*' || token === '/') {
      const operator = advance() as Call;
      const right = parseAtom();
      if (operator === '/' && !(right.kind === 'number' && right.value !== 0))
        refuse('/ needs a number behind it, which is not 0');
      left = call(operator, left, right);
    }
    return left;
  };
  const parseAtom = (): Expression => {
    const first = advance();
    if (first === '(') {
      const inner = parseSum();
      expect(')');
      return inner;
    }
    if (first === '-') return call('-', { kind: 'number', value: 0 }, parseAtom());
    if (/^[\d.]/.test(first)) return { kind: 'number', value: Number(first) };
    if (!/^[a-zA-Z_:]/.test(first))
      return refuse(`needs a number, a name or ( ${first === END ? 'at its end' : `in place of ${first}`}`);
    if (token !== '(') return first === 'time' ? { kind: 'time' } : { kind: 'name', name: first };
    if (first !== 'min' && first !== 'max' && first !== 'floor')
      return refuse(`${first} is no function; there are min, max and floor`);
    advance();
    return parseArguments(first);
  };
  /** Behind the bracket of a function. */
  const parseArguments = (name: 'min' | 'max' | 'floor'): Expression => {
    const [head, ...others] = parseList() as [Expression, ...Expression[]];
    expect(')');
    if (name === 'floor' && others.length > 0) refuse('floor takes one value');
    if (name !== 'floor' && others.length === 0) refuse(`${name} needs two values or more`);
    if (name === 'floor') return call(name, head);
    return others.reduce((left, right) => call(name, left, right), head);
  };
  const parseList = (): Expression[] => {
    const list = [parseSum()];
    while (token === ',') {
      advance();
      list.push(parseSum());
    }
    return list;
  };

  advance();
  const expression = parseSum();
  if (token !== END) refuse(`has ${token} where it could end`);
  return expression;
}

function call(name: Call, ...args: Expression[]): Expression {
  return { kind: 'call', call: name, args };
}

/** Names of families, each once. */
export function namesIn(expression: Expression): string[] {
  const names = new Set<string>();
  const visit = (one: Expression): void => {
    if (one.kind === 'name') names.add(one.name);
    if (one.kind === 'call') one.args.forEach(visit);
  };
  visit(expression);
  return [...names];
}

/** Whether it never falls while what it names does not: sums, positive multiples, and minima or maxima of such. */
export function isMonotonic(expression: Expression): boolean {
  if (expression.kind !== 'call') return true;
  const { call: name, args } = expression;
  const isFactor = (one: Expression): boolean => one.kind === 'number' && one.value >= 0;
  if (name === '-') return false;
  if (name === '*') return args.some(isFactor) && args.every(isMonotonic);
  if (name === '/') return args.slice(1).every(isFactor) && args.every(isMonotonic);
  return args.every(isMonotonic);
}

/** Writes the value of each slot of the batch to `out[slot - batch.from]`. */
export type Evaluate = (batch: Batch, out: Float64Array) => void;

/** The expression over the values of families, a number a slot each. */
export function compileExpression(
  expression: Expression,
  valuesOf: (name: string) => ArrayLike<number>,
): Evaluate {
  switch (expression.kind) {
    case 'number':
      return ({ from, to }, out) => void out.fill(expression.value, 0, to - from);
    case 'time':
      return ({ from, to, modelMs }, out) => void out.fill(modelMs / 1000, 0, to - from);
    case 'name': {
      const values = valuesOf(expression.name);
      return ({ from, to }, out) => {
        for (let slot = from; slot < to; slot++) out[slot - from] = values[slot] as number;
      };
    }
    case 'call': {
      const operate: (a: number, b: number) => number = OPERATIONS[expression.call];
      const [left, right] = expression.args.map((one) => compileExpression(one, valuesOf));
      let scratch = new Float64Array(0);
      return (batch, out) => {
        const count = batch.to - batch.from;
        left?.(batch, out);
        if (scratch.length < count) scratch = new Float64Array(count);
        right?.(batch, scratch);
        for (let i = 0; i < count; i++) out[i] = operate(out[i] as number, scratch[i] as number);
      };
    }
  }
}
