import type { MqttMessage } from "./mqtt_connection.ts";
import { levelOf, type NamedDevice, statusTopic, topicOf } from "./topics.ts";

/** How long a state of Home Assistant may be. */
const STATE_CHARS = 255;

/**
 * What tells Home Assistant of a device, retained: a sensor for the last words, one for the last answer, and an event
 * for words, which an automation can start with. The whole event is in the attributes of each.
 */
export function discoveryOf(
  { id, name = id, room }: NamedDevice,
  { discovery, topic }: { readonly discovery: string; readonly topic: string },
): readonly MqttMessage[] {
  const device = {
    identifiers: [`earshot_${levelOf(id)}`],
    name,
    manufacturer: "Earshot",
    ...(room !== undefined && { suggested_area: room }),
  };
  const common = (entity: string) => ({
    unique_id: `earshot_${levelOf(id)}_${entity}`,
    availability_topic: statusTopic(topic),
    device,
    origin: { name: "Earshot" },
  });
  const sensor = (type: "words" | "answer", label: string, icon: string) => ({
    name: label,
    ...common(type),
    icon,
    state_topic: topicOf(topic, { type, device: { id } }),
    value_template: `{{ value_json.text[:${STATE_CHARS}] }}`,
    json_attributes_topic: topicOf(topic, { type, device: { id } }),
    // The same words twice are two events.
    force_update: true,
  });
  const heard = {
    name: "Words heard",
    ...common("heard"),
    icon: "mdi:ear-hearing",
    state_topic: topicOf(topic, { type: "words", device: { id } }),
    event_types: ["words"],
    value_template: "{{ dict(value_json, event_type=value_json.type) | to_json }}",
  };
  const config = (component: string, entity: string, payload: unknown): MqttMessage => ({
    topic: `${discovery}/${component}/earshot_${levelOf(id)}_${entity}/config`,
    payload: JSON.stringify(payload),
    retain: true,
  });
  return [
    config("sensor", "words", sensor("words", "Last words", "mdi:comment-text-outline")),
    config("sensor", "answer", sensor("answer", "Last answer", "mdi:message-reply-text-outline")),
    config("event", "heard", heard),
  ];
}
