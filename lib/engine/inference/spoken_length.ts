/** How much text one call of a voice may hold, in UTF-16 units; about 70 s of speech and 2 s of computing. */
export const MAX_SPOKEN_LENGTH = 1_000;
