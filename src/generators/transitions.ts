/** Markov chains in continuous time: where one is after a while. */

/** Terms of the series; at a norm of 1/2 what is left out is below the last digit of a double. */
const TERMS = 16;

/**
 * Row by row, the cumulated probabilities of the states in which a chain is `seconds` after each state; `rates` are transitions per second.
 * By uniformisation, exp(Q h) = sum of Poisson(k; L h) (I + Q / L)^k for a short h, squared until it is long enough: nothing is subtracted.
 */
export function transitionsWithin(
  rates: readonly (readonly number[])[],
  seconds: number,
): readonly Float64Array[] {
  const leaving = rates.map((row) => row.reduce((sum, rate) => sum + rate, 0));
  const fastest = Math.max(...leaving);
  const squarings = fastest === 0 ? 0 : Math.max(0, Math.ceil(Math.log2(2 * fastest * seconds)));
  const mean = (fastest * seconds) / 2 ** squarings;
  const jump = rates.map((row, i) =>
    row.map((rate, j) =>
      i === j
        ? 1 - (fastest === 0 ? 0 : (leaving[i] as number) / fastest)
        : fastest === 0
          ? 0
          : rate / fastest,
    ),
  );
  let power = identity(rates.length);
  let weight = Math.exp(-mean);
  let within = power.map((row) => row.map((x) => x * weight));
  for (let k = 1; k <= TERMS; k++) {
    power = multiply(power, jump);
    weight *= mean / k;
    within = within.map((row, i) => row.map((x, j) => x + weight * (power[i]?.[j] as number)));
  }
  for (let i = 0; i < squarings; i++) within = multiply(within, within).map(normalise);
  return within.map((row) => {
    let sum = 0;
    return Float64Array.from(normalise(row), (x) => (sum += x));
  });
}

type Matrix = readonly (readonly number[])[];

function identity(size: number): Matrix {
  return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (__, j) => Number(i === j)));
}

function multiply(a: Matrix, b: Matrix): Matrix {
  return a.map((row) => row.map((_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] as number), 0)));
}

function normalise(row: readonly number[]): number[] {
  const total = row.reduce((sum, x) => sum + x, 0);
  return row.map((x) => x / total);
}
