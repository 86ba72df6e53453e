import type { AlertLanguage } from "../../session/mod.ts";

/** What a person is told of a photo that nobody could look at. */
export type PhotoFault = "no_photo" | "too_big" | "long_question" | "late" | "busy";

/** The words, for whoever holds the device. */
export const PHOTO_WORDS: Readonly<Record<PhotoFault, Readonly<Record<AlertLanguage, string>>>> = {
  no_photo: {
    en: "The camera gave no photo that can be read, please try again",
    zh: "摄像头没有给出能看的照片，请再试一次",
  },
  too_big: { en: "The photo is too large to look at", zh: "照片太大了，看不了" },
  long_question: { en: "The question about the photo is too long", zh: "关于照片的问题太长了" },
  late: {
    en: "Looking at the photo took too long, please try again",
    zh: "看照片花的时间太长了，请再试一次",
  },
  busy: { en: "Other photos are being looked at, please try again", zh: "正在看别的照片，请稍后再试" },
};
