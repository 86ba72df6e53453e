import { assertEquals } from "@std/assert";
import { answerQuestion } from "../../../lib/llm/builtin/answer_question.ts";
import { english } from "../../../lib/llm/builtin/english.ts";
import type { LlmMessage } from "../../../lib/llm/mod.ts";
import { test } from "../../support/test.ts";

/** A Monday, 15:05 in Berlin. */
const NOW = { wallMs: Date.UTC(2025, 2, 3, 14, 5), timeZone: "Europe/Berlin" };
const HISTORY: readonly LlmMessage[] = [
  { role: "user", content: "What time is it?" },
  { role: "assistant", content: "It is noon." },
];

const ask = (question: string, { language = "en", history = HISTORY, now = NOW } = {}) =>
  answerQuestion({ question, language, history }, now);

const TIME = "It is 3:05 in the afternoon.";
const DATE = "Today is Monday, March 3rd, 2025.";
const AGAIN = "It is noon.";
const { replies } = english;

/** What is said, and what is answered. */
const PHRASES: Readonly<Record<string, readonly string[]>> = {
  [TIME]: [
    "What time is it?",
    "what time is it",
    "WHAT TIME IS IT???",
    "What's the time?",
    "Whats the time",
    "What is the time right now?",
    "Could you please tell me the time?",
    "Um, what time is it now?",
    "Hey, do you know what time it is?",
    "Hello there! What time is it, please?",
    "Earshot, what time is it?",
    "what what time is it",
    "Wat time is it",
    "What is the current time?",
    "Time, please.",
    "the time",
    "Do you have the time?",
    "I'd like to know what time it is",
    "tell me the time",
    "How late is it?",
    "Good morning. What time is it? Thank you.",
    "So, uh, what's the time?",
    "What hour is it?",
  ],
  [DATE]: [
    "What's the date?",
    "What is the date today?",
    "what day is it",
    "What day is it today?",
    "What day of the week is it?",
    "Which day is today?",
    "what's today's date",
    "Today's date, please",
    "Can you tell me the date?",
    "Tell me what day it is",
    "Is it Monday?",
    "Is today Tuesday?",
    "Please, what is today's date?",
    "the date",
  ],
  "Tomorrow is Tuesday, March 4th, 2025.": [
    "What day is tomorrow?",
    "What is the date tomorrow?",
    "What's tomorrow's date?",
  ],
  "Yesterday was Sunday, March 2nd, 2025.": ["What day was yesterday?", "What was the date yesterday?"],
  "The day after tomorrow is Wednesday, March 5th, 2025.": ["What day is the day after tomorrow?"],
  "It is the year 2025.": ["What year is it?", "Which year is it now?"],
  "It is March 2025.": ["What month is it?", "What month is it now?", "Which month is it now?"],
  [`${TIME} ${DATE}`]: [
    "What time is it? And what day is it?",
    "What time is it and what day is it?",
  ],
  [`I only know the time here. ${TIME}`]: ["What time is it in Tokyo?", "what is the time in New York"],
  [replies.greeting]: [
    "Hello",
    "Hi!",
    "Hey there.",
    "hello hello",
    "Good morning!",
    "Good evening, Earshot",
    "Hallo",
    "Hi, nice to meet you",
  ],
  [replies.how_are_you]: ["How are you?", "Hello, how are you doing today?", "How's it going?", "What's up?"],
  [replies.hearing]: ["Can you hear me?", "Are you there?", "Hello, are you listening?", "testing"],
  [replies.who]: [
    "Who are you?",
    "What's your name?",
    "what is your name please",
    "Hi, who are you?",
    "Are you a robot?",
    "Tell me about yourself.",
    "Introduce yourself",
    "Who am I talking to?",
  ],
  [replies.help]: [
    "What can you do?",
    "Help!",
    "Can you help me?",
    "What can I say?",
    "How can you help me?",
    "what are your features",
  ],
  [replies.thanks]: ["Thank you!", "Thanks a lot.", "thank you very much", "Okay, thanks", "Well done!"],
  [AGAIN]: [
    "Repeat",
    "Repeat that, please.",
    "Say that again",
    "Can you say that again?",
    "Could you repeat what you said?",
    "Again, please!",
    "Once more",
    "Pardon?",
    "Sorry?",
    "What did you say?",
    "I didn't hear you.",
    "I did not catch that.",
  ],
  [replies.stop]: [
    "Stop.",
    "stop it",
    "Be quiet!",
    "Never mind",
    "Shut up",
    "Okay.",
    "cancel that",
    "No, thanks.",
  ],
  [replies.goodbye]: [
    "Goodbye!",
    "Good bye",
    "bye bye",
    "See you later",
    "Good night!",
    "Okay, bye",
    "Thanks, bye!",
  ],
  [replies.timer]: [
    "Set a timer for five minutes",
    "Wake me up at seven",
    "Remind me to call mom",
    "Can you set an alarm?",
    "start a countdown",
  ],
  [replies.call]: ["Call mom", "Please make a phone call", "Send a message to Bob", "Can you text my wife?"],
  [replies.music]: ["Play some music", "Can you sing?", "put on the radio", "Play a song by the Beatles"],
  [replies.volume]: [
    "Louder!",
    "Turn it up",
    "Set the volume to five",
    "You are too loud",
    "Turn down the volume",
  ],
  [replies.weather]: ["What's the weather like?", "Will it rain tomorrow?", "How cold is it outside?"],
  [replies.news]: ["What's in the news today?", "Read me the headlines"],
  [replies.home]: ["Turn on the lights", "Switch the lamp off, please", "open the door"],
  "hello world": [
    "Say hello world",
    "Hey computer, say hello world",
    "Please say: hello world",
    `Can you say "hello world"?`,
  ],
  "What time is it?": ["Repeat after me: What time is it?"],
  "The quick brown Fox.": ["Say after me, The quick brown Fox.", "Repeat: The quick brown Fox."],
};

