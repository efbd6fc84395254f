/* Strings of which the heap has several copies. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/model/program_end.h"
#include "private.h"

static int by_text(const void *a, const void *b)
{
	const struct string *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return x->n ? memcmp(x->bytes, y->bytes, x->n) : 0;
}

static int by_text_and_data(const void *a, const void *b)
{
	const struct string *x = a, *y = b;
	int order = by_text(a, b);

	return order ? order : (x->data > y->data) - (x->data < y->data);
}

static int by_waste(const void *a, const void *b)
{
	const struct objects_duplicate *x = a, *y = b;

	return (x->n_bytes < y->n_bytes) - (x->n_bytes > y->n_bytes);
}

int strings_find(const struct objects *o, struct string **ret, size_t *ret_n)
{
	struct string *strings = calloc(o->blocks.n_extents + 1, sizeof(*strings));
	size_t n = 0;

	for (uint32_t i = 0; strings && i < o->blocks.n_extents; i++) {
		struct string *string = &strings[n];
		if (o->nodes[i].live && o->nodes[i].role == ROLE_TYPED &&
		    text_of(o, blocks_address(&o->blocks, i), &string->bytes, &string->n) &&
		    !text_starts((const char *)string->bytes, string->n, PROGRAM_END)) {
			string->data = blocks_object(&o->blocks, object_word(o, i, 3));
			string->object = i;
			n++;
		}
	}
	if (strings)
		qsort(strings, n, sizeof(*strings), by_text_and_data);
	*ret = strings;
	*ret_n = n;
	return strings ? 0 : -ENOMEM;
}

size_t strings_equal(const struct string *strings, size_t n)
{
	size_t n_equal = 1;

	while (n_equal < n && by_text(&strings[0], &strings[n_equal]) == 0)
		n_equal++;
	return n_equal;
}

uint64_t string_bytes(const struct objects *o, const struct string *string, const struct string *before)
{
	bool shares = before && before->data == string->data;

	return blocks_n_bytes(&o->blocks, string->object) + (shares ? 0 : blocks_n_bytes(&o->blocks, string->data));
}

void string_show(const struct string *string, struct strbuf *out)
{
	enum { TEXT_MAX_BYTES = 60 };

	text_visible(out, string->bytes, MIN(string->n, (size_t)TEXT_MAX_BYTES), false);
	if (string->n > TEXT_MAX_BYTES)
		strbuf_puts(out, "...");
}

int add_duplicates(const struct objects *o, struct objects_report *report)
{
	struct string *strings;
	size_t n;
	int error = strings_find(o, &strings, &n);

	for (size_t i = 0, n_same; error == 0 && i < n; i += n_same) {
		struct objects_duplicate duplicate = { .text = NULL };
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		n_same = strings_equal(&strings[i], n - i);
		for (size_t k = 1; k < n_same; k++)
			duplicate.n_bytes += string_bytes(o, &strings[i + k], &strings[i + k - 1]);
		if (n_same == 1)
			continue;
		string_show(&strings[i], &text);
		duplicate.text = arena_text(&report->arena, strbuf_text(&text), text.n_bytes);
		duplicate.count = (uint32_t)n_same;
		error = strbuf_error(&text) < 0 ? -ENOMEM : vec_push(report, duplicates, duplicate);
	}
	free(strings);
	if (report->n_duplicates)
		qsort(report->duplicates, report->n_duplicates, sizeof(*report->duplicates), by_waste);
	return error;
}
