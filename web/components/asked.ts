/** What is asked for again and again, as pages show it. */
export interface Asked<Data> {
  /** Undefined until there is an answer; a failure does not take away what was read. */
  data: Data | undefined;
  error: Error | null;
  errorUpdatedAt: number;
  isFetching: boolean;
  refetch: () => void;
}
