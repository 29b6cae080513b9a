/** Round numbers along an axis from 0 to `top`. */
export function ticks(top: number, most = 5): readonly number[] {
  const rough = top / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
  const count = Math.floor(top / step + 1e-9);
  const values = Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
  return top >= 2 ? [...new Set(values.map((value) => Math.round(value)))] : values;
}
