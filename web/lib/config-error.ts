/** Where the running network is. Served beside the pages, so that the same export works against any deployment. */
export const CONFIG_PATH = "/config.json";

/** The dashboard cannot know its network. `problems` are sentences for the person in front of it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[], cause?: unknown) {
    super(problems.join(" "), { cause });
    this.problems = problems;
  }
}
