/** Which Python files concern this extension: those that import `step`. */

const IMPORTS_STEP =
  /^[ \t]*(?:import[ \t]+(?:[\w.]+(?:[ \t]+as[ \t]+\w+)?[ \t]*,[ \t]*)*step(?![\w])|from[ \t]+step(?:\.[\w.]+)?[ \t]+import\b)/m;

/** Whether the text of a Python module imports `step`; tolerant of half-typed text. */
export function importsStep(text: string): boolean {
  return text.includes("step") && IMPORTS_STEP.test(text);
}
