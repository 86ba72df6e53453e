import { openaiSubject, type Subject, SUBJECTS } from "../../contract/subjects.ts";

/** Every adapter; OpenAI's last event repeats the words here, since without any it would bear no stamp. */
export const STAMPED_SUBJECTS: readonly Subject[] = SUBJECTS.map((subject) =>
  subject.name === "openai sse" ? openaiSubject({ sse: true }) : subject
);
