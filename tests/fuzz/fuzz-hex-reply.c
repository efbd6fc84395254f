/* What a board answers when it is asked for its memory. The first byte says how it was asked, the second for how
 * much; an answer that is taken is that many bytes, and is taken again as printed. */
#include "fuzz.h"
#include "memprof/base/number.h"
#include "memprof/protocol/peek.h"

/* As py/objstr.c prints bytes that have no quote in them to choose by. */
static void print_bytes(struct strbuf *s, const uint8_t *bytes, size_t n)
{
	strbuf_puts(s, "b'");
	for (size_t i = 0; i < n; i++)
		strbuf_printf(s, "\\x%02x", bytes[i]);
	strbuf_puts(s, "'\r\n");
}

FUZZ(data, size)
{
	uint8_t bytes[PEEK_MAX_BYTES + 1], again[PEEK_MAX_BYTES];
	struct diag diag = { 0 };

	if (size < 2)
		return;
	const struct peek_way *way = &peek_ways[data[0] % n_peek_ways];
	size_t n = (1 + data[1]) * 2u / way->step_bytes * way->step_bytes;
	memset(bytes, 0xa5, sizeof(bytes));
	if (n == 0)
		return;
	/* A copy that ends where its memory ends: the text has no NUL. */
	char *text = malloc(size - 2 + (size == 2));
	MUST(text);
	memcpy(text, data + 2, size - 2);
	int r = way->read(text, size - 2, bytes, n, &diag);
	free(text);
	MUST(r == 0 ? !diag.text[0] : diag.text[0] != '\0');
	for (size_t i = r == 0 ? n : 0; i < sizeof(bytes); i++)
		MUST(bytes[i] == 0xa5);
	if (r < 0)
		return;
	struct strbuf s = STRBUF_INIT;
	print_bytes(&s, bytes, n);
	MUST(peek_ways[0].read(strbuf_text(&s), s.n_bytes, again, n, &diag) == 0 && memcmp(bytes, again, n) == 0);
	strbuf_deinit(&s);
}
