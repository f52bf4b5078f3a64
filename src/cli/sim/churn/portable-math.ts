/**
 * Logarithm, exponential and gamma function from additions, multiplications and divisions alone, which
 * IEEE 754 defines to the last bit: `Math.log`, `exp` and `pow` may differ between engines, and with them every
 * time that is drawn. Relative error under 1e-13.
 */

const LN_2 = Math.LN2;
const SQRT_2 = Math.SQRT2;

/** Natural logarithm of a positive finite number. */
export function ln(x: number): number {
  let mantissa = x;
  let exponent = 0;
  for (; mantissa > SQRT_2; mantissa /= 2) exponent++;
  for (; mantissa < SQRT_2 / 2; mantissa *= 2) exponent--;
  const z = (mantissa - 1) / (mantissa + 1);
  let power = z;
  let sum = 0;
  // ln m = 2 (z + z^3/3 + z^5/5 + …), |z| < 0.1716.
  for (let i = 1; i < 25; i += 2) {
    sum += power / i;
    power *= z * z;
  }
  return 2 * sum + exponent * LN_2;
}

/** `e` to the power of a number between -700 and 700. */
export function exp(x: number): number {
  const halvings = Math.round(x / LN_2);
  const rest = x - halvings * LN_2;
  let term = 1;
  let sum = 1;
  for (let i = 1; i < 20; i++) {
    term *= rest / i;
    sum += term;
  }
  let scaled = sum;
  for (let i = 0; i < Math.abs(halvings); i++) scaled = halvings > 0 ? scaled * 2 : scaled / 2;
  return scaled;
}

/** A positive number to a power. */
export function power(base: number, exponent: number): number {
  return exp(exponent * ln(base));
}

const LANCZOS = [
  0.999_999_999_999_809_9, 676.520_368_121_885_1, -1_259.139_216_722_402_8, 771.323_428_777_653_1,
  -176.615_029_162_140_6, 12.507_343_278_686_905, -0.138_571_095_265_720_12,
  9.984_369_578_019_572e-6, 1.505_632_735_149_311_6e-7,
];

/** The gamma function of a number from 1 to 100 (Lanczos, g = 7, nine terms). */
export function gamma(x: number): number {
  const y = x - 1;
  let sum = LANCZOS[0] as number;
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] as number) / (y + i);
  const t = y + 7.5;
  return 2.506_628_274_631_000_7 * exp((y + 0.5) * ln(t) - t) * sum;
}
