/* A program that is to be followed: no line moves, and without the calls it is what it was. */
#include "fuzz.h"
#include "memprof/protocol/instrument.h"

static const char call[] =
	"\x01"
	"1",
		  mark[] = "\x01"
			   "2";

/* The text without the calls, LF for every line end, LF at the end. */
static void strip(struct strbuf *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\x01' && i + 2 < n && text[i + 2] == ';')
			i += 2;
		else
			strbuf_putc(out, text[i]);
	}
}

FUZZ(data, size)
{
	struct strbuf followed = STRBUF_INIT, stripped = STRBUF_INIT, plain = STRBUF_INIT;

	if (size > 0 && !memchr(data, 1, size)) {
		instrument_script(&followed, (const char *)data, size, call, mark);
		instrument_script(&plain, (const char *)data, size, NULL, NULL);
		strip(&stripped, strbuf_text(&followed), followed.n_bytes);
		MUST(stripped.n_bytes == plain.n_bytes);
		MUST(plain.n_bytes == 0 || !memcmp(stripped.text, plain.text, plain.n_bytes));
	}
	strbuf_deinit(&followed);
	strbuf_deinit(&stripped);
	strbuf_deinit(&plain);
}
