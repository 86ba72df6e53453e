import { z } from "zod";

/** The two-letter codes of ISO 639-1 and, of the longer ones, Cantonese. */
const CODES =
  ("aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en " +
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv " +
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne " +
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st " +
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu yue")
    .split(" ");

/** What people call Chinese, and how software writes languages that is no language tag. */
const ALSO: Readonly<Record<string, string>> = {
  chinese: "zh-CN",
  mandarin: "zh-CN",
  "mandarin chinese": "zh-CN",
  "simplified chinese": "zh-CN",
  "traditional chinese": "zh-TW",
  中文: "zh-CN",
  汉语: "zh-CN",
  漢語: "zh-CN",
  华语: "zh-CN",
  普通话: "zh-CN",
  普通話: "zh-CN",
  国语: "zh-CN",
  國語: "zh-TW",
  简体中文: "zh-CN",
  繁體中文: "zh-TW",
  繁体中文: "zh-TW",
  粤语: "yue",
  粵語: "yue",
  廣東話: "yue",
  广东话: "yue",
  英文: "en",
  日文: "ja",
  韩文: "ko",
  德文: "de",
  法文: "fr",
  俄文: "ru",
};

/** Codes of countries that are taken for those of their languages. */
const OF_COUNTRY: Readonly<Record<string, string>> = {
  cn: "zh-CN",
  hk: "zh-HK",
  jp: "ja",
  kr: "ko",
  gb: "en-GB",
  us: "en-US",
  ua: "uk",
  dk: "da",
  cz: "cs",
  gr: "el",
};

let names: ReadonlyMap<string, string> | undefined;

/** The tag of a language that is given by its name, in English, in Chinese or in itself; else `undefined`. */
export function languageNamed(text: string): string | undefined {
  const name = text.trim().toLowerCase();
  if (Object.hasOwn(ALSO, name)) return ALSO[name];
  names ??= new Map(["en", "zh", "own"].flatMap((of) =>
    CODES.map((code) => {
      const display = new Intl.DisplayNames([of === "own" ? code : of], { type: "language" });
      return [display.of(code)?.toLowerCase() ?? code, code] as const;
    })
  ));
  return names.get(name);
}

/** A language tag (BCP 47) in its usual spelling: `zh-cn` and `EN` are `zh-CN` and `en`. */
export function languageTag(): z.ZodString {
  return z.string().trim().refine((text) => tagOf(text) !== undefined, {
    abort: true,
    error: ({ input }) => adviceOn(String(input)),
  }).overwrite((text) => tagOf(text) ?? text);
}

/** A language as a service names it, as in `examples`; that may be anything but the word for one. */
export function serviceLanguage(examples: string): z.ZodString {
  return z.string().min(1).refine((text) => languageNamed(text) === undefined, {
    error: `give the language as the service names it, such as ${examples}`,
  });
}

function tagOf(text: string): string | undefined {
  if (!/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(text)) return undefined;
  try {
    const tag = Intl.getCanonicalLocales(text)[0];
    const [language = ""] = tag?.split("-") ?? [];
    // Two letters that are none are a country's, or a slip.
    return language.length === 2 && !CODES.includes(language) ? undefined : tag;
  } catch {
    return undefined;
  }
}

function adviceOn(text: string): string {
  const bare = text.trim().toLowerCase();
  const tag = (Object.hasOwn(OF_COUNTRY, bare) ? OF_COUNTRY[bare] : undefined) ?? languageNamed(text) ??
    tagOf(text.replace(/\..*$/, "").replaceAll("_", "-"));
  return tag === undefined
    ? "give a language tag (BCP 47) such as en or zh-CN"
    : `give the language as its tag (BCP 47): write ${tag}`;
}
