#include "memprof/cli/spool.h"

#include <errno.h>

enum { IN_MEMORY_BYTES = 256 * 1024, CHUNK_BYTES = 64 * 1024 };

void spool_init(struct spool *s, bool compact)
{
	*s = (struct spool){ 0 };
	s->json = (struct json){ .out = &s->text, .compact = compact };
	s->json.depth = 1; /* inside the document */
	json_array(&s->json, NULL);
	strbuf_reset(&s->text); /* without the key and indentation that json_array wrote */
	strbuf_puts(&s->text, "[");
}

void spool_deinit(struct spool *s)
{
	if (s->file)
		fclose(s->file);
	strbuf_deinit(&s->text);
}

static void write_to_file(struct spool *s)
{
	if (!s->file)
		s->file = tmpfile();
	if (!s->file || strbuf_error(&s->text) || fwrite(s->text.text, 1, s->text.n_bytes, s->file) != s->text.n_bytes)
		s->error = errno ? -errno : -ENOMEM;
	strbuf_reset(&s->text);
}

void spool_spill(struct spool *s)
{
	if (s->text.n_bytes > IN_MEMORY_BYTES)
		write_to_file(s);
}

int spool_replay(struct spool *s, struct strbuf *out, void (*drain)(void *ctx), void *ctx)
{
	json_array_end(&s->json);
	if (s->file) {
		char chunk[CHUNK_BYTES];
		size_t n;
		rewind(s->file);
		while ((n = fread(chunk, 1, sizeof(chunk), s->file)) > 0) {
			strbuf_add(out, chunk, n);
			drain(ctx);
		}
		if (ferror(s->file))
			s->error = -EIO;
	}
	strbuf_add(out, strbuf_text(&s->text), s->text.n_bytes);
	return s->error;
}
