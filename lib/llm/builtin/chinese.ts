import { chineseVolumeChange } from "./chinese_volume.ts";
import type { Moment } from "./moment.ts";
import { anyFits, type DateQuestion, type Phrasebook, quotedOrAll, strip } from "./phrasebook.ts";

/** Traditional characters of the phrases below, each before its simplified one. Only to compare: no text is converted. */
const TO_SIMPLIFIED = new Map(
  ("幾几點点鐘钟鍾钟現现時时間间請请問问說说話话謝谢聽听見见嗎吗妳你們们個个這这裡里裏里麼么麽么甚什樣样會会號号聲声樂乐氣气電电計计鬧闹設设" +
    "過过開开關关講讲讀读學学複复覆复沒没誰谁紹绍機机週周禮礼曆历歷历農农陰阴當当剛刚別别閉闭靜静夠够煩烦幫帮訴诉給给嘍喽囉啰羅罗後后報报準准確确" +
    "記记錄录數数撥拨發发條条訊讯簡简郵邮臺台風风預预溫温熱热調调燈灯視视簾帘門门聞闻頭头價价還还兒儿來来試试應应該该體体國国錶表啟启動动" +
    "務务辦办懂懂識识稱称麗丽嘆叹喚唤遠远邊边讓让歡欢興兴認认啞哑對对錯错嚴严為为從从與与種种歲岁單单訊讯號号週周鈴铃變变輕轻響响麻麻慣惯勞劳")
    .match(/../gu)?.map((pair): [string, string] => [[...pair][0] ?? "", [...pair][1] ?? ""]),
);

const LEADING =
  /^(?:那个|这个|就是|然后|所以|嗯+|呃+|额+|啊+|哦+|噢|唉|哎+|喂+|嗨|嘿|哈喽|哈罗|哈啰|你好啊?|您好|早上好|下午好|晚上好|请问一下|请问|请|麻烦(?:你|您)?|劳驾|帮(?:我|忙)|给我|(?:你|您)(?:能不能|可不可以|能|可以|可否)|能不能|可不可以|可以|能|我(?:想|要)(?:知道|问|请你|让你)?(?:一下|问)?|想问(?:一下)?|(?:你|您)?(?:知不知道|知道)|(?:你|您)?告诉我|跟我说(?=现在|今天|一下)|说一下|报一下|小智(?:小智|同学)?|小爱同学|好的?(?=[^\s吗]{2})|谢谢(?:你|您)?)/u;
const TRAILING =
  /(?:吗|嘛|呢|啊|呀|吧|了|啦|咯|喽|呗|哈|哦|噢|一下|谢谢(?:你|您)?|好吗|好不好|行吗|行不行|可以吗|好么|么|小智)$/u;
const WEEKDAYS = ["日", "一", "二", "三", "四", "五", "六"];
/** From the day before yesterday on. */
const DAYS = ["前天", "昨天", "今天", "明天", "后天", "大后天"];
const DIGITS = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

/** What a question for the time or the date consists of, and nothing else: "几号放假" is another one. 电, 店, 典 sound like 点, 好 like 号. */
const TIME = "几[点电店典](?:几分|多少分)?|什么时间|什么时辰|什么时候|多少点|多少时间|时间|报时|几时";
const DATE =
  "几月份|几月几?[号日好]?|几[号日好]|多少[号日]|什么日子|什么日期|日期|(?:星期|礼拜|周)几|[哪几那]一?年|几几年|什么年份|哪一?[天日]|什么月份";
const BESIDE =
  "现在|当前|目前|这会儿?|此刻|此时|今天|今日|今儿|今年|这个?月|大?[明后前昨][天日儿]|都|已经|是|到底|到|究竟|大概|差不多|北京|这里|这儿|这边|我们这|你那边?|你们那|的|那|看一?[看下]|说说|问下|多少|什么|几|钟|了|来着|号|又|和|还有|以及|准确|具体";
/** One after the other, not by one pattern for all: that could try every way to part them. */
const TIME_OR_DATE = new RegExp(`${TIME}|${DATE}|${BESIDE}`, "gu");
const HAS_TIME = new RegExp(TIME, "u");
const HAS_DATE = new RegExp(DATE, "u");
const OTHER_DAY = /[明后前昨][天日儿]/u;
/** The time of something else, such as a city. */
const TIME_OF = /^[^几]{2,6}(?:几[点电店典](?:钟|了|几分)*|(?:现在|当前)的?时间)$/u;

