#include "console/line_words.h"

#include "memprof/base/number.h"

/* Three letters of each word, which few other words have. A letter counts by its last five bits: in either case, and as
 * some other characters. */
static const struct {
	const char text[4];
	unsigned words;
} stems[] = {
	{ "hea", LINE_OF_FIGURES },    { "mem", LINE_OF_FIGURES | LINE_OF_STATISTICS },
	{ "fre", LINE_OF_FIGURES },    { "ram", LINE_OF_FIGURES },
	{ "use", LINE_OF_FIGURES },    { "usa", LINE_OF_FIGURES },
	{ "ava", LINE_OF_FIGURES },    { "rem", LINE_OF_FIGURES },
	{ "lef", LINE_OF_FIGURES },    { "lar", LINE_OF_FIGURES },
	{ "big", LINE_OF_FIGURES },    { "llo", LINE_OF_FIGURES | LINE_OF_FAILURE },
	{ "emo", LINE_OF_FAILURE },    { "ose", LINE_OF_FAILURE },
	{ "low", LINE_OF_FAILURE },    { "oom", LINE_OF_FAILURE },
	{ "e:m", LINE_OF_FAILURE },    { "bad", LINE_OF_FAILURE },
	{ "boo", LINE_OF_RESET },      { "t:0", LINE_OF_RESET },
	{ "p-r", LINE_OF_RESET },      { "gur", LINE_OF_RESET },
	{ "tts", LINE_OF_RESET },      { "asm", LINE_OF_RESET },
	{ "p()", LINE_OF_RESET },      { "c) ", LINE_OF_RESET },
	{ "3,r", LINE_OF_RESET },      { "ck:", LINE_OF_STATISTICS },
	{ "gc:", LINE_OF_STATISTICS }, { "no.", LINE_OF_STATISTICS },
	{ "qst", LINE_OF_QSTR },       { "idf", LINE_OF_IDF },
};

_Static_assert(ARRAY_SIZE(stems) <= 32, "a bit each");

static void build(struct line_words *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(stems); i++)
		for (size_t k = 0; k < 3; k++)
			w->at[k][stems[i].text[k] & 31] |= UINT32_C(1) << i;
	w->built = true;
}

unsigned line_words(struct line_words *w, const char *text, size_t n_bytes)
{
	uint32_t any = 0;
	unsigned words = 0;

	if (!w->built)
		build(w);
	for (size_t i = 0; i + 3 <= n_bytes; i++)
		any |= w->at[0][text[i] & 31] & w->at[1][text[i + 1] & 31] & w->at[2][text[i + 2] & 31];
	for (size_t i = 0; i < ARRAY_SIZE(stems) && any >> i; i++)
		words |= any >> i & 1 ? stems[i].words : 0;
	return words;
}
