/**
 * Words for home automation: each final result and each answer of the agents that have opted in goes to a webhook and
 * to an MQTT broker. Whoever publishes only enqueues; a receiver that is slow or down costs no turn anything.
 *
 * @module
 */
export {
  Automation,
  type AutomationOptions,
  type AutomationPublisher,
  type AutomationStats,
  isConfigured,
  type KnownDevice,
} from "./automation.ts";
export { type AutomationConfig, automationConfig, type MqttConfig, type WebhookConfig } from "./config.ts";
export type { DeliveryStats, SinkName } from "./delivery.ts";
export {
  type AnswerFacts,
  type AutomationEvent,
  type AutomationFacts,
  type EventDevice,
  type EventHead,
  outgoing,
  type OutgoingEvent,
  pingEvent,
  type TurnFacts,
  type TurnHead,
  type WordsFacts,
} from "./event.ts";
export { registerAutomationMetrics } from "./metrics.ts";
export {
  type MqttConnection,
  type MqttConnectionOptions,
  type MqttMessage,
  openMqtt,
} from "./mqtt_connection.ts";
export { MqttSink, type MqttSinkOptions } from "./mqtt_sink.ts";
export { openAutomation, type OpenAutomationOptions, openWebhook, readBroker } from "./open_automation.ts";
export type { NamedDevice } from "./topics.ts";
export { Webhook, type WebhookOptions, WebhookRefusal } from "./webhook.ts";
