/** The requests about the experience, typed. */

import { type Experience, Method } from "../protocol";
import type { StepServer } from "../server";

export class ExperienceClient {
  constructor(private readonly server: StepServer) {}

  async list(): Promise<readonly Experience[]> {
    const answer = await this.server.request<{ experiences: readonly Experience[] }>(Method.experience, { action: "list" });
    return answer.experiences;
  }

  async text(id: string): Promise<string> {
    return (await this.server.request<{ text: string }>(Method.experience, { action: "show", id })).text;
  }

  /** The server's message, for people. */
  async act(action: "delete" | "recheck" | "export" | "import", argument: { id?: string; path?: string }): Promise<string> {
    const answer = await this.server.request<{ message?: string | null } | null>(Method.experience, { action, ...argument });
    return answer?.message ?? "";
  }
}
