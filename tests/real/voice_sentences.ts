import { shippedTexts } from "../../lib/tts/mod.ts";

/** A sentence for a voice. */
export interface VoiceSentence {
  /** What the voice gets. */
  readonly text: string;
  /** How people say it, where it is written otherwise. */
  readonly said: string;
}

/** What Earshot itself says, and what other tests have a voice say. */
export const PLAIN_SENTENCES: readonly VoiceSentence[] = [
  ...shippedTexts("en"),
  "Please turn on the light in the living room.",
  "What is the capital of France?",
  "Please tell me a very long story about a dragon.",
  "Dinner is ready. Come down now!",
].map((text) => ({ text, said: text }));

/** Numbers, dates, money, units, abbreviations, names, letters, and words that are written alike. */
export const HARD_SENTENCES: readonly VoiceSentence[] = [
  ["The meeting is at 5:30 pm on Jan. 5th.", "the meeting is at five thirty p m on january fifth"],
  [
    "It costs $3.50, or about €20 a month.",
    "it costs three dollars and fifty cents or about twenty euros a month",
  ],
  [
    "The city had 1,250,000 people in 1984.",
    "the city had one million two hundred fifty thousand people in nineteen eighty four",
  ],
  [
    "Dr. Smith lives at 221 Baker St. in London.",
    "doctor smith lives at two hundred twenty one baker street in london",
  ],
  [
    "Call 555-0123 before 7 a.m. tomorrow.",
    "call five five five zero one two three before seven a m tomorrow",
  ],
  [
    "It is -5°C outside, or 23°F.",
    "it is minus five degrees celsius outside or twenty three degrees fahrenheit",
  ],
  ["NASA and the FBI met the CEO of IBM.", "nasa and the f b i met the c e o of i b m"],
  [
    "The chip runs at 240 MHz and has 520 KB of memory.",
    "the chip runs at two hundred forty megahertz and has five hundred twenty kilobytes of memory",
  ],
  [
    "About 2/3 of the songs are from the 1990s.",
    "about two thirds of the songs are from the nineteen nineties",
  ],
  ["Visit www.example.com for more.", "visit example dot com for more"],
  ["Henry VIII had six wives, e.g. Anne Boleyn.", "henry the eighth had six wives for example anne boleyn"],
  [
    "I read the book that you will read tomorrow, and I have read it twice.",
    "i read the book that you will read tomorrow and i have read it twice",
  ],
  [
    "Please record a message, and close the door close to you.",
    "please record a message and close the door close to you",
  ],
  [
    "The wind was so strong that I had to wind up the window.",
    "the wind was so strong that i had to wind up the window",
  ],
  ["We live near a club with live music.", "we live near a club with live music"],
  ["Mr. and Mrs. Schwarzenegger flew to Beijing.", "mister and missus schwarzenegger flew to beijing"],
  ["Angela Merkel met Barack Obama in Tokyo.", "angela merkel met barack obama in tokyo"],
  ["Mozart and Beethoven lived in Vienna.", "mozart and beethoven lived in vienna"],
  ["Worcestershire sauce goes well with quinoa.", "worcestershire sauce goes well with quinoa"],
  ["My flight leaves at 17:05 from gate B12.", "my flight leaves at seventeen oh five from gate b twelve"],
  ["The score was 3-1 after 90 minutes.", "the score was three to one after ninety minutes"],
  [
    "She ran 42.195 km in under 3 hours.",
    "she ran forty two point one nine five kilometers in under three hours",
  ],
  [
    "World War II ended in 1945, the Cold War in 1991.",
    "world war two ended in nineteen forty five the cold war in nineteen ninety one",
  ],
  [
    "Add 1/2 cup of sugar and 250 ml of milk.",
    "add one half cup of sugar and two hundred fifty milliliters of milk",
  ],
  [
    "The U.S. and the U.K. signed it on 2024-03-05.",
    "the u s and the u k signed it on march fifth twenty twenty four",
  ],
  ["Is it 20% off, or do I save 15 dollars?", "is it twenty percent off or do i save fifteen dollars"],
  [
    "Turn to channel 4, then to 12, then to 113.",
    "turn to channel four then to twelve then to one hundred thirteen",
  ],
  ["The 21st of June is the 1st day of summer.", "the twenty first of june is the first day of summer"],
  [
    "Drive 60 mph for 2.5 miles on Route 66.",
    "drive sixty miles per hour for two point five miles on route sixty six",
  ],
  [
    "My e-mail is anna.b@example.org, and my PIN is 0042.",
    "my e mail is anna dot b at example dot org and my pin is zero zero four two",
  ],
].map(([text = "", said = ""]) => ({ text, said }));
