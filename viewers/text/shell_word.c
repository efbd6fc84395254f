#include "text/shell_word.h"

#include <string.h>

#include "memprof/base/text.h"

void text_shell_word(struct strbuf *out, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:,=+@%";
	struct strbuf escaped CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *quote = word[strspn(word, plain)] || !*word ? "'" : "";

	for (const char *c = word; *c; c++)
		if (*c == '\'')
			strbuf_puts(&escaped, "'\\''");
		else
			strbuf_putc(&escaped, *c);
	strbuf_puts(out, quote);
	text_clean(out, strbuf_text(&escaped));
	strbuf_puts(out, quote);
}