for (const [answer, questions] of Object.entries(PHRASES)) {
  test(`builtin, English: ${answer.slice(0, 60)}`, () => {
    assertEquals(
      questions.map((question) => [question, ask(question)]),
      questions.map((question) => [question, answer]),
    );
  });
}

test("builtin, English: at least sixty ways to say something are tried", () => {
  assertEquals(Object.values(PHRASES).flat().length >= 60, true);
});

test("builtin, English: what it does not know it repeats shortly, and says what is missing", () => {
  const missing =
    "No language model is configured, so I can only greet, tell the time and the date, and repeat.";
  for (
    const question of [
      "How tall is Mount Everest?",
      "Tell me a joke.",
      "What time does the shop open?",
      "What time is the meeting?",
      "How much time do I have left?",
      "It was the best time of my life",
      "What day is Christmas?",
      "date night ideas",
      "Can you repeat after me?",
      "What are you doing",
      "Who was Napoleon?",
      "Translate good into French",
      "I said to him that it is fine",
      "What do you call a baby goat?",
      "My birthday is in March",
    ]
  ) {
    assertEquals(ask(question), `I heard: ${question.replace(/[.?]$/, "")}. ${missing}`);
  }
  const long = ask("why ".repeat(400));
  assertEquals(long, `I heard: ${"why ".repeat(30).trimEnd()}…. ${missing}`);
});

test("builtin, English: without words, or anything said before, it says so", () => {
  for (const question of ["", "  ", "...", "?!"]) assertEquals(ask(question), english.noWords);
  assertEquals(ask("Say that again", { history: [] }), english.nothingSaid);
  const history = [...HISTORY, { role: "user", content: "stop" }, {
    role: "assistant",
    content: " ",
  }] as const;
  assertEquals(ask("Say that again", { history }), AGAIN);
});

test("builtin, English: each hour as it is said", () => {
  const said = (hour: number, minute: number) =>
    ask("What time is it?", { now: { wallMs: Date.UTC(2025, 0, 1, hour, minute), timeZone: "UTC" } });
  assertEquals(
    [[0, 0], [0, 5], [4, 59], [5, 0], [11, 59], [12, 0], [12, 30], [17, 1], [18, 0], [20, 59], [21, 0]]
      .map(([hour = 0, minute = 0]) => said(hour, minute)),
    [
      "It is midnight.",
      "It is 12:05 at night.",
      "It is 4:59 at night.",
      "It is 5 o'clock in the morning.",
      "It is 11:59 in the morning.",
      "It is noon.",
      "It is 12:30 in the afternoon.",
      "It is 5:01 in the afternoon.",
      "It is 6 o'clock in the evening.",
      "It is 8:59 in the evening.",
      "It is 9 o'clock at night.",
    ],
  );
});

test("builtin, English: days as they are counted, also over the end of a year and where the clocks change", () => {
  const date = (question: string, wallMs: number, timeZone = "UTC") =>
    ask(question, { now: { wallMs, timeZone } });
  assertEquals(
    [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 31].map((day) =>
      date("the date", Date.UTC(2025, 11, day)).split(" ")[4]
    ),
    [
      "1st,",
      "2nd,",
      "3rd,",
      "4th,",
      "11th,",
      "12th,",
      "13th,",
      "21st,",
      "22nd,",
      "23rd,",
      "31st,",
    ],
  );
  const silvester = Date.UTC(2025, 11, 31, 23, 59);
  assertEquals(date("What day is tomorrow?", silvester), "Tomorrow is Thursday, January 1st, 2026.");
  assertEquals(date("What day is it?", silvester, "Asia/Shanghai"), "Today is Thursday, January 1st, 2026.");
  // 23:30 on the day before a day of 23 hours, and on one of 25.
  assertEquals(
    date("What day is tomorrow?", Date.UTC(2025, 2, 29, 22, 30), "Europe/Berlin"),
    "Tomorrow is Sunday, March 30th, 2025.",
  );
  assertEquals(
    date("What day is tomorrow?", Date.UTC(2025, 9, 25, 22, 30), "Europe/Berlin"),
    "Tomorrow is Monday, October 27th, 2025.",
  );
});