function simplified(text: string): string {
  return Array.from(text, (character) => TO_SIMPLIFIED.get(character) ?? character).join("");
}

function plain(text: string): readonly string[] {
  const words = simplified(text.normalize("NFKC").toLowerCase()).replaceAll(/[^\p{L}\p{N}]+/gu, "");
  const known = words.replaceAll(/嗯+|呃+|(?<=.)那个(?=.)/gu, "") || words;
  return [...new Set([words, known, strip(known, [TRAILING]), strip(known, [LEADING, TRAILING])])];
}

/** Whether it consists of such words alone. */
function isOfTimeAndDate(text: string): boolean {
  return text.replaceAll(TIME_OR_DATE, "") === "";
}

function asksTime(texts: readonly string[]): "here" | "elsewhere" | undefined {
  const [words = ""] = texts;
  if (OTHER_DAY.test(words) && !HAS_DATE.test(words)) return undefined;
  if (texts.some((text) => HAS_TIME.test(text) && isOfTimeAndDate(text))) return "here";
  return anyFits(TIME_OF, texts) ? "elsewhere" : undefined;
}

function asksDate(texts: readonly string[]): DateQuestion | undefined {
  if (!texts.some((text) => HAS_DATE.test(text) && isOfTimeAndDate(text))) return undefined;
  const [words = ""] = texts;
  const part = /年/u.test(words) && !/[号日]/u.test(words)
    ? "year"
    : /月份|几月$/u.test(words)
    ? "month"
    : "date";
  const days = /大后[天日]/u.test(words)
    ? 3
    : /后[天日]/u.test(words)
    ? 2
    : /[明][天日儿]/u.test(words)
    ? 1
    : /前[天日]/u.test(words)
    ? -2
    : /昨[天日]/u.test(words)
    ? -1
    : 0;
  return { part, days };
}

