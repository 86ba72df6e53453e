import { assertEquals } from "@std/assert";
import { answerQuestion } from "../../../lib/llm/builtin/answer_question.ts";
import { chinese } from "../../../lib/llm/builtin/chinese.ts";
import { english } from "../../../lib/llm/builtin/english.ts";
import type { LlmMessage } from "../../../lib/llm/mod.ts";
import { test } from "../../support/test.ts";

/** A Monday, 15:05 in Shanghai. */
const NOW = { wallMs: Date.UTC(2025, 2, 3, 7, 5), timeZone: "Asia/Shanghai" };
const HISTORY: readonly LlmMessage[] = [
  { role: "user", content: "现在几点？" },
  { role: "assistant", content: "现在是中午十二点整。" },
];

const ask = (question: string, { language = "zh-CN", history = HISTORY, now = NOW } = {}) =>
  answerQuestion({ question, language, history }, now);

const TIME = "现在是下午三点零五分。";
const DATE = "今天是二零二五年三月三日，星期一。";
const AGAIN = "现在是中午十二点整。";
const { replies } = chinese;

/** What is said, and what is answered. */
const PHRASES: Readonly<Record<string, readonly string[]>> = {
  [TIME]: [
    "现在几点？",
    "现在几点了",
    "几点了",
    "几点钟了？",
    "请问现在几点？",
    "你好，现在几点了？",
    "小智，现在几点",
    "嗯，那个，现在几点了呢",
    "現在幾點？",
    "請問現在幾點鐘了",
    "告诉我现在的时间",
    "现在是什么时间？",
    "现在什么时候了",
    "你知道现在几点吗？",
    "能不能告诉我现在几点",
    "帮我看一下时间",
    "报一下时间",
    "现在时间是多少",
    "都几点了",
    "北京时间几点了",
    "现在几电了", // as it is misheard
    "时间",
  ],
  [DATE]: [
    "今天几号？",
    "今天几月几号",
    "今天是几号啊",
    "今天星期几？",
    "今天礼拜几",
    "今天周几",
    "今天是什么日子",
    "今天的日期",
    "今天多少号",
    "今天幾號？",
    "今天禮拜幾",
    "請問今天是星期幾",
    "日期",
    "今天几月几日星期几",
    "今天是哪一天",
    "现在几号了",
    "今天几好", // as it is misheard
  ],
  "明天是二零二五年三月四日，星期二。": ["明天几号？", "明天星期几", "明天是周几呢"],
  "后天是二零二五年三月五日，星期三。": ["后天星期几？", "後天幾號"],
  "大后天是二零二五年三月六日，星期四。": ["大后天几号"],
  "昨天是二零二五年三月二日，星期日。": ["昨天几号？", "昨天是星期几来着，星期几"],
  "前天是二零二五年三月一日，星期六。": ["前天星期几"],
  "今年是二零二五年。": ["今年是哪一年？", "今年是几几年", "现在是哪年"],
  "现在是二零二五年三月。": ["现在是几月份？", "现在几月"],
  [`${TIME}${DATE}`]: ["现在几点？今天几号？", "今天几号，现在几点"],
  [`${DATE}${TIME}`]: ["今天几号？现在几点？"],
  [`我只知道这里的时间。${TIME}`]: ["纽约现在几点？", "伦敦几点了"],
  [replies.greeting]: [
    "你好",
    "您好！",
    "你好啊",
    "嗨",
    "哈喽",
    "早上好",
    "晚上好！",
    "你好，小智",
    "妳好",
    "hello你好",
    "早啊",
  ],
  [replies.how_are_you]: ["你好吗？", "你最近怎么样？", "你今天好吗", "最近好嗎", "你吃了吗"],
  [replies.hearing]: ["你在吗？", "听得到吗", "能听到我说话吗？", "有人吗", "聽得見嗎", "喂"],
  [replies.who]: [
    "你是谁？",
    "你叫什么名字？",
    "你的名字是什么",
    "妳是誰",
    "你是机器人吗？",
    "介绍一下你自己",
    "请自我介绍",
    "你好，你是谁",
    "怎么称呼你",
  ],
  [replies.help]: [
    "你会什么？",
    "你能做什么",
    "你会做些什么？",
    "你有什么功能",
    "帮助",
    "你可以帮我做什么",
    "你能做什麼",
    "怎么用",
  ],
  [replies.thanks]: ["谢谢", "谢谢你！", "多谢了", "非常感谢", "謝謝", "好的谢谢", "辛苦了"],
  [AGAIN]: [
    "再说一遍",
    "请再说一遍。",
    "再说一次",
    "你再说一遍好吗？",
    "再講一次",
    "重复一遍",
    "你刚才说什么？",
    "你剛才說了什麼",
    "没听清",
    "我没听懂",
    "什么？",
    "你说什么",
    "能再说一遍吗",
  ],
  [replies.stop]: [
    "停",
    "停下来",
    "别说了",
    "閉嘴",
    "安静",
    "不用了",
    "算了",
    "好的",
    "没事",
    "嗯",
    "知道了",
  ],
  [replies.goodbye]: [
    "再见",
    "再見！",
    "拜拜",
    "晚安",
    "我走了",
    "明天见",
    "好的，再见",
    "谢谢，再见",
    "退下吧",
  ],
  [replies.timer]: ["定一个五分钟的闹钟", "明天七点叫我起床", "提醒我吃药", "幫我設個鬧鐘", "倒计时十分钟"],
  [replies.call]: ["打电话给妈妈", "給爸爸打個電話", "发一条短信给小王"],
  [replies.music]: ["放一首歌", "播放音乐", "唱首歌吧", "我想听歌", "來點音樂"],
  [replies.volume]: ["大声点", "声音小一点", "音量调到五", "太吵了", "靜音"],
  [replies.weather]: ["今天天气怎么样？", "明天会下雨吗", "外面几度", "天氣如何"],
  [replies.news]: ["今天有什么新闻", "看看头条"],
  [replies.home]: ["打开客厅的灯", "关灯", "把空调打开", "開燈"],
  [replies.lunar]: ["今天农历几号", "今天阴历几月几号"],
  "我爱你": ["跟我说我爱你", "请跟我念：我爱你", "说：我爱你", "学我说话，我爱你", "请跟着我说“我爱你”"],
  "你好世界": ["说你好世界", "请说你好世界", "说一句你好世界"],
  "歡迎光臨": ["跟我說歡迎光臨", "請說：歡迎光臨"], // as it was written
  "现在几点": ["跟我说现在几点"],
};

