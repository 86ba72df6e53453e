import { englishVolume, englishVolumeChange } from "./english_volume.ts";
import type { Moment } from "./moment.ts";
import { anyFits, type DateQuestion, type Phrasebook, quotedOrAll, strip } from "./phrasebook.ts";

const LEADING =
  /^(?:hi|hiya|hello|hallo|halo|helo|hey|yo|ok|okay|um+|uh+|er+|erm|h+mm*|mm+|oh|ah|well|so|and|then|now|but|please|alright|right|excuse me|sorry|thanks|thank you|there|earshot|xiao ?zhi|alexa|siri|jarvis|computer|assistant|robot|mister|buddy|my friend|good (?:morning|afternoon|evening|day)|(?:can|could|would|will) you|do you know|i (?:want|would like|need) (?:to know|you to)|id like (?:to know|you to)|i wonder|tell me|let me know|kindly|just|quickly) /;
const TRAILING =
  / (?:please|pls|um+|uh+|right now|now|then|for me|to me|if you can|if you dont mind|will you|would you|could you|can you|thanks|thank you|again please|okay|ok|earshot|xiao ?zhi|computer|assistant|mate|buddy|my friend|everyone)$/;
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

const WHAT =
  "(?:what|whats|wats|wat|which|what is|what s)(?: the| is)?(?: current| exact| local| right| correct)?";
const TIME: readonly RegExp[] = [
  // What follows decides: "what time does the shop open" is another question.
  new RegExp(
    `\\b${WHAT} (?:time|tyme|hour|oclock|clock)(?=$| is it| is its| it is| its| it$| is$| now| right| here| in | today| currently| at the moment| do you have| have you| is the time| and)`,
  ),
  /^(?:the )?(?:current |exact |local |right )?time(?: is it| it is| now| check| here| in \w.*)?$/,
  /\b(?:give|say|check|know|have|got|need|want|show|read|announce)\b(?: me| us)? (?:the )?(?:current |exact |right )?time$/,
  /\bhow late is it\b|\bis it late$/,
];
const ELSEWHERE = /\btime\b.* in (?!the (?:morning|afternoon|evening|room|kitchen)\b|here\b|this\b)/;
const DATE =
  /\b(?:what|whats|wats|which|what s)\b(?: is| was| will| are)?(?: the| be)?(?: current| exact)? ?(?:date|day|days|weekday|month|year)(?: (?:is|was|will be|is it|it is|its|do we have|are we having|of the (?:week|month|year)|of week|and time|after tomorrow|before yesterday|do you have|today|tomorrow|yesterday|it|be|the day|now))*(?: and what.*)?$|\b(?:today|todays|tomorrows|yesterdays)(?: s)? date\b|^(?:the )?(?:current |todays )?(?:date|day|weekday|month|year)(?: is it| it is| today| tomorrow| yesterday)?$|\b(?:give|know|say|need|check|show)\b(?: me| us)? (?:the |todays )?date$|\b(?:is (?:it|today)|today is) (?:a )?(?:mon|tues|wednes|thurs|fri|satur|sun)day$|^whats today$|^what is today$|^what is tomorrow$|^whats tomorrow$/;
const NAME =
  "(?: (?:earshot|there|again|everybody|everyone|all|mate|buddy|friend|robot|computer|my friend))*";

