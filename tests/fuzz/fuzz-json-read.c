/* Any bytes as JSON: what is taken can be written and read again as the same; what is not has a place. */
#include "fuzz.h"
#include "memprof/base/json.h"
#include "memprof/base/json_read.h"
#include "memprof/base/number.h"

static void write_text(struct strbuf *out, const char *text)
{
	struct json j = { .out = out, .compact = true };

	json_text(&j, NULL, text);
}

static void write_number(struct strbuf *out, const struct json_value *v)
{
	uint64_t whole;
	double value;

	if (json_value_u64(v, &whole, NULL) == 0)
		strbuf_printf(out, "%" PRIu64, whole);
	else if (json_value_double(v, &value, NULL) == 0)
		strbuf_printf(out, "%.17g", value);
	else
		strbuf_puts(out, "1e999");
}

static void write_value(struct strbuf *out, const struct json_value *v)
{
	enum json_kind kind = json_value_kind(v);
	const struct json_value *item = json_value_first(v);
	const char *text;
	size_t n = 0, from, to, item_from, item_to;
	bool yes;

	json_value_bytes(v, &from, &to);
	MUST(from < to);
	switch (kind) {
	case JSON_NULL:
		strbuf_puts(out, "null");
		break;
	case JSON_BOOL:
		MUST(json_value_bool(v, &yes, NULL) == 0);
		strbuf_puts(out, yes ? "true" : "false");
		break;
	case JSON_NUMBER:
		write_number(out, v);
		break;
	case JSON_STRING:
		MUST(json_value_text(v, &text, NULL) == 0);
		write_text(out, text);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		strbuf_putc(out, kind == JSON_ARRAY ? '[' : '{');
		for (; item; item = json_value_next(item), n++) {
			struct place before = json_value_place(v), at = json_value_place(item);
			MUST(at.line > before.line || (at.line == before.line && at.col > before.col));
			json_value_bytes(item, &item_from, &item_to);
			MUST(item_from > from && item_to < to);
			MUST((kind == JSON_OBJECT) == (json_value_name(item) != NULL));
			if (n)
				strbuf_putc(out, ',');
			if (kind == JSON_OBJECT) {
				MUST(n > 200 || json_value_member(v, json_value_name(item)) == item);
				write_text(out, json_value_name(item));
				strbuf_putc(out, ':');
			}
			write_value(out, item);
		}
		strbuf_putc(out, kind == JSON_ARRAY ? ']' : '}');
		break;
	}
	MUST(n == json_value_count(v));
}

static struct json_document *read_again(const struct strbuf *s)
{
	struct json_document *document = NULL;

	MUST(json_document_read(strbuf_text(s), s->n_bytes, "again", &document, NULL) == 0);
	return document;
}

FUZZ(data, size)
{
	struct strbuf once = STRBUF_INIT, twice = STRBUF_INIT;
	struct json_document *document = NULL, *again;
	struct diag diag = { .text = "" };
	int r = json_document_read((const char *)data, size, "fuzz.json", &document, &diag);

	if (r < 0) {
		MUST(r == -EINVAL && !document && diag.text[0]);
		MUST(diag.at.line > 0 && diag.at.line <= size + 1 && diag.at.col > 0 && diag.at.col <= size + 1);
		return;
	}
	write_value(&once, json_document_root(document));
	again = read_again(&once);
	write_value(&twice, json_document_root(again));
	MUST(once.n_bytes == twice.n_bytes && memcmp(once.text, twice.text, once.n_bytes) == 0);
	json_document_free(document);
	json_document_free(again);
	strbuf_deinit(&once);
	strbuf_deinit(&twice);
}
