import {
  type AutomationConfig,
  openMqtt,
  openWebhook,
  outgoing,
  pingEvent,
  readBroker,
  WebhookRefusal,
} from "../../automation/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { systemClock } from "../../lifecycle/mod.ts";
import { failedReport, type ServiceCheck, type ServiceReport, type Verdict } from "./service_report.ts";

/** What a status says of the signature. */
const UNAUTHORIZED: readonly number[] = [401, 403];

/**
 * A check for each place where words are sent to for home automation: a signed `ping` to the webhook, a connection to the
 * broker. Secrets are read now, and what speaks MQTT is loaded.
 */
export async function automationChecks(
  { webhook, mqtt }: AutomationConfig,
): Promise<readonly ServiceCheck[]> {
  const clock = systemClock;
  const checks: ServiceCheck[] = [];
  if (webhook !== undefined) {
    checks.push(
      await prepared("automation.webhook", () => openWebhook(webhook, { clock }), async (hook, signal) => {
        try {
          await hook.send(outgoing(pingEvent(Date.now())), signal);
        } finally {
          hook.close();
        }
      }),
    );
  }
  if (mqtt !== undefined) {
    checks.push(
      await prepared("automation.mqtt", () => readBroker(mqtt, { clock }), async (broker, signal) => {
        const connection = await openMqtt(broker, signal);
        await connection.close();
      }),
    );
  }
  return checks;
}

/** What is read now and tried later, or the report of what could not be read. */
async function prepared<Opened>(
  service: string,
  open: () => Promise<Opened>,
  attempt: (opened: Opened, signal: AbortSignal) => Promise<void>,
): Promise<ServiceCheck> {
  let opened: Opened;
  try {
    opened = await open();
  } catch (thrown) {
    const report = failedReport(service, EarshotError.from(thrown));
    return () => Promise.resolve(report);
  }
  return async (signal) => {
    try {
      await attempt(opened, signal);
      return { service, ok: true, reachable: "yes", authorized: "yes" };
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      return reportOf(service, EarshotError.from(thrown));
    }
  };
}

function reportOf(service: string, error: EarshotError): ServiceReport {
  const [reachable, authorized] = verdictsOf(error);
  return { ...failedReport(service, error), reachable, authorized };
}

function verdictsOf(error: EarshotError): readonly [reachable: Verdict, authorized: Verdict] {
  if (error instanceof WebhookRefusal) return ["yes", UNAUTHORIZED.includes(error.status) ? "no" : "unknown"];
  switch (error.code) {
    case "automation.auth":
      return ["yes", "no"];
    case "automation.refused":
      return ["yes", "unknown"];
    case "net.unreachable":
      return ["no", "unknown"];
    default:
      return ["unknown", "unknown"];
  }
}
