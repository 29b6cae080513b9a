/** The commands, by name: what `extension.ts` registers and `main.ts` carries out. */

export const COMMANDS = [
  "step.synthesize",
  "step.repair",
  "step.check",
  "step.graph",
  "step.graph.export",
  "step.preview.apply",
  "step.preview.discard",
  "step.chooseProposer",
  "step.setBudget",
  "step.setAnthropicKey",
  "step.setOpenAIKey",
  "step.forgetKeys",
  "step.restart",
  "step.showLogs",
  "step.debugInformation",
  "step.createEnvironment",
  "step.openSample",
  "step.experience.focusView",
  "step.experience.refresh",
  "step.experience.open",
  "step.experience.delete",
  "step.experience.recheck",
  "step.experience.recheckAll",
  "step.experience.export",
  "step.experience.import",
  "step.experience.curve",
] as const;

export type Command = (typeof COMMANDS)[number];

/** The loaded extension. */
export interface Extension {
  run(command: Command, args: readonly unknown[]): Promise<void>;
  stop(): Promise<void>;
}
