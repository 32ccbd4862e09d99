/** Marked by the client of the index; its class would bring that client along to where only this is asked. */
const isSilent = (error: Error): boolean => "isSilent" in error && error.isSilent === true;

/** Asks again `times` times after a failure, but not an index that let a whole time-out pass: the reader has waited long enough. */
export function retryUnlessSilent(times: number): (failures: number, error: Error) => boolean {
  return (failures, error) => failures < times && !isSilent(error);
}