for (const [answer, questions] of Object.entries(PHRASES)) {
  test(`builtin, Chinese: ${answer.slice(0, 60)}`, () => {
    assertEquals(
      questions.map((question) => [question, ask(question)]),
      questions.map((question) => [question, answer]),
    );
  });
}

test("builtin, Chinese: at least sixty ways to say something are tried", () => {
  assertEquals(Object.values(PHRASES).flat().length >= 60, true);
});

test("builtin, Chinese: what it does not know it repeats shortly, and says what is missing", () => {
  const missing = "还没有配置大语言模型，所以我只会打招呼、报时间和日期，还有重复你的话。";
  for (
    const question of [
      "珠穆朗玛峰有多高？",
      "给我讲个笑话",
      "商店几点开门？",
      "几号放假？",
      "下周几放假",
      "明天几点开会",
      "几点下班",
      "坐几号线去火车站？",
      "我住在几号楼",
      "说说你的看法",
      "你喜欢吃苹果吗",
      "帮我翻译一句话",
      "我今年三十岁",
      "你觉得他说得对吗",
    ]
  ) {
    assertEquals(ask(question), `我听到的是：${question.replace(/？$/, "")}。${missing}`);
  }
  assertEquals(ask("为什么".repeat(300)), `我听到的是：${"为什么".repeat(40)}…。${missing}`);
});

test("builtin, Chinese: each hour as it is said", () => {
  const said = (hour: number, minute: number) =>
    ask("几点了", { now: { wallMs: Date.UTC(2025, 0, 1, hour, minute), timeZone: "UTC" } });
  assertEquals(
    [[0, 0], [2, 2], [6, 10], [8, 59], [9, 20], [11, 21], [12, 0], [13, 15], [14, 30], [18, 0], [22, 45], [
      23,
      59,
    ]]
      .map(([hour = 0, minute = 0]) => said(hour, minute)),
    [
      "现在是凌晨零点整。",
      "现在是凌晨两点零二分。",
      "现在是早上六点十分。",
      "现在是早上八点五十九分。",
      "现在是上午九点二十分。",
      "现在是上午十一点二十一分。",
      "现在是中午十二点整。",
      "现在是下午一点十五分。",
      "现在是下午两点三十分。",
      "现在是晚上六点整。",
      "现在是晚上十点四十五分。",
      "现在是晚上十一点五十九分。",
    ],
  );
});

test("builtin, Chinese: months and days as they are said", () => {
  const date = (month: number, day: number) =>
    ask("今天几号", { now: { wallMs: Date.UTC(2030, month - 1, day), timeZone: "UTC" } });
  assertEquals([date(10, 10), date(12, 31), date(11, 20)], [
    "今天是二零三零年十月十日，星期四。",
    "今天是二零三零年十二月三十一日，星期二。",
    "今天是二零三零年十一月二十日，星期三。",
  ]);
});

test("builtin: the letters of the question say in which language it answers, else the speaker's language", () => {
  assertEquals(ask("What time is it?"), "It is 3:05 in the afternoon.");
  assertEquals(ask("现在几点", { language: "en" }), TIME);
  assertEquals([ask("...", { language: "zh-TW" }), ask("...", { language: "en-US" })], [
    chinese.noWords,
    english.noWords,
  ]);
  assertEquals(ask("42", { language: "zh" }).startsWith("我听到的是：42。"), true);
  assertEquals(ask("今何時ですか", { language: "ja" }).startsWith("I heard: 今何時ですか."), true);
  assertEquals(ask("ОК", { language: "ru" }).startsWith("I heard"), true);
});
