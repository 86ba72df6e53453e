/**
 * Words for home automation: each final result and each answer of the agents that have opted in goes to a webhook and
 * to an MQTT broker. Whoever publishes only enqueues; a receiver that is slow or down costs no turn anything.
 *
 * @module
 */
export { Automation, type AutomationPublisher, type AutomationStats, isConfigured } from "./automation.ts";
export { type AutomationConfig, automationConfig, type MqttConfig, type WebhookConfig } from "./config.ts";
export {
  type AnswerFacts,
  type AutomationEvent,
  type AutomationFacts,
  type EventDevice,
  outgoing,
  pingEvent,
  type WordsFacts,
} from "./event.ts";
export { registerAutomationMetrics } from "./metrics.ts";
export { openMqtt } from "./mqtt_connection.ts";
export { openAutomation, type OpenAutomationOptions, openWebhook, readBroker } from "./open_automation.ts";
export { WebhookRefusal } from "./webhook.ts";