function plain(text: string): readonly string[] {
  const words = text.normalize("NFKC").toLowerCase().replaceAll(/[’'`´]/g, "")
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ").trim();
  const known = words.replaceAll(/\b(?:um+|uh+|erm+)\b ?/g, "").replaceAll(/\b(\w+)(?: \1\b)+/g, "$1").trim();
  const stripped = strip(known, [LEADING, TRAILING]);
  return [...new Set([words, known, stripped])];
}

function asksTime(texts: readonly string[]): "here" | "elsewhere" | undefined {
  if (!TIME.some((pattern) => anyFits(pattern, texts))) return undefined;
  return anyFits(ELSEWHERE, texts) ? "elsewhere" : "here";
}

function asksDate(texts: readonly string[]): DateQuestion | undefined {
  if (!anyFits(DATE, texts)) return undefined;
  const [words = ""] = texts;
  const part = /\byear\b/.test(words) ? "year" : /\bmonth\b(?!.*\bday)/.test(words) ? "month" : "date";
  if (/\bday after tomorrow\b/.test(words)) return { part, days: 2 };
  if (/\bday before yesterday\b/.test(words)) return { part, days: -2 };
  return { part, days: /\btomorrow/.test(words) ? 1 : /\byesterday/.test(words) ? -1 : 0 };
}

/** English, as it is understood and answered. */
export const english: Phrasebook = {
  plain,
  asksTime,
  asksDate,
  volumeChange: englishVolumeChange,
  intents: [
    [
      "again",
      new RegExp(
        "^(?:repeat|repeat (?:that|it|this|again|yourself|what you (?:just )?said|your (?:last )?answer|the (?:last )?(?:answer|sentence))(?: again| once more| one more time)?" +
          "|(?:say|tell me|read) (?:that|it|this)?(?: again| once more| one more time)(?: again)?|say again|again|once (?:more|again)|one more time|come again" +
          "|pardon(?: me)?|i beg your pardon|what (?:did|do) you (?:just )?(?:say|said)|what you (?:just )?said|what was that|what (?:were|are) you saying" +
          "|i (?:didnt|did not|dont|couldnt|could not|cant) (?:quite )?(?:hear|catch|understand|get)(?: you| that| it| what you said)?|sorry(?: what)?|excuse me|what|huh|eh)$",
      ),
    ],
    [
      "goodbye",
      /^(?:good ?(?:bye|buy|by)|bye|bye bye|see (?:you|ya)(?: later| soon| tomorrow| again| next time)?|good ?night|farewell|take care|so long|later|(?:catch|talk to) you later|i (?:have|got|need) to go|i must go|im leaving|gotta go|thats (?:all|it)(?: for (?:now|today))?|(?:we are|were|im|i am) done|have a (?:nice|good) (?:day|evening|night)|sleep well|until (?:next time|tomorrow))(?: (?:for )?now| bye| everyone| earshot| computer)*$/,
    ],
    [
      "thanks",
      /^(?:many |ok |okay )?(?:thanks?|thank (?:you|u)|thx|cheers|much appreciated|i appreciate (?:it|that)|thats (?:nice|kind|great|very kind)(?: of you)?|well done|good job|great job)(?: (?:you|very|so|a|lot|much|for|that|your|the|help|everything|indeed|again|earshot|all|answer|information))*$/,
    ],
    [
      "stop",
      /^(?:stop|stop (?:it|that|this|talking|speaking|now|please)|quiet|be quiet|shut up|silence|hush|shush|sh+|enough|thats enough|cancel|cancel (?:that|it)|never ?mind|forget (?:it|about it|that)|pause|no|nope|nothing|no thanks|no thank you|leave me alone|ok|okay|all ?right|alright|fine|good|great|yes|yeah|yep|sure|i see|got it|understood|cool|nice)$/,
    ],
    [
      "volume",
      englishVolume,
    ],
    [
      "timer",
      /\b(?:timers?|alarms?|remind|reminders?|countdown|count down|stopwatch|calendar|appointments?)\b|\bwake me\b/,
    ],
    [
      "call",
      /^(?:call|phone|dial|ring|text|message|email|mail)\b|\b(?:phone|video) call\b|\bmake a call\b|\bsend (?:a|an|my|the)?\b.*\b(?:message|text|email|mail|sms)\b/,
    ],
    [
      "weather",
      /\b(?:weather|forecast|temperature|rain|raining|rainy|snow|snowing|sunny|umbrella|humidity|degrees)\b|\bhow (?:hot|cold|warm) is it\b|\bis it (?:hot|cold|warm)\b/,
    ],
    ["news", /\b(?:news|headlines|stocks?)\b/],
    ["music", /^(?:play|sing|put on)\b|\b(?:music|songs?|radio|playlist|podcasts?|album|audiobook)\b/],
    [
      "home",
      /\b(?:turn|switch)\b.*\b(?:on|off)\b|\b(?:lights?|lamps?|heating|thermostat|curtains?|blinds|air conditioner)\b|^(?:lock|unlock|open|close) the\b/,
    ],
    [
      "how_are_you",
      /\bhow(?: are| re|re)? (?:you|u|things)(?: doing| feeling| going)?(?: today| now)?$|\bhow do you (?:do|feel)\b|\bhows? (?:it|everything|life)(?: is)? going\b|\bhow is it going\b|\bhows life\b|^(?:whats|what is|what s) up$|\bhows your day\b|\bhow is your day\b/,
    ],
    [
      "hearing",
      /\b(?:hear me|listening|you there|anybody there|anyone there|awake|you working|(?:testing|test) (?:one|1))\b|^(?:test|testing)$/,
    ],
    [
      "who",
      /\bwho(?: are| re|re|r) (?:you|u)\b|\bwhat are you$|\bwhat(?: i?s|s)? ?your name\b|\b(?:have|got) a name\b|\bwhat (?:should|shall|can|do) i call you\b|\bwho am i (?:talking|speaking) (?:to|with)\b|\bintroduce yourself\b|\babout yourself\b|\bare you (?:a |an )?(?:robot|human|person|real|ai|computer|machine|bot|chatgpt|alexa|siri|alive|artificial)|\bwho (?:made|built|created) you\b|\bwhat kind of (?:robot|assistant|thing|machine) are you\b/,
    ],
    [
      "help",
      /\bwhat (?:can|could|do|are) (?:you|i|we) (?:do|say|ask|know|able|capable|help|understand|offer|good)\b|^help(?: me)?(?: out)?$|\bhow (?:can|could|do) (?:you|i|we) (?:help|use|work|talk)\b|\bwhat are your (?:skills|features|functions|commands|abilities)\b|\bwhat else can you\b|\bwhat things can you\b|\bi need help$|\bhow does this work\b/,
    ],
    [
      "greeting",
      new RegExp(
        `^(?:hi|hiya|hello|hallo|halo|helo|hey|yo|howdy|greetings|welcome|good (?:morning|afternoon|evening|day)|morning|evening|nice to meet you|pleased to meet you|hows? there|salutations)(?: (?:hi|hello|hey|good (?:morning|afternoon|evening)))*${NAME}$`,
      ),
    ],
  ],
  sayAfterMe: (text) => wordsAfter(/^.{0,40}?\b(?:repeat|say)(?: this)? after me\b/iu, text),
  say: (text) => {
    const said = wordsAfter(
      /^(?:\W*(?:please|hey|hello|hi|ok|okay|now|um+|uh+|(?:can|could|would|will) you|i want you to|just|earshot|computer|alexa|siri|xiao ?zhi)\b)*\W*(?:say|repeat)\b(?: the (?:words?|sentence)\b)?/iu,
      text,
    );
    return said !== undefined && /^(?:something|anything|a few words|that|it|again|after me)\b/i.test(said)
      ? undefined
      : said;
  },
  time: ({ hour, minute }) => `It is ${clock(hour, minute)}.`,
  date: (moment, { part, days }) => {
    if (part === "year") return `It is the year ${moment.year}.`;
    if (part === "month") return `It is ${MONTHS[moment.month - 1]} ${moment.year}.`;
    const when = days === 0
      ? "Today is"
      : days > 0
      ? `${days === 1 ? "Tomorrow" : "The day after tomorrow"} is`
      : `${days === -1 ? "Yesterday" : "The day before yesterday"} was`;
    return `${when} ${dateOf(moment)}.`;
  },
  onlyHere: "I only know the time here.",
  replies: {
    greeting: "Hello! How can I help you?",
    how_are_you: "I am fine, thank you. How can I help you?",
    hearing: "Yes, I can hear you.",
    who: "I am Earshot, the built-in assistant of this voice gateway.",
    help:
      "I can greet you, tell the time and the date, and repeat what was said. For more, a language model has to be configured.",
    thanks: "You are welcome.",
    stop: "Okay.",
    goodbye: "Goodbye!",
    timer: "I cannot set timers, alarms or reminders yet.",
    call: "I cannot make calls or send messages.",
    music: "I cannot play music yet.",
    volume: "I cannot change the volume of this device.",
    weather: "I do not know the weather.",
    news: "I do not know the news.",
    home: "I cannot switch anything in your home yet.",
    lunar: "I do not know the lunar calendar.",
  },
  volumeIs: (percent) => percent === 0 ? "The sound is off." : `The volume is ${percent} percent now.`,
  volumeFailed: "I could not change the volume.",
  volumeHow: "Say louder, quieter, or a volume from zero to one hundred.",
  nothingSaid: "I have not said anything yet.",
  noWords: "I did not catch that. Please say it again.",
  notUnderstood: (heard, { volume }) =>
    `I heard: ${heard}. No language model is configured, so I can only greet, tell the time and the date, ` +
    (volume ? "repeat, and change the volume." : "and repeat."),
  separator: " ",
};

/** What follows on a beginning: what stands in quotes, else all. */
function wordsAfter(beginning: RegExp, text: string): string | undefined {
  const found = beginning.exec(text);
  return found === null ? undefined : quotedOrAll(text.slice(found[0].length));
}

function clock(hour: number, minute: number): string {
  if (minute === 0 && hour === 0) return "midnight";
  if (minute === 0 && hour === 12) return "noon";
  const hours = hour % 12 === 0 ? 12 : hour % 12;
  const time = minute === 0 ? `${hours} o'clock` : `${hours}:${String(minute).padStart(2, "0")}`;
  if (hour < 5 || hour >= 21) return `${time} at night`;
  return `${time} in the ${hour < 12 ? "morning" : hour < 18 ? "afternoon" : "evening"}`;
}

function dateOf({ year, month, day, weekday }: Moment): string {
  return `${DAYS[weekday]}, ${MONTHS[month - 1]} ${ordinal(day)}, ${year}`;
}

function ordinal(day: number): string {
  const ending = day > 10 && day < 14 ? "th" : ["th", "st", "nd", "rd"][day % 10] ?? "th";
  return `${day}${ending}`;
}