/** Chinese, as it is understood and answered. */
export const chinese: Phrasebook = {
  plain,
  asksTime,
  asksDate,
  volumeChange: chineseVolumeChange,
  intents: [
    ["lunar", /农历|阴历/u],
    [
      "again",
      /^(?:你|您|请)*(?:再|重新?|又)(?:说|讲|念|来|读|重复|报)(?:一)?(?:遍|次|下|回|便|编)?$|^重复(?:一)?(?:遍|下|次)?(?:刚才|刚刚)?(?:你)?(?:说)?(?:的)?(?:话|回答|那句)?$|刚(?:才|刚)?(?:你|您)?(?:说|讲)(?:了|的|的是|了些)?(?:什么|啥)|^(?:我)?(?:刚才|刚刚)?(?:没|没有|听不)(?:听)?(?:清|见|到|懂|清楚|明白)|^(?:什么|啥|你说什么|你说啥|您说什么|说什么|说啥)$|^再说$|^再来一?[遍次]/u,
    ],
    [
      "goodbye",
      /^(?:再见|再会|拜|拜拜|拜拜拜|晚安|回头见|明天见|下次见|回见|待会儿?见|一会儿?见|改天见|(?:那)?我(?:先|要|得)*(?:走|睡觉|睡|出门|挂)|先这样|就这样|就到这里|下线|退下|退出|bye|byebye|goodbye|88|八八|不聊|不说)(?:了|吧|啦|咯|哈|小智|你|朋友|大家|拜拜|再见)*$/u,
    ],
    [
      "thanks",
      /^(?:谢谢|多谢|感谢|谢|谢了|谢啦|非常感谢|太感谢|太谢谢|十分感谢|辛苦|好的?谢谢|谢谢谢谢|真棒|你真棒|不错|太好|太棒|你真好|真聪明)(?:你|您|了|啦|大家|小智|的|帮助|回答|啊|呀)*$/u,
    ],
    [
      "stop",
      /^(?:停|停停|停下|停下来|停止|停一?停|别说|别说话|别讲|别吵|闭嘴|安静|不要说|不要说话|不用说|够|算|取消|不用|没事|没什么|住口|打住|暂停|别念|好|好的|好吧|行|行吧|嗯|嗯嗯|哦|知道|明白|可以|对|是的|不是|不要|不|没有|了解|收到|ok|okay|stop)(?:了|吧|话|啦|一下|一会儿?)*$/u,
    ],
    [
      "volume",
      /^(?!.*(?:空调|灯|电视|温度|风扇|窗帘|暖气|亮度|屏幕)).*(?:音量|声音.{0,3}(?:大|小|高|低|调|响|轻)|(?:大|小)(?:点|一点)?儿?声|静音|(?:太|好)(?:大声|小声|吵)|[调开](?:大|小|高|低)(?:点|一点)?)/u,
    ],
    ["timer", /闹钟|闹铃|定时|计时|提醒|倒数|叫我起床|叫醒|喊我起床|日程|备忘|日历/u],
    ["call", /打.{0,4}电话|拨[打号通]|呼叫|发.{0,4}(?:短信|消息|微信|信息|邮件|简讯)|打给/u],
    ["weather", /天气|下雨|下雪|气温|温度|几度|多少度|冷不冷|热不热|带伞|刮风|会不会下/u],
    ["news", /新闻|头条|股票|股价|彩票/u],
    ["music", /音乐|歌曲|播放|唱.{0,3}歌|[放听来].{0,3}(?:歌|曲)|电台|收音机|播客|唱歌/u],
    [
      "home",
      /^(?!.*(?:几点|什么时候|什么时间|为什么)).*(?:(?:打开|关闭|关掉|关上|开启|开一?下|关一?下|开|关).{0,6}(?:灯|空调|电视|窗帘|风扇|门|插座|暖气|电扇)|(?:灯|空调|电视|窗帘|风扇).{0,2}(?:打开|关掉|关上|开|关))/u,
    ],
    [
      "how_are_you",
      /^(?:你|您)好(?:吗|么|不好)$|(?:你|您)?(?:最近|今天|过得|还)(?:好吗|怎么样|怎样|好么|好不好|如何)|^(?:你|您)(?:今天|最近)?(?:怎么样|还好吗|心情.*)$|吃(?:了|饭)(?:吗|了吗|没)/u,
    ],
    [
      "hearing",
      /^(?:你|您)?(?:还)?在(?:吗|不在|么|哪)?(?:听)?(?:吗)?$|听(?:得|的)(?:到|见)|能听(?:到|见)|听不听得|有人(?:吗|在吗)|^测试|^喂+$|在不在/u,
    ],
    [
      "who",
      /(?:你|您)是谁|^谁$|(?:你|您)(?:到底|究竟)?是(?:什么|啥|干什么|做什么|哪位|机器人|真人|人|人工智能|ai|电脑|小智)|(?:你|您)?叫(?:什么|啥)|(?:你|您)(?:的)?名字|介绍.{0,3}自己|自我介绍|怎么称呼|是不是(?:机器人|人|真人)|谁(?:做|开发|创造|制造)(?:的|了)?你/u,
    ],
    [
      "help",
      /(?:能|会|可以)(?:够)?(?:帮我|帮助我|为我)?(?:做|干|帮|说|聊|回答|办)?(?:些|点|一些)?(?:什么|啥|哪些|甚么)|有(?:什么|哪些|啥)(?:功能|本领|本事|用|技能|能力)|^(?:帮助|帮帮我|帮帮忙|帮忙|救命|使用说明|说明|功能|帮我|帮一下忙)$|怎么(?:用|使用)|(?:能|可以)(?:问|说)/u,
    ],
    [
      "greeting",
      /^(?:你好|您好|嗨|哈喽|哈罗|哈啰|hello|hi|嘿|早|早啊|早上好|上午好|中午好|下午好|晚上好|早安|午安|大家好|好久不见|很高兴认识|认识你很高兴|泥好|尼好|你号|小智)+(?:你|您|啊|呀|哇|小智|朋友|同学|机器人)*$/u,
    ],
  ],
  sayAfterMe: (text) =>
    wordsAfter(
      /^.{0,12}?(?:(?:跟|和)着?我(?:一起)?(?:来)?(?:说|念|读|讲|学|重复)|学我(?:说话?|讲话?)|重复(?:我的?(?:话|说的话?)|这句话|以下|下面)|照我说的?(?:说|念))(?:一遍|一下|一句)?/u,
      text,
    ),
  say: (text) =>
    wordsAfter(
      /^(?:请|麻烦|你|小智|帮我|能不能|可以|来|嗯|\s|[,，。])*(?:(?:说|念|读)(?:一句|一下|一遍|一声)?[:：,，"“「]|(?:说|念|读)(?:一句|一声)|说(?!说|一|个|话|什么|啥|明|到|起|不|了|吧|下|几|得|来|过|谢|好|完|出|服|书|的|今|现|时))/u,
      text,
    ),
  time: ({ hour, minute }) => `现在是${clock(hour, minute)}。`,
  date: (moment, { part, days }) => {
    if (part === "year") return `今年是${year(moment.year)}。`;
    if (part === "month") return `现在是${year(moment.year)}${number(moment.month)}月。`;
    const when = DAYS[days + 2];
    return `${when}是${dateOf(moment)}。`;
  },
  onlyHere: "我只知道这里的时间。",
  replies: {
    greeting: "你好！有什么可以帮你？",
    how_are_you: "我很好，谢谢。有什么可以帮你？",
    hearing: "我在，听得到。",
    who: "我是 Earshot，这个语音网关自带的助手。",
    help: "我可以打招呼、报时间和日期，还可以重复说过的话。要做更多的事，需要配置一个大语言模型。",
    thanks: "不客气。",
    stop: "好的。",
    goodbye: "再见！",
    timer: "我还不能设置闹钟、计时和提醒。",
    call: "我不能打电话，也不能发消息。",
    music: "我还不能播放音乐。",
    volume: "我调不了这台设备的音量。",
    weather: "我不知道天气情况。",
    news: "我不知道新闻。",
    home: "我还不能控制家里的设备。",
    lunar: "我不知道农历。",
  },
  volumeIs: (percent) =>
    percent === 0
      ? "已经静音。"
      : `音量现在是百分之${percent === 100 ? "百" : number(Math.round(percent))}。`,
  volumeFailed: "音量没有调成功。",
  volumeHow: "请说大声点、小声点，或者一个零到一百的音量。",
  nothingSaid: "我还没有说过什么。",
  noWords: "我没有听清，请再说一遍。",
  notUnderstood: (heard, { volume }) =>
    `我听到的是：${heard}。还没有配置大语言模型，所以我只会打招呼、报时间和日期，` +
    (volume ? "调音量，还有重复你的话。" : "还有重复你的话。"),
  separator: "",
};

/** What follows on a beginning, as it was written. The beginning is compared in simplified characters. */
function wordsAfter(beginning: RegExp, text: string): string | undefined {
  const found = beginning.exec(simplified(text));
  return found === null ? undefined : quotedOrAll(text.slice(found[0].length));
}

function clock(hour: number, minute: number): string {
  const hours = hour === 0 ? "零" : hour % 12 === 2 ? "两" : number(hour === 12 ? 12 : hour % 12);
  const minutes = minute === 0 ? "整" : `${minute < 10 ? "零" : ""}${number(minute)}分`;
  return `${partOfDay(hour)}${hours}点${minutes}`;
}

function partOfDay(hour: number): string {
  if (hour < 6) return "凌晨";
  if (hour < 9) return "早上";
  if (hour < 12) return "上午";
  if (hour < 13) return "中午";
  return hour < 18 ? "下午" : "晚上";
}

function dateOf({ year: years, month, day, weekday }: Moment): string {
  return `${year(years)}${number(month)}月${number(day)}日，星期${WEEKDAYS[weekday]}`;
}

/** A year, figure by figure. */
function year(years: number): string {
  return `${Array.from(`${years}`, (figure) => DIGITS[Number(figure)]).join("")}年`;
}

/** A number below a hundred. */
function number(value: number): string {
  const tens = Math.floor(value / 10);
  const ones = value % 10 === 0 && tens > 0 ? "" : DIGITS[value % 10];
  return `${tens > 1 ? DIGITS[tens] : ""}${tens > 0 ? "十" : ""}${ones}`;
}
