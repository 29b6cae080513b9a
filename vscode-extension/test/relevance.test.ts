import assert from "node:assert/strict";
import { test } from "node:test";
import { importsStep } from "../src/relevance";

for (const text of [
  "import step",
  "import step as st",
  "import numpy as np, step",
  "import numpy, step as s",
  "from step import f32",
  "from step.primitives import Map",
  '"""Doc."""\r\nimport os\r\nimport step\r\n',
  "try:\n    import step\nexcept ImportError:\n    pass",
]) {
  test(`imports step: ${JSON.stringify(text)}`, () => assert.equal(importsStep(text), true));
}

for (const text of [
  "",
  "import step_agents",
  "from step_server import cli",
  "import stepper",
  "from steps import f32",
  "step = 3",
  "# we could import step here",
  'text = "import step"',
  "import mystep",
]) {
  test(`does not import step: ${JSON.stringify(text)}`, () => assert.equal(importsStep(text), false));
}
