import { coze, COZE_BOT, COZE_TOKEN } from "../../support/emulators/coze.ts";
import { dify, DIFY_KEY, type DifyApp } from "../../support/emulators/dify.ts";
import { fastgpt, FASTGPT_KEY } from "../../support/emulators/fastgpt.ts";
import { HOME_TOKEN, homeAssistant } from "../../support/emulators/home_assistant.ts";
import { webhook, WEBHOOK_SECRET, type WebhookForm } from "../../support/emulators/webhook.ts";
import { withSecrets } from "../../support/open_recognizer.ts";
import type { LlmSubject } from "../llm_subjects.ts";

const ONE_END = "its last event is its end";
const ONE_PIECE = "its answer comes in one piece";
const NO_REASON = "it does not say why an answer ends";

const difyApp = (app: DifyApp, more: Partial<LlmSubject> = {}): LlmSubject => ({
  name: `dify ${app}`,
  asked: "question",
  // What it knows is each emulator's own.
  get dialect() {
    return dify(app);
  },
  block: (url) => withSecrets({ type: "dify", url }, { apiKey: DIFY_KEY }),
  thoughts: "They greet me. I greet them.",
  skipped: {
    "cut at the most tokens": NO_REASON,
    "an end without [DONE]": ONE_END,
    "an end without a finish": ONE_END,
  },
  ...more,
});

const fastgptApp = (detail: boolean): LlmSubject => ({
  name: `fastgpt${detail ? " in detail" : ""}`,
  asked: "question",
  dialect: fastgpt(),
  block: (url) => withSecrets({ type: "fastgpt", url, detail }, { apiKey: FASTGPT_KEY }),
  thoughts: "They greet me. I greet them.",
  skipped: {
    "counts of tokens": "it counts none",
    "cut at the most tokens": "it always says that it has stopped",
    "the subject is refused at the end": "it always says that it has stopped",
    "refused: request": "it does not say that the request is wrong",
  },
});

const flow = (form: WebhookForm): LlmSubject => ({
  name: `webhook ${form}`,
  asked: "question",
  dialect: webhook(form),
  block: (url) => withSecrets({ type: "webhook", url, header: "X-Secret" }, { secret: WEBHOOK_SECRET }),
  thoughts: ["<thi", "nk>They gre", "et me.</", "think>", "\n\n"],
  skipped: {
    "counts of tokens": "it counts none",
    "cut at the most tokens": NO_REASON,
    "the subject is refused at the end": NO_REASON,
    "an end without [DONE]": form === "lines" ? ONE_END : ONE_PIECE,
    "an end without a finish": form === "lines" ? ONE_END : ONE_PIECE,
    "refused: no money": "it has no account",
    "refused: context": "it says only that its flow has failed",
    "refused: content": "it says only that its flow has failed",
    ...(form !== "lines" && {
      "an end without either is truncated": ONE_PIECE,
      "a body that stays open": "an answer in one piece is whole when its body ends",
      "an error in mid-answer": ONE_PIECE,
      "canceled in mid-answer": ONE_PIECE,
      "who leaves the loop ends the request": "there is no text before its answer is whole",
    }),
    ...(form === "text" && { "an error before the first token": "in text it is an answer" }),
  },
});

/** Services that keep the history: they are sent the question alone. */
export const KEEPER_SUBJECTS: readonly LlmSubject[] = [
  difyApp("chatbot", { thoughts: ["<thi", "nk>They gre", "et me.</", "think>", "\n\n"] }),
  difyApp("agent"),
  difyApp("new agent"),
  difyApp("chatflow", { skipped: { "cut at the most tokens": NO_REASON } }),
  {
    name: "coze",
    asked: "question",
    get dialect() {
      return coze();
    },
    block: (url) => withSecrets({ type: "coze", url, botId: COZE_BOT }, { apiKey: COZE_TOKEN }),
    thoughts: "They greet me. I greet them.",
    skipped: {
      "cut at the most tokens": NO_REASON,
      "an answer in one piece": "without a stream its answer has to be fetched later",
    },
  },
  fastgptApp(false),
  fastgptApp(true),
  {
    name: "home assistant",
    asked: "question",
    get dialect() {
      return homeAssistant();
    },
    block: (url) => withSecrets({ type: "homeAssistant", url }, { token: HOME_TOKEN }),
    thoughts: "",
    skipped: {
      "counts of tokens": "it counts none",
      "cut at the most tokens": NO_REASON,
      "the subject is refused at the end": NO_REASON,
      "an end without [DONE]": ONE_PIECE,
      "an end without a finish": ONE_PIECE,
      "an end without either is truncated": ONE_PIECE,
      "a body that stays open": "an answer in one piece is whole when its body ends",
      "an error in mid-answer": ONE_PIECE,
      "canceled in mid-answer": ONE_PIECE,
      "who leaves the loop ends the request": "there is no text before its answer is whole",
      "refused: no money": "it has no account",
      "refused: context": "it says only that it has failed",
      "refused: content": "it says only that it has failed",
    },
  },
  flow("lines"),
  flow("json"),
  flow("text"),
];
