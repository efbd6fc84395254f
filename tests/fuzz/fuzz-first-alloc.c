/* Any bytes as a program whose function f is wrapped: no line moves, and without the calls it is what it was. And as
 * what a board prints of it. */
#include "fuzz.h"
#include "memprof/base/text.h"
#include "memprof/protocol/first_alloc_hook.h"
#include "memprof/protocol/instrument.h"
#include "memprof/viewers/first_alloc_view.h"

static size_t n_lines(const struct strbuf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->n_bytes; i++)
		n += text->text[i] == '\n';
	return n;
}

static void wrap(const char *text, size_t n, const char *function)
{
	struct strbuf wrapped CLEANUP(strbuf_deinit) = STRBUF_INIT, plain CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct first_alloc_target target;
	struct diag diag = { .text = "" };
	int r = first_alloc_script(&wrapped, text, n, "fuzz.py", function, &target, &diag);

	MUST(r == 0 || (r == -EINVAL && diag.text[0]));
	if (r < 0)
		return;
	instrument_script(&plain, text, n, NULL, NULL);
	size_t more = n_lines(&wrapped) - n_lines(&plain);
	MUST(more <= 1); /* at the end */
	MUST(text_find(strbuf_text(&wrapped), wrapped.n_bytes, "__memprof_a") != NULL);
	MUST(target.n_parameters <= FIRST_ALLOC_PARAMETERS_MAX && target.n_required <= target.n_parameters);
	first_alloc_code(&code, &target);
	MUST(strbuf_error(&code) == 0);
}

static void read_back(const char *text, size_t n)
{
	static const struct text_style style = { .columns = 80 };
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct document d CLEANUP(doc_deinit);
	struct first_alloc_frame frame;
	struct first_alloc a;
	struct json j;

	first_alloc_init(&a, "fuzz.py", "f");
	if (first_alloc_frame_read(text, n, &frame) == 0)
		MUST(frame.n_bytes <= n);
	first_alloc_names_lines(text, n);
	MUST(first_alloc_found(&a, text, n, FIRST_ALLOC_HOOK_NAME) == 0);
	MUST(first_alloc_called_by(&a, text, n, FIRST_ALLOC_HOOK_NAME) == 0);
	MUST(a.n_inside > 0 && a.n_inside <= a.n_lines);
	first_alloc_chain(&out, &a);
	document_first_alloc(&d, &a);
	print_text(&out, &d, &style);
	j = (struct json){ .out = &out, .compact = true };
	json_first_alloc(&j, &a);
	MUST(strbuf_error(&out) == 0);
	first_alloc_deinit(&a);
}

FUZZ(data, size)
{
	const char *text = (const char *)data;

	if (size == 0)
		return;
	wrap(text, size, "f");
	wrap(text, size, "C.f");
	read_back(text, size);
}
