/** Numbers as people read them. */

import type { Experience, SynthesizeResult } from "./protocol";

const counting = new Intl.NumberFormat("en-US");

export function count(value: number, noun: string, plural = `${noun}s`): string {
  return `${counting.format(value)} ${value === 1 ? noun : plural}`;
}

export function seconds(value: number): string {
  if (value < 10) {
    return `${value.toPrecision(2)} s`;
  }
  if (value < 90) {
    return `${Math.round(value)} s`;
  }
  return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
}

export function percent(rate: number): string {
  return `${Math.round(rate * 100)} %`;
}

/** `3.1 s · 1,204 candidates · 5,310 tokens · $0.02`; what is zero is left out. */
export function effort(result: Pick<SynthesizeResult, "seconds" | "candidates" | "tokens" | "cost">): string {
  const parts = [seconds(result.seconds)];
  if (result.candidates > 0) {
    parts.push(count(result.candidates, "candidate"));
  }
  if (result.tokens > 0) {
    parts.push(count(result.tokens, "token"));
  }
  if (result.cost !== null && result.cost > 0) {
    parts.push(`$${result.cost < 0.01 ? result.cost.toFixed(4) : result.cost.toFixed(2)}`);
  }
  return parts.join(" · ");
}

/** The explanation of the guardian's fixes, as Markdown. */
export function fixesAsMarkdown(result: SynthesizeResult): string {
  const lines = [`# What the guardian changed in \`${result.operator}\``, ""];
  for (const [index, fix] of result.fixes.entries()) {
    lines.push(`## ${index + 1}. ${fix.rule}`, "", fix.reason, "", "```diff");
    lines.push(...fix.before.split("\n").filter(Boolean).map((line) => `- ${line}`));
    lines.push(...fix.after.split("\n").filter(Boolean).map((line) => `+ ${line}`));
    lines.push("```", "");
  }
  return lines.join("\n");
}

export function experienceDetail(experience: Experience): string {
  const flags = [experience.valid ? "" : "no longer valid", experience.accepted === false ? "rejected" : ""].filter(Boolean);
  return [percent(experience.passRate), count(experience.samples, "sample"), ...flags].join(" · ");
}
