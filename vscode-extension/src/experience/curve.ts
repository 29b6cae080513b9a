/** The learning curve: what the experience grew by, and how well proposers did as it grew. */

import type { Experience, Stratum } from "../protocol";

export interface CurvePoint {
  readonly id: string;
  readonly operator: string;
  readonly stratum: Stratum;
  readonly created: string;
  readonly passRate: number;
  /** Mean pass rate of this and the samples before it, at most `WINDOW` of them. */
  readonly recentPassRate: number;
  /** Different operators solved up to here, by difficulty. */
  readonly solved: Readonly<Record<Stratum, number>>;
  readonly tokens: number;
}

export interface Curve {
  readonly points: readonly CurvePoint[];
}

export const WINDOW = 10;

export const STRATA: readonly Stratum[] = ["hard", "mixed", "easy"];

export function learningCurve(experiences: readonly Experience[]): Curve {
  const ordered = [...experiences].sort((one, other) => one.created.localeCompare(other.created));
  const seen = new Set<string>();
  const solved: Record<Stratum, number> = { hard: 0, mixed: 0, easy: 0 };
  const points = ordered.map((experience, index) => {
    if (!seen.has(experience.operator)) {
      seen.add(experience.operator);
      solved[experience.stratum] += 1;
    }
    const recent = ordered.slice(Math.max(0, index + 1 - WINDOW), index + 1);
    return {
      id: experience.id,
      operator: experience.operator,
      stratum: experience.stratum,
      created: experience.created,
      passRate: experience.passRate,
      recentPassRate: mean(recent.map((each) => each.passRate)),
      solved: { ...solved },
      tokens: experience.tokens,
    };
  });
  return { points };
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
