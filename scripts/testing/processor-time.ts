// What a page itself takes of the processor, on a machine that does other things as well.

/** What is read of an event of a browser's trace. Times are microseconds; `tdur` is the thread's own, without what others took meanwhile. */
export interface TraceEvent {
  ph: string;
  name: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  tdur?: number;
}

/** A task of a thread's event loop. */
const isTask = ({ ph, name }: TraceEvent) => ph === "X" && /(^|::)RunTask$/.test(name);

/**
 * The events with each task as long as the processor worked on it, and what happened within it at the same part of it. What came between
 * tasks stays where it was, so that nothing changes its order. Tasks whose own time was not recorded stay as they are.
 */
export function byProcessorTime<Event extends TraceEvent>(events: readonly Event[]): Event[] {
  const tasks = new Map<string, Event[]>();
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid}:${tid}`;
  for (const event of events.filter(isTask).sort((one, other) => one.ts - other.ts)) {
    const list = tasks.get(threadOf(event)) ?? [];
    const last = list.at(-1);
    const isInside = last !== undefined && event.ts < last.ts + (last.dur ?? 0);
    if (!isInside) list.push(event);
    tasks.set(threadOf(event), list);
  }
  return events.map((event) => {
    const task = taskAt(tasks.get(threadOf(event)) ?? [], event.ts);
    if (!task?.dur || task.tdur === undefined) return event;
    const share = Math.min(1, task.tdur / task.dur);
    const ts = Math.round(task.ts + (event.ts - task.ts) * share);
    return event.dur === undefined ? { ...event, ts } : { ...event, ts, dur: Math.floor(event.dur * share) };
  });
}

/** The outermost task that was running at a moment. `tasks` are in order and do not overlap. */
function taskAt<Event extends TraceEvent>(tasks: readonly Event[], ts: number): Event | undefined {
  let [low, high] = [0, tasks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tasks[middle]?.ts ?? 0) <= ts) low = middle + 1;
    else high = middle;
  }
  const task = tasks[low - 1];
  return task && ts < task.ts + (task.dur ?? 0) ? task : undefined;
}
