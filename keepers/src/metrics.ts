import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What Prometheus reads at `/metrics`. Bytes, seconds and gas are in the names. */
export function createMetrics(labels: Record<string, string>) {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    /** Called before the metrics are read: what is only looked up then. */
    beforeScrape: async (): Promise<void> => undefined,
    duties: new Counter({
      name: "keeper_duties_total",
      help: "Duties that ended, by kind and result.",
      labelNames: ["kind", "status"],
      registers,
    }),
    dutySeconds: new Histogram({
      name: "keeper_duty_seconds",
      help: "Time from the start of a duty to its end, waiting for the chain included.",
      labelNames: ["kind"],
      buckets: [0.05, 0.2, 1, 3, 10, 30, 120],
      registers,
    }),
    transactions: new Counter({
      name: "keeper_transactions_total",
      help: "Transactions by duty and outcome.",
      labelNames: ["kind", "status"],
      registers,
    }),
    gas: new Counter({
      name: "keeper_gas_used_total",
      help: "Gas of mined transactions.",
      labelNames: ["kind"],
      registers,
    }),
    errors: new Counter({
      name: "keeper_errors_total",
      help: "Unexpected errors by where they rose.",
      labelNames: ["where"],
      registers,
    }),
    rewinds: new Counter({ name: "keeper_rewinds_total", help: "Times the chain was reorganised.", registers }),
    headBlock: new Gauge({ name: "keeper_head_block", help: "Newest block whose events are applied.", registers }),
    headSeconds: new Gauge({
      name: "keeper_head_seconds",
      help: "Unix time of that block, in the time of the chain.",
      registers,
    }),
    balance: new Gauge({ name: "keeper_balance_wei", help: "Native coin of the key, for gas.", registers }),
    everBalance: new Gauge({
      name: "keeper_ever_balance",
      help: "EVER of the key, for auctions. Base units; 0 where it does not bid.",
      registers,
    }),
    gasPeriods: new Gauge({
      name: "keeper_gas_periods",
      help: "Periods whose duties the key's native coin pays for, at the last gas price that was seen.",
      registers,
    }),
    leading: new Gauge({ name: "keeper_leading", help: "1 while this process acts, 0 on a standby.", registers }),
    signerFailures: new Counter({
      name: "keeper_signer_failures_total",
      help: "Times that the key's keeper did not sign.",
      registers,
    }),
    refusing: new Gauge({
      name: "keeper_refusing",
      help: "1 while it sends nothing because another keeper seems to act with its key.",
      registers,
    }),
    foreignNonces: new Counter({
      name: "keeper_foreign_nonces_total",
      help: "Nonces of the key that somebody else used while this keeper worked, by what they were used for.",
      labelNames: ["kind"],
      registers,
    }),
    receivedBytes: new Counter({ name: "keeper_received_bytes_total", help: "Bytes of parts on disk.", registers }),
    vouchers: new Counter({
      name: "keeper_vouchers_total",
      help: "Vouchers that came, by what became of them.",
      labelNames: ["result"],
      registers,
    }),
    requests: new Counter({
      name: "keeper_requests_total",
      help: "HTTP answers by route and status.",
      labelNames: ["route", "status"],
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
